"""What a version has that the one before it had not: how it answers, and the words its player took up since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nanoverse.learning import cleaning
from nanoverse.learning.profile import favourite_phrases, favourite_words, new_words
from nanoverse.learning.sidebyside import Sample
from nanoverse.learning.verdict import Verdict
from nanoverse.store import learnt, lessons
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
    unless nothing was said since that version was brought from elsewhere.
    """
    said = await db.read(lambda c: lessons.own_texts(c, version.player, window))
    words, phrases = await asyncio.to_thread(_taken_up, said, before.created if before else None)
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


def _taken_up(said: Sequence[tuple[str, int]], since: int | None) -> tuple[list[str], list[str]]:
    """New words and phrases since then; without a version before, the player's favourites."""
    faults = cleaning.faults([text for text, _ in said])
    kept = [one for one, fault in zip(said, faults, strict=True) if fault is None]
    if since is None:
        texts = [text for text, _ in kept]
        return [word for word, _ in favourite_words(texts)], [run for run, _ in favourite_phrases(texts)]
    return new_words(
        [text for text, time in kept if time <= since], [text for text, time in kept if time > since]
    )
