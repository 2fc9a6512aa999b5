"""The open chat corpora as training conversations: filtered, windowed, with a random speaker as the agent."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.starter import lexicon
from nanoverse.starter.conversation import Conversation
from nanoverse.starter.decency import like_a_machine, obscene
from nanoverse.starter.voices import PLAIN, draw_voice

FILES = ("persona", "topical", "irc")
HELD_OUT_AUTHORS = 20  # of the IRC part, kept for the evaluation
AUTHOR_MESSAGES = 100  # an author is held out only with so many lines
_HELD_OUT_SHARE = 0.03  # of the conversations of each file
_LONGEST = 300  # characters of a line


class CorpusError(Exception):
    """The corpus folder cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Turns per conversation and file; `train` and `held_out` share no conversation, and nothing in either is by one of
    the `authors`, who come with the conversations that they took part in."""

    train: dict[str, list[tuple[Turn, ...]]]
    held_out: dict[str, list[tuple[Turn, ...]]]
    authors: dict[str, list[tuple[Turn, ...]]]


def load(folder: Path) -> Corpus:
    """Reads and filters every file; raises CorpusError if one is missing, is no chat or has nothing to train on."""
    train: dict[str, list[tuple[Turn, ...]]] = {}
    held: dict[str, list[tuple[Turn, ...]]] = {}
    authors: dict[str, list[tuple[Turn, ...]]] = {}
    for name in FILES:
        path = folder / f"{name}.jsonl.gz"
        if not path.is_file():
            raise CorpusError(
                f"{path} is missing: --corpus wants the folder with {', '.join(FILES)} as .jsonl.gz."
            )
        try:
            raw = list(_conversations(path))
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
            raise CorpusError(
                f'{path} cannot be read as gzipped lines of {{"turns": [[speaker, text], …]}} ({error}).'
            ) from error
        if name == "irc":
            authors = {author: [] for author in _held_out_authors(raw)}
        train[name], held[name] = [], []
        for turns in raw:
            fit = tuple(turn for turn in turns if _fit(turn))
            for author in {turn.speaker for turn in fit} & set(authors):
                authors[author].append(fit)
            kept = tuple(turn for turn in fit if turn.speaker not in authors)
            if len({turn.speaker for turn in kept}) > 1:
                (held if _is_held_out(turns) else train)[name].append(kept)
        if not train[name]:
            raise CorpusError(f"{path} holds no conversation of two that can be trained on.")
    return Corpus(train, held, authors)


def _conversations(path: Path) -> Iterator[tuple[Turn, ...]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            turns = json.loads(line)["turns"]
            if not all(isinstance(part, str) for turn in turns for part in turn):
                raise TypeError("a turn that is not text")
            yield tuple(Turn(speaker, " ".join(text.split())) for speaker, text in turns)


def _held_out_authors(raw: list[tuple[Turn, ...]]) -> tuple[str, ...]:
    counts = Counter(turn.speaker for turns in raw for turn in turns if _fit(turn))
    often = sorted(name for name, count in counts.items() if count >= AUTHOR_MESSAGES)
    return tuple(sorted(often, key=lambda name: zlib.crc32(name.encode()))[:HELD_OUT_AUTHORS])


def _is_held_out(turns: tuple[Turn, ...]) -> bool:
    return zlib.crc32(turns[0].text.encode() + turns[-1].text.encode()) % 1000 < _HELD_OUT_SHARE * 1000


def _fit(turn: Turn) -> bool:
    text = turn.text
    return (
        0 < len(text) <= _LONGEST
        and not like_a_machine(text)
        and not obscene(text)
        and not obscene(turn.speaker)
    )


def draw_corpus(
    rng: random.Random, conversations: dict[str, list[tuple[Turn, ...]]], name: str
) -> Conversation:
    """A window of a random conversation of the named file; some agents get a voice, as in the generated talk."""
    turns = rng.choice(conversations[name])
    length = rng.randint(3, 10)
    start = rng.randrange(max(1, len(turns) - length + 1))
    window = turns[start : start + length]
    speakers = sorted({turn.speaker for turn in window})
    agent = rng.choice(speakers)
    voice = draw_voice(rng) if rng.random() < 0.25 and name != "irc" else PLAIN
    names = {speaker: speaker for speaker in speakers}
    if name != "irc":
        names = dict(zip(speakers, lexicon.player_names(rng, len(speakers)), strict=True))
    said = tuple(
        Turn(names[turn.speaker], voice.say(turn.text, rng) if turn.speaker == agent else turn.text)
        for turn in window
    )
    return Conversation(Scene(names[agent]), said, learn_first=voice is PLAIN, listen=0.5)
