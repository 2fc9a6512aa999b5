"""Lessons, and the judging of adapters that were brought from elsewhere: one at a time, from what the database holds to
a version that is published, or a sentence that says why not. What takes long is done in the training thread."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import random
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nanoverse.config import Settings
from nanoverse.engine import out_of_memory
from nanoverse.learning import admission, cleaning, foreign, material, novelty, saving
from nanoverse.learning.adapter import AdapterState, Stopped
from nanoverse.learning.examples import LOOKED_AT, Example, Examples, examples
from nanoverse.learning.lesson import Lesson, Taught, teach
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.material import Preferences
from nanoverse.learning.registry import Overtaken, Registry
from nanoverse.learning.rows import Tokens
from nanoverse.learning.saving import UnreadableError
from nanoverse.learning.training_thread import Step, TrainingThread
from nanoverse.learning.verdict import FEWEST_OTHERS, Verdict
from nanoverse.store import accounts, adapters, lessons
from nanoverse.store.adapters import AdapterVersion
from nanoverse.store.errors import StoreError
from nanoverse.store.nights import FAILED, LIVE, OFFERED, REFUSED, SKIPPED

NOTHING_NEW = "Nothing new was said since the last lesson, which would come out the same again."
STANDS = "Another version speaks by its player's own choice, so the new one waits."
PREFERENCES = 200  # newest ones looked at, of the owner's as many as of others'
VOTES = 400  # likewise
WITHHELD = 500  # newest private messages that a candidate must not say
MOST_OTHERS = 8  # adapters of other players that a candidate is compared with; each costs time

_log = logging.getLogger(__name__)


class Base(Protocol):
    """The base model, as the engine offers it. `training_model()` shares its weights and is frozen."""

    tokenizer: Any
    base_id: str

    def training_model(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Report:
    """What a lesson, or the judging of a brought adapter, came to: `result` is one of `nights.RESULTS`, `reason` a
    sentence or two.

    `taught` is the adapter's strength and what the preference steps did, measured on preferences held out.
    """

    player: int
    result: str
    reason: str
    seconds: float
    messages: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    verdict: Verdict | None = None
    version: AdapterVersion | None = None
    taught: tuple[str, ...] = ()

    @property
    def gain(self) -> float | None:
        return self.verdict.gain if self.verdict else None

    @property
    def figures(self) -> str:
        return "; ".join([*([self.verdict.figures] if self.verdict else []), *self.taught])


class _Skip(Exception):
    """There is nothing to learn from, or nobody to learn."""


class Trainer:
    """Gives lessons, and judges what is brought. `base()` is the base model, or None while it is not loaded."""

    def __init__(self, registry: Registry, settings: Settings, base: Callable[[], Base | None]) -> None:
        self._registry = registry
        self._settings = settings
        self._base = base
        self._thread = TrainingThread(settings.train_threads)
        # From the reading of what there is to the publishing: what a job compares with must not change under it.
        self._one_at_a_time = asyncio.Lock()
        self.pupils: set[int] = set()  # whose job runs

    @property
    def ready(self) -> bool:
        """Whether there is a base model to train on."""
        return self._base() is not None

    @property
    def base_id(self) -> str:
        """Which base model that is; empty while there is none."""
        base = self._base()
        return base.base_id if base else ""

    @property
    def step(self) -> Step:
        """Where the running job is."""
        return self._thread.step

    async def train_player(self, player: int) -> Report:
        """Retrain one player's adapter from all they said and, if the gate lets it pass, make it live.

        Where the player has chosen by hand what speaks for them, the new version is offered instead.

        Never raises but when it is cancelled: then the training stops before its next layer and nothing of it is kept.
        """
        async with self._turn(player):
            return await self._lesson(player)

    async def judge_brought(self, player: int, folder: Path, begun: Callable[[], None]) -> Report:
        """Judge the adapter in `folder`, which its player brought and the engine has checked, and publish it if it may
        speak for them. `begun()` is called once no other job runs.

        Never raises but when it is cancelled, as a training.
        """
        async with self._turn(player):
            begun()
            return await self._admission(player, folder)

    @contextlib.asynccontextmanager
    async def _turn(self, player: int) -> AsyncIterator[None]:
        async with self._one_at_a_time:
            self.pupils.add(player)
            try:
                yield
            finally:
                self.pupils.discard(player)

    async def _admission(self, player: int, folder: Path) -> Report:
        started = time.monotonic()
        found = Examples((), ())
        version: AdapterVersion | None = None
        figures: tuple[str, ...] = ()
        try:
            base = self._base()
            if base is None:
                raise _Skip("The model is not loaded yet.")
            if player in await self._registry.db.read(accounts.locked):
                raise _Skip("The account is locked.")
            _, found, preferences, withheld = await self._material(player)
            newest = await self._registry.db.read(lambda c: adapters.newest(c, player, base.base_id))
            state = await asyncio.to_thread(lambda: foreign.as_our_own(saving.read(folder)))
            lesson = Lesson(found, preferences, withheld, None, ())
            word = await self._thread.carry_out(
                lambda stop, tell: admission.examine(self._setup(base, stop, player), lesson, state, tell)
            )
            figures, result, reason = (word.figures,), REFUSED, word.reason
            if word.passed:
                version, live = await self._registry.publish(
                    player,
                    state,
                    0,
                    word.gain or 0.0,
                    word.reason,
                    newest=newest.id if newest else 0,
                    waits=word.gain is None,
                )
                result = LIVE if live else OFFERED
            _log.info("The adapter that player %d brought: %s; %s", player, result, word.figures)
        except (_Skip, Overtaken) as refusal:
            result, reason = REFUSED, str(refusal)
        except Exception as error:
            _log.exception("The adapter that player %d brought could not be judged.", player)
            result, reason = FAILED, _sentence(error)
        seconds = time.monotonic() - started
        return Report(player, result, reason, seconds, found.kept, version=version, taught=figures)

    async def _lesson(self, player: int) -> Report:
        started = time.monotonic()
        found = Examples((), ())
        verdict: Verdict | None = None
        version: AdapterVersion | None = None
        figures: tuple[str, ...] = ()
        try:
            base = self._base()
            if base is None:
                raise _Skip("The model is not loaded yet.")
            if await self._registry.drop_forgotten(player):
                _log.info("Versions of player %d that learnt from what was deleted are gone.", player)
            if player in await self._registry.db.read(accounts.locked):
                raise _Skip("The account is locked.")
            name, found, preferences, withheld = await self._material(player)
            seen = await self._registry.db.read(adapters.seen)  # after all that was read: no less than that
            before = await self._registry.db.read(lambda c: adapters.newest(c, player, base.base_id))
            newest, unusable = await self._readable(player, before)
            if found.kept < self._settings.min_messages:
                too_little = _too_little(name, found, self._settings.min_messages)
                raise _Skip(f"{too_little} {unusable}".strip())
            fingerprint = self._fingerprint(found, preferences, base)
            known = await self._registry.db.read(lambda c: lessons.newest(c, player))
            damaged = before is not None and newest is None
            if fingerprint == known and not damaged:
                raise _Skip(NOTHING_NEW)
            others = await self._others(player, base)
            unseen = found.said_after(before.created) if before and before.imported else None
            lesson = Lesson(found, preferences, withheld, newest, others, unseen)
            taught = await self._thread.carry_out(
                lambda stop, tell: teach(self._setup(base, stop, player), lesson, tell)
            )
            verdict, figures = taught.verdict, taught.figures
            result, reason = REFUSED, f"{verdict.reason} {unusable}".strip()
            if verdict.passed:
                version, live = await self._registry.publish(
                    player,
                    taught.state,
                    found.kept,
                    verdict.gain,
                    verdict.reason,
                    material=fingerprint,
                    seen=seen,
                    newest=before.id if before else 0,
                )
                await self._remember(version, before if newest else None, taught)
                result, reason = (LIVE, reason) if live else (OFFERED, f"{reason} {STANDS}")
            else:
                await self._registry.db.write(lambda c: lessons.note(c, player, fingerprint))
        except _Skip as skip:
            result, reason = SKIPPED, str(skip)
        except Overtaken as refusal:
            result, reason = REFUSED, str(refusal)
        except Exception as error:
            _log.exception("The training of player %d failed.", player)
            result, reason = FAILED, _sentence(error)
        seconds = time.monotonic() - started
        return Report(player, result, reason, seconds, found.kept, found.left_out, verdict, version, figures)

    def _setup(self, base: Base, stop: threading.Event, player: int) -> Setup:
        tokens = Tokens(base.tokenizer, self._settings.prompt_tokens)
        return Setup(base.training_model(), tokens, self._settings, stop, seed=player)

    async def _remember(self, version: AdapterVersion, before: AdapterVersion | None, taught: Taught) -> None:
        """Keep what the player is shown of it. The version stands without that, too."""
        db, window = self._registry.db, self._settings.window_messages
        try:
            await novelty.remember(db, version, before, taught.verdict, taught.samples, window)
        except (StoreError, sqlite3.IntegrityError) as error:  # no room, or the player was deleted meanwhile
            _log.warning("What version %d learnt is not kept: %s", version.id, error)

    async def close(self) -> None:
        """Stop the job that runs and end the thread; waits for one layer of the model at most."""
        await self._thread.close()

    async def _material(self, player: int) -> tuple[str, Examples, Preferences, tuple[Example, ...]]:
        """A player's name, what they said, what was preferred to their agent's words, and what is withheld."""
        db, window = self._registry.db, self._settings.window_messages
        who = await db.read(lambda c: accounts.by_id(c, player))
        if who is None:
            raise _Skip("There is no such player any more.")
        own = await db.read(lambda c: lessons.own_messages(c, player, LOOKED_AT * window))
        preferred = await db.read(lambda c: lessons.preferences(c, player, PREFERENCES))
        voted = await db.read(lambda c: lessons.votes(c, player, VOTES))
        private = await db.read(lambda c: lessons.withheld_messages(c, player, WITHHELD))

        def made() -> tuple[Examples, Preferences, tuple[Example, ...]]:
            said = examples(material.said(who.name, own), window)
            return said, material.preferences(preferred, voted), material.withheld(who.name, private)

        return who.name, *await asyncio.to_thread(made)  # each of thousands of texts is looked at

    def _fingerprint(self, found: Examples, preferences: Preferences, base: Base) -> str:
        """The same for lessons that give the same adapter: without new words a night must neither bring back what was
        taken back nor push the versions that there are to go back to out by copies of the newest."""
        chosen = self._settings
        how = (chosen.sft_rank, chosen.sft_epochs, chosen.sft_learning_rate, chosen.dpo_learning_rate)
        made_from = repr((found.train, found.held_out, preferences, how, base.base_id))
        return hashlib.sha256(made_from.encode()).hexdigest()

    async def _readable(self, player: int, version: AdapterVersion | None) -> tuple[AdapterState | None, str]:
        """The adapter to beat: that of the newest version, which is live unless the player has chosen otherwise.

        None if there is none, or, with a sentence about it, if all were made for another base model or it cannot be
        read: then it speaks for nobody, and is replaced without comparison.
        """
        if version is None:
            others = await self._registry.db.read(lambda c: adapters.standing(c, player))
            return None, adapters.misfit(others[0]) if others else ""
        try:
            return await asyncio.to_thread(saving.read, self._registry.path(version)), ""
        except UnreadableError as error:
            _log.warning("%s It is replaced without comparison.", error)
            return None, f"Version {version.id} is damaged and cannot speak."

    async def _others(self, player: int, base: Base) -> tuple[Path, ...]:
        """Folders of some other players' live adapters that were made here; none where there are too few to be a
        measure."""
        live = await self._registry.db.read(adapters.all_live)
        found = [
            one for one in live if one.player != player and one.base == base.base_id and not one.imported
        ]
        if len(found) < FEWEST_OTHERS:
            return ()
        some = random.Random(player).sample(found, min(MOST_OTHERS, len(found)))
        return tuple(self._registry.path(one) for one in some)


def _sentence(error: Exception) -> str:
    if isinstance(error, Stopped):
        return "The training was stopped before it was done."
    if out_of_memory(error):
        return "There was not enough memory to train. Close other programs, or choose a smaller model."
    text = str(error) or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"The training failed: {text}."


def _too_little(name: str, found: Examples, needed: int) -> str:
    why = ", ".join(cleaning.in_words(found.left_out))
    too_little = f"{name} has {found.kept} of the {needed} messages that it takes to learn from."
    return f"{too_little} Left out: {why}." if why else too_little
