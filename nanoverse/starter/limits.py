"""Measures what bounds the gain on real authors: longer lessons, the best strength of each adapter, what adapters of
others bring as well, and what the words of the lesson say without any model.

python -m nanoverse starter limits --corpus FOLDER --keep FOLDER [--minutes M] [--authors N] [--json FILE]

It takes hours, so every adapter and every score is kept: started again, it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nanoverse import report
from nanoverse.engine import ModelError
from nanoverse.learning import adapter, gate, saving
from nanoverse.learning.examples import Example, held_out
from nanoverse.learning.strength import STRENGTHS, fitted, scaled
from nanoverse.starter import bounds, corpus, pupils, voice_scores, weights_folder
from nanoverse.starter.bounds import Losses
from nanoverse.starter.options import model_name, whole
from nanoverse.starter.pupils import Pupil
from nanoverse.starter.speaking import Speaker, speaking
from nanoverse.starter.voice_scores import JUDGED_BY, LESSON

CURVE = (32, 64, 128)  # messages of a lesson
UNFINISHED = 3  # exit status


class _TimeIsUp(Exception):
    pass


class OthersScores(Exception):
    """What is kept was not measured with what is given now; the text says what differs."""


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="nanoverse starter limits", description="Measure what bounds the gain on real authors."
    )
    found.add_argument("--corpus", type=Path, required=True, help="folder of the training's chats")
    found.add_argument("--keep", type=Path, required=True, help="folder of what has been measured already")
    found.add_argument(
        "--model", type=Path, default=weights_folder(), help="model folder (default: the bundled one)"
    )
    found.add_argument("--authors", type=whole(1), default=20, help="real authors (default 20)")
    found.add_argument("--long", type=whole(0), default=2, help="of them for the longer lessons (default 2)")
    found.add_argument("--minutes", type=float, default=1e9, help="stop after about so many (default: never)")
    found.add_argument("--seed", type=int, default=1, help="of the lessons (default 1)")
    found.add_argument("--threads", type=whole(1), default=1, help="CPU threads (default 1)")
    found.add_argument("--json", type=Path, help="also write the figures to this file")
    return found


def main(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    try:
        figures, base = asyncio.run(_measure(given))
    except (ModelError, corpus.CorpusError, OthersScores) as error:
        print(error, file=sys.stderr)
        return 2
    except _TimeIsUp:
        print("The time is up; the same command goes on from here.", file=sys.stderr)
        return UNFINISHED
    report.show(figures)
    if given.json:
        missing = {} if given.long else {f"gain_after_{size}": "left out by --long 0" for size in CURVE}
        settings = {"model": model_name(given.model), "base": base, "lesson": LESSON, "judged_by": JUDGED_BY}
        settings |= {name: getattr(given, name) for name in ("authors", "long", "seed", "threads")}
        report.write(given.json, settings, figures, missing)
    return 0


async def _measure(given: argparse.Namespace) -> tuple[dict[str, float], str]:
    """The figures, and the fingerprint of the model."""
    log = corpus.load(given.corpus)
    authors = [pupils.real(author, talks) for author, talks in log.authors.items()]
    known = [one for one in authors if len(one.said) >= LESSON + JUDGED_BY]
    if not known:
        raise corpus.CorpusError(f"{given.corpus} has no author with {LESSON + JUDGED_BY} lines.")
    long = [one for one in authors if len(one.said) >= CURVE[-1] + JUDGED_BY][: given.long]
    async with speaking(given.model, given.threads, given.seed) as speaker:
        torch.set_num_threads(given.threads)
        _claim(given.keep, speaker, known)
        known = known[: given.authors]
        study = Study(speaker, given.keep, time.monotonic() + 60 * given.minutes)
        figures = dict(study.lessons(known)) | dict(study.others(known)) | dict(study.curve(long))
        return figures, speaker.engine.base_id


def _claim(keep: Path, speaker: Speaker, authors: Sequence[Pupil]) -> None:
    """Note in the folder what its scores are measured with, or raise `OthersScores`: the files have nothing but numbers
    in their names."""
    words = "\n".join(repr(one.said) for one in authors)
    settings = {
        "model": speaker.engine.base_id,
        "seed": speaker.seed,
        "lesson": [LESSON, JUDGED_BY, *CURVE],
        "authors": hashlib.sha256(words.encode()).hexdigest(),
    }
    keep.mkdir(parents=True, exist_ok=True)
    path = keep / "settings.json"
    if path.exists():
        noted = json.loads(path.read_text(encoding="utf-8"))
        for name, value in settings.items():
            if noted.get(name) != value:
                raise OthersScores(
                    f"{keep} holds what was measured with another {name}: take another --keep."
                )
    elif any(one.suffix != ".partial" for one in keep.iterdir()):
        raise OthersScores(
            f"{keep} has no settings.json that tells whose scores it holds: take another --keep."
        )
    else:
        partial = keep / "settings.partial"
        partial.write_text(json.dumps(settings) + "\n", encoding="utf-8")
        partial.replace(path)  # whole, or not there


@dataclass(frozen=True, slots=True)
class Taught:
    """Scores of one adapter for each of `STRENGTHS`: on the words kept apart from its lesson, and on later ones."""

    apart: Sequence[Losses]
    later: Sequence[Losses]

    @property
    def chosen(self) -> int:
        """Which strength a night would choose by the words kept apart."""
        nll = np.array([[message.sum() for message in losses] for losses in self.apart])
        return STRENGTHS.index(fitted(nll).strength)


class Study:
    """Scores that are measured once and then read from `keep`; `until` is when to begin nothing more (monotonic)."""

    def __init__(self, speaker: Speaker, keep: Path, until: float) -> None:
        self.speaker, self.keep, self.until = speaker, keep, until

    def lessons(self, authors: Sequence[Pupil]) -> Iterator[tuple[str, float]]:
        """The gain at each strength, at the one that the words kept apart choose, at the best; and from words alone."""
        bare, taught = self.bare(authors), self.taught(authors)
        gains = np.array(
            [[bounds.gain(base, one) for one in own.later] for base, own in zip(bare, taught, strict=True)]
        )
        for scale, mean in zip(STRENGTHS, gains.mean(axis=0), strict=True):
            yield f"gain_at_{scale:g}", float(mean)
        yield "authors", len(authors)
        yield "gain_chosen", float(np.mean([row[own.chosen] for row, own in zip(gains, taught, strict=True)]))
        yield "gain_one_for_all", bounds.left_out_choice(gains)
        yield "gain_oracle", float(np.maximum(gains.max(axis=1), 0.0).mean())
        yield "worse_than_base_at_1", float((gains[:, STRENGTHS.index(1.0)] < 0).sum())
        yield (
            "worse_than_base_chosen",
            float(sum(row[own.chosen] < 0 for row, own in zip(gains, taught, strict=True))),
        )
        yield "strength_chosen", float(np.mean([STRENGTHS[own.chosen] for own in taught]))
        lessons = [self.said(author.said[:LESSON]) for author in authors]
        words = [self.said(voice_scores.later(author)) for author in authors]
        caches = np.array(
            [
                [bounds.mixture_gain(base, bounds.recalled(lesson, later)) for lesson in lessons]
                for base, later in zip(bare, words, strict=True)
            ]
        )
        yield "gain_words_oracle", float(caches.diagonal().mean())
        if len(authors) > 1:
            strange = ~np.eye(len(authors), dtype=bool)
            yield "gain_words_of_others_oracle", float(caches[strange].mean())
        both = [
            bounds.mixture_gain(base, [*bounds.recalled(lesson, later), *map(bounds.likelihood, one.later)])
            for base, lesson, later, one in zip(bare, lessons, words, taught, strict=True)
        ]
        yield "gain_words_and_adapter_oracle", float(np.mean(both))

    def others(self, authors: Sequence[Pupil]) -> Iterator[tuple[str, float]]:
        """What of the gain others' adapters bring as well, and how sure it is whose adapter is best."""
        if len(authors) < 2:
            return
        taught = self.taught(authors)
        full = [STRENGTHS.index(1.0)] * len(authors)
        for suffix, scales in (("", full), ("_chosen", [one.chosen for one in taught])):
            table = [
                [
                    taught[at].later[scale]
                    if at == number
                    else self.crossed(at, STRENGTHS[scale], number, judged)
                    for at, scale in enumerate(scales)
                ]
                for number, judged in enumerate(authors)
            ]
            for name, value in bounds.parts(self.bare(authors), table):
                yield name + suffix, value

    def curve(self, authors: Sequence[Pupil]) -> Iterator[tuple[str, float]]:
        """The gain on the newest messages after longer and longer lessons from those before them."""
        if not authors:
            return
        yield "authors_of_curve", len(authors)
        for size in CURVE:
            gains = []
            for number, author in enumerate(authors):
                words, before = author.said[-JUDGED_BY:], author.said[-JUDGED_BY - size : -JUDGED_BY]
                base = self.losses(f"long-{number}-base", lambda: self.speaker.base, words)
                taught = self.lesson(f"long-{number}-{size}", before, words)
                each = [bounds.gain(base, one) for one in taught.later]
                gains.append((each[STRENGTHS.index(1.0)], each[taught.chosen], max(0.0, *each)))
            for name, value in zip(("at_1", "chosen", "oracle"), np.mean(gains, axis=0), strict=True):
                yield f"gain_after_{size}_{name}", float(value)

    def bare(self, authors: Sequence[Pupil]) -> list[Losses]:
        return [
            self.losses(f"{number}-base", lambda: self.speaker.base, voice_scores.later(author))
            for number, author in enumerate(authors)
        ]

    def taught(self, authors: Sequence[Pupil]) -> list[Taught]:
        return [
            self.lesson(f"{number}", author.said[:LESSON], voice_scores.later(author))
            for number, author in enumerate(authors)
        ]

    def crossed(self, other: int, scale: float, number: int, judged: Pupil) -> Losses:
        """What the kept adapter of another author makes of the later words of this one."""
        made = self.model(f"{other}", (), scale)
        return self.losses(f"{other}-x{scale:g}-on-{number}", made, voice_scores.later(judged))

    def lesson(self, name: str, said: Sequence[Example], words: Sequence[Example]) -> Taught:
        """An adapter from `said` but for what a night holds out, scored on that and on `words` at each strength."""
        cut = len(said) - held_out(len(said))
        apart = said[cut:]
        made = [self.model(name, said[:cut], scale) for scale in STRENGTHS]
        return Taught(
            [self.losses(f"{name}-x{s:g}-apart", one, apart) for s, one in zip(STRENGTHS, made, strict=True)],
            [self.losses(f"{name}-x{s:g}-later", one, words) for s, one in zip(STRENGTHS, made, strict=True)],
        )

    def model(self, name: str, lesson: Sequence[Example], scale: float) -> Callable[[], Any]:
        """How to come by the base model with the named adapter, which is trained if it is not kept yet."""

        def made() -> Any:
            folder = self.keep / "adapters" / name
            if not folder.exists():
                state = voice_scores.train(self.speaker, lesson, self.speaker.seed)
                saving.write(folder, state, self.speaker.engine.base_id)
            return adapter.attach(self.speaker.base, scaled(saving.read(folder), scale))

        return made

    def losses(self, name: str, model: Callable[[], Any], words: Sequence[Example]) -> Losses:
        """Nats of each token of each message."""
        path = self.keep / f"{name}.npz"
        if not path.exists():
            if time.monotonic() > self.until:
                raise _TimeIsUp
            began = time.monotonic()
            found = gate.losses(model(), self.speaker.tokens.rows(words))
            partial = path.with_suffix(".partial.npz")
            np.savez(partial, *found)
            partial.replace(path)
            print(f"{name}: {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
        with np.load(path) as kept:
            return [kept[one] for one in kept.files]

    def said(self, words: Sequence[Example]) -> list[tuple[int, ...]]:
        return [self.speaker.tokens.reply(one.reply) for one in words]
