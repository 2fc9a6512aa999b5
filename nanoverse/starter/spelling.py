"""How people really type: lower case, missing marks, chat words and slips of the finger, for what is said to agents."""

from __future__ import annotations

import random
import re

_CHAT = {
    "you": "u",
    "are": "r",
    "your": "ur",
    "please": "pls",
    "what's": "whats",
    "where's": "wheres",
    "right now": "rn",
    "do not": "dont",
    "don't": "dont",
    "I'm": "im",
    "it's": "its",
    "going to": "gonna",
    "want to": "wanna",
    "thanks": "thx",
    "who's": "whos",
    "let's": "lets",
    "because": "cuz",
    "okay": "ok",
    "tomorrow": "tmrw",
    "today": "2day",
    "about": "abt",
    "with": "w",
    "really": "rly",
}


def typed(text: str, rng: random.Random) -> str:
    """`text` as somebody in a hurry might type it; often unchanged but for a capital."""
    if rng.random() < 0.45:
        text = text[:1].upper() + text[1:]
        return text if text[-1] in "?!." or rng.random() < 0.4 else text + "."
    if rng.random() < 0.3:
        text = text.lower()
    if rng.random() < 0.25:
        for word, short in _CHAT.items():
            if rng.random() < 0.6:
                text = re.sub(rf"\b{re.escape(word)}\b", short, text)
    if rng.random() < 0.3:
        text = text.rstrip("?.!")
    if rng.random() < 0.12:
        text = slip(text, rng)
    if rng.random() < 0.08:
        text += rng.choice(["!!", "??", " :)", " lol", "...", " haha", " pls", "!?"])
    return text


def tidy(text: str) -> str:
    """`text` as a careful writer types it: a capital in front, a mark at the end."""
    return text[:1].upper() + text[1:] + ("" if text[-1] in "?!." else ".")


def slip(text: str, rng: random.Random) -> str:
    """One letter swapped with its neighbour, left out or doubled."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 2)
    kind = rng.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at] + text[at:]
