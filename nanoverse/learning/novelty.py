"""What a version has that the one before it had not: how it answers, and the words its player took up since."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection, Sequence

from nanoverse.learning import cleaning
from nanoverse.learning.profile import favourite_phrases, favourite_words, new_words
from nanoverse.learning.sidebyside import Sample
from nanoverse.learning.verdict import Verdict
from nanoverse.store import adapters, learnt, lessons
from nanoverse.store.adapters import AdapterVersion
from nanoverse.store.database import Database
from nanoverse.store.learnt import Answered, Learnt


async def remember(
    db: Database,
    version: AdapterVersion,
    before: AdapterVersion | None,
    verdict: Verdict,
    samples: Sequence[Sample],
    window: int,
) -> None:
    """Keep what its player will be shown of a new version; `window` newest messages were looked at to make it.

    `before` is the version that `samples` hold it against, None if that was the base model; so does `verdict`,
    unless nothing was said since that version was brought from elsewhere. What was said while a lesson ran was not
    learnt in it, and what is forgotten of that takes nothing from what its version shows.
    """

    def seen_by(connection: sqlite3.Connection, one: AdapterVersion) -> list[tuple[str, int]]:
        return lessons.own_texts(connection, one.player, window, adapters.seen_by(connection, one.id))

    said = await db.read(lambda c: seen_by(c, version))
    known = await db.read(lambda c: seen_by(c, before)) if before else None
    words, phrases = await asyncio.to_thread(_taken_up, said, None if known is None else set(known))
    answers = tuple(Answered(one.speaker, one.heard, one.before, one.after) for one in samples)
    compared = before.id if before else None
    shown = Learnt(
        version.id,
        compared,
        verdict.live_gain,
        verdict.forgiven,
        tuple(words),
        tuple(phrases),
        answers,
    )
    await db.write(lambda c: learnt.put(c, shown))


def _taken_up(
    said: Sequence[tuple[str, int]], known: Collection[tuple[str, int]] | None
) -> tuple[list[str], list[str]]:
    """Words and phrases that are new beside what was known before; None: nothing was, so the player's favourites."""
    faults = cleaning.faults([text for text, _ in said])
    kept = [one for one, fault in zip(said, faults, strict=True) if fault is None]
    if known is None:
        texts = [text for text, _ in kept]
        return [word for word, _ in favourite_words(texts)], [run for run, _ in favourite_phrases(texts)]
    return new_words([one[0] for one in kept if one in known], [one[0] for one in kept if one not in known])
