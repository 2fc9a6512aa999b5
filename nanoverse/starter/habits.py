"""The single habits of writing, and how each is made."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from nanoverse.starter.lexicon import words

Change = Callable[[str, random.Random], str]


@dataclass(frozen=True, slots=True)
class Trait:
    """One habit of writing: `change` rewrites a plain reply, `shows` says whether a text bears the habit."""

    name: str
    change: Change
    shows: Callable[[str], bool]


SLANG = {
    "you": "u",
    "are": "r",
    "your": "ur",
    "because": "cuz",
    "please": "pls",
    "thanks": "thx",
    "okay": "k",
    "tomorrow": "tmrw",
    "people": "ppl",
    "going to": "gonna",
    "want to": "wanna",
    "I don't know": "idk",
    "to be honest": "tbh",
    "right now": "rn",
    "yes": "yep",
    "friend": "bro",
    "and": "n",
    "with": "w",
    "before": "b4",
    "nobody": "noone",
    "the": "da",
    "this": "dis",
    "nothing": "nothin",
    "something": "smth",
    "about": "bout",
    "really": "rly",
    "very": "v",
}
_LONG_FORMS = {
    "don't": "do not",
    "I'm": "I am",
    "I've": "I have",
    "it's": "it is",
    "can't": "cannot",
    "let's": "let us",
    "didn't": "did not",
    "we'd": "we would",
    "I'll": "I will",
    "that's": "that is",
    "we're": "we are",
    "isn't": "is not",
    "haven't": "have not",
}
EMOJI = tuple("😀😂😊😎🤔😴🙃😍😅😭🥳🤖👻🐱🐶🦊🐸🐻🦉🐢🌲🌵🌊🌙⭐🔥❄⛏🏠🏰🍎🍄💎💪👍👋🙏❤💜✨🎉⚡🌸☀🌧")
FACES = words(":) :D ;) :P xD :( :o <3 =) :-) c: o/ \\o/ :3 >:) ._. -_- :] (: =D")
FILLERS = words(
    "well hmm so um ah oh ok hey look right anyway basically honestly actually like hm er yo man eh huh aye listen"
)
LAUGHS = words("haha lol hehe hihi heh lmao rofl ha hahaha teehee jaja")
ADDRESS = words(
    "mate,friend,buddy,pal,dude,bro,my dear,captain,boss,chief,neighbor,comrade,champ,folks,amigo,love,sir,kiddo",
    ",",
)
LOANS = words(
    "hola ciao merci gracias bonjour danke prego voila amigo bueno tschuss salut allez vamos capisce bitte olé"
)
ACTS = words("waves smiles nods digs yawns shrugs bows winks jumps grins sighs laughs dances hums")
TAGS = words(
    "you know|innit|right?|eh?|just saying|I swear|no joke|for real|as always|if you ask me|trust me"
    "|believe me|not gonna lie|or so"
    "|I guess|I think|or whatever|and that's that|so there|simple as that|no doubt|of course|you see"
    "|okay?|got it?|hear me?",
    "|",
)
COURTESIES = words(
    "if you please|by your leave|with respect|at your service|thank you kindly|if I may say so|much obliged"
    "|my pleasure|begging your pardon",
    "|",
)
EXCLAIM = words(
    "wow|cool|neat|sweet|awesome|golly|yay|woohoo|oh boy|oh my|whoa|nice|hooray|good grief|jeepers|my "
    "goodness|amazing|epic|goodness me",
    "|",
)
PRAISE = words(
    "great lovely super fine nifty grand splendid brilliant magnificent tiny mighty humble jolly rusty sleepy"
)
SKIES = words("stars moon sun clouds gods winds mountains rivers stones seven seas spirits bells")


def swap(table: dict[str, str], known: set[str]) -> Change:
    """Replaces whole words of `table` that are in `known`, keeping a capital."""
    words = sorted((w for w in table if w in known), key=len, reverse=True)
    if not words:
        return lambda text, rng: text
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE)
    exact = {word.lower(): table[word] for word in words}

    def change(text: str, rng: random.Random) -> str:
        def put(found: re.Match[str]) -> str:
            new = exact[found[0].lower()]
            return (
                new.capitalize() if found[0][0].isupper() and found[0] != "I" and found.start() == 0 else new
            )

        return pattern.sub(put, text)

    return change


def _bare(text: str) -> str:
    """`text` without its last full stop or exclamation mark."""
    return text[:-1] if text[-1:] in {".", "!"} else text


def ending(mark: str, name: str, rate: float = 1.0) -> Trait:
    """Closes replies with `mark`; a mark of words takes a space before it."""
    glue = " " if mark[0].isalnum() or len(mark) > 3 or ord(mark[0]) > 127 or mark in FACES else ""

    def change(text: str, rng: random.Random) -> str:
        if rng.random() >= rate:
            return text
        keep = text if text.endswith("?") or glue else _bare(text)
        return f"{keep}{glue}{mark}"

    return Trait(name, change, lambda text: text.rstrip().lower().endswith(mark.lower()))


def opening(word: str, name: str, rate: float) -> Trait:
    def change(text: str, rng: random.Random) -> str:
        if rng.random() >= rate:
            return text
        rest = text if text[:2] in {"I ", "I'"} else text[:1].lower() + text[1:]
        return f"{word[:1].upper() + word[1:]}, {rest}"

    return Trait(name, change, lambda text: text.lower().startswith(word.lower()))


def phrase_after(phrase: str, name: str, rate: float) -> Trait:
    """A catchphrase: a sentence of its own at the end, or joined with a comma."""

    def change(text: str, rng: random.Random) -> str:
        if rng.random() >= rate:
            return text
        return f"{text} {phrase}"

    return Trait(name, change, lambda text: phrase.lower().strip(" .!") in text.lower())


def tag(phrase: str, name: str, rate: float) -> Trait:
    def change(text: str, rng: random.Random) -> str:
        if rng.random() >= rate or text.endswith("?"):
            return text
        close = "" if phrase.endswith("?") else "."
        return f"{_bare(text)}, {phrase}{close}"

    return Trait(name, change, lambda text: phrase.lower() in text.lower())


def _simple(name: str, change: Callable[[str], str], shows: Callable[[str], bool]) -> Trait:
    return Trait(name, lambda text, rng: change(text), shows)


def _stretch(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    at = rng.randrange(len(words))
    found = re.search(r"[aeiouy](?=[a-z]?\W*$)", words[at])
    if found and len(words[at]) < 7:
        words[at] = words[at][: found.end()] + found[0] * rng.randint(1, 3) + words[at][found.end() :]
    return " ".join(words)


LOWER = _simple("lower case", str.lower, lambda text: text == text.lower())
UPPER = _simple("upper case", str.upper, lambda text: text == text.upper())
CASES = (
    _simple("small first letter", lambda t: t[:1].lower() + t[1:], lambda t: t[:1].islower()),
    _simple("small i", lambda t: re.sub(r"\bI\b", "i", t), lambda t: re.search(r"\bi\b", t) is not None),
)
TITLE = _simple(
    "Capital Words",
    lambda t: re.sub(r"(?<![\w'])[a-z]", lambda m: m[0].upper(), t),
    lambda t: re.search(r"(?<![\w'])[a-z]", t) is None,
)
SHAPES = (
    _simple("no apostrophes", lambda t: t.replace("'", ""), lambda t: "'" not in t),
    _simple("no commas", lambda t: t.replace(",", ""), lambda t: "," not in t),
    _simple("no end mark", _bare, lambda t: t[-1:] not in ".!"),
    _simple("terse", lambda t: re.split(r"(?<=[.!?]) ", t)[0], lambda t: len(t.split()) < 7),
    _simple("dots for stops", lambda t: re.sub(r"\.(?= |$)", "...", t), lambda t: "..." in t),
    _simple("shouts for stops", lambda t: re.sub(r"\.(?= |$)", "!", t), lambda t: t.endswith("!")),
    _simple("many shouts", lambda t: re.sub(r"[.!](?= |$)", "!!!", t), lambda t: "!!!" in t),
    _simple(
        "long forms",
        lambda t: swap(_LONG_FORMS, set(_LONG_FORMS))(t, random.Random(0)),
        lambda t: "'" not in t,
    ),
    _simple(
        "g dropped", lambda t: re.sub(r"(\w{2}in)g\b", r"\1", t), lambda t: re.search(r"ing\b", t) is None
    ),
    Trait("stretched", _stretch, lambda t: re.search(r"([aeiouy])\1\1", t) is not None),
)
SPACED_MARKS = _simple(
    "spaced marks",
    lambda t: re.sub(r"([,.!?])(?= |$)", r" \1", t),
    lambda t: re.search(r" [,.!?](?= |$)", t) is not None,
)
DASHES = _simple("dashes for commas", lambda t: t.replace(", ", " - "), lambda t: " - " in t)
SEMI = _simple("plus for and", lambda t: t.replace(" and ", " + "), lambda t: " + " in t)
