"""Lessons, and the judging of adapters that were brought from elsewhere: one at a time, from what the database holds to
a version that is published, or a sentence that says why not. What takes long is done in the training thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from nanoverse.config import Settings
from nanoverse.engine import beside_steps, out_of_memory
from nanoverse.learning import admission, foreign, novelty, saving
from nanoverse.learning.adapter import AdapterState, Stopped
from nanoverse.learning.dialogue import prompt_limit
from nanoverse.learning.gathering import (
    NOTHING_NEW,
    Gathered,
    Skip,
    gather,
    others,
    to_beat,
    too_little,
)
from nanoverse.learning.lesson import Lesson, Taught, teach
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.registry import Forgotten, Overtaken, Registry, RegistryError
from nanoverse.learning.rows import Tokens
from nanoverse.learning.training_thread import Step, TrainingThread
from nanoverse.learning.verdict import Verdict
from nanoverse.store import conducts, lessons
from nanoverse.store.adapters import AdapterVersion
from nanoverse.store.errors import StoreError
from nanoverse.store.nights import FAILED, LIVE, OFFERED, REFUSED, SKIPPED, UNWISHED

STANDS = "Another version speaks by its player's own choice, so the new one waits."

_log = logging.getLogger(__name__)


class Base(Protocol):
    """The base model, as the engine offers it. `training_model()` shares its weights and is frozen. In `max_context`
    tokens it takes a prompt and its answer."""

    tokenizer: Any
    max_context: int

    def training_model(self) -> Any: ...


@dataclass(slots=True)
class Outcome:
    """What a lesson, or the judging of a brought adapter, came to: `result` is one of `nights.RESULTS`, `reason` a
    sentence or two. Filled in as the job goes on, so that one which fails tells as much as was known.

    `taught` is the adapter's strength and what the preference steps did, measured on preferences held out. `again`:
    some of what it was made from was forgotten before its end, so there is another one to be given.
    """

    player: int
    result: str = FAILED
    reason: str = ""
    seconds: float = 0.0
    messages: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    verdict: Verdict | None = None
    version: AdapterVersion | None = None
    taught: tuple[str, ...] = ()
    again: bool = False

    @property
    def gain(self) -> float | None:
        return self.verdict.gain if self.verdict else None

    @property
    def figures(self) -> str:
        return "; ".join([*([self.verdict.figures] if self.verdict else []), *self.taught])


class Trainer:
    """Gives lessons, and judges what is brought."""

    def __init__(self, registry: Registry, settings: Settings, base: Base) -> None:
        self._registry = registry
        self._settings = settings
        self._base = base
        self._thread = TrainingThread(settings.train_threads)
        # From the reading of what there is to the publishing: what a job compares with must not change under it.
        self._one_at_a_time = asyncio.Lock()
        self.pupils: set[int] = set()  # whose job runs

    @property
    def base_id(self) -> str:
        """Which base model lessons build on."""
        return self._registry.base

    @property
    def step(self) -> Step:
        """Where the running job is."""
        return self._thread.step

    async def train_player(self, player: int) -> Outcome:
        """Retrain one player's adapter from all they said and, if the gate lets it pass, make it live.

        Where the player has chosen by hand what speaks for them, the new version is offered instead.

        Never raises but when it is cancelled: then the training stops before its next layer and nothing of it is kept.
        """
        async with self._job(player, SKIPPED, "The training of player %d failed.") as outcome:
            await self._lesson(player, outcome)
        return outcome

    async def judge_brought(self, player: int, folder: Path, begun: Callable[[], None]) -> Outcome:
        """Judge the adapter in `folder`, which its player brought and the engine has checked, and publish it if it may
        speak for them. `begun()` is called once no other job runs.

        Never raises but when it is cancelled, as a training.
        """
        failure = "The adapter that player %d brought could not be judged."
        try:
            note = await self._registry.expect(player)
        except (StoreError, RegistryError) as error:
            return Outcome(player, REFUSED, str(error))
        try:
            async with self._job(player, REFUSED, failure) as outcome:
                begun()
                await self._admission(player, folder, note, outcome)
            outcome.again = False  # what was brought is no lesson to be given again
        finally:
            await self._registry.expect_no_more(note)
        return outcome

    @contextlib.asynccontextmanager
    async def _job(self, player: int, skipped: str, failure: str) -> AsyncIterator[Outcome]:
        """Runs when no other does; whatever it raises becomes its outcome: `skipped` if it was a `Skip`."""
        async with self._one_at_a_time:
            self.pupils.add(player)
            outcome, started = Outcome(player), time.monotonic()
            try:
                yield outcome
            except Skip as skip:
                outcome.result, outcome.reason = skipped, str(skip)
            except (Overtaken, Forgotten) as refusal:
                outcome.result, outcome.reason = REFUSED, str(refusal)
                outcome.again = isinstance(refusal, Forgotten)
            except Exception as error:
                _log.exception(failure, player)
                outcome.result, outcome.reason = FAILED, _sentence(error)
            finally:
                outcome.seconds = time.monotonic() - started
                self.pupils.discard(player)

    async def _admission(self, player: int, folder: Path, note: int, outcome: Outcome) -> None:
        found = await gather(self._registry, player, self._settings.window_messages)
        outcome.messages = found.examples.kept
        state = await asyncio.to_thread(lambda: foreign.as_our_own(saving.read(folder)))
        lesson = Lesson(found.examples, found.preferences, found.withheld, None, ())
        word = await self._thread.carry_out(
            lambda stop, tell: admission.examine(self._setup(player, stop), lesson, state, tell)
        )
        outcome.taught = (word.figures,)
        outcome.result, outcome.reason = REFUSED, word.reason
        if word.passed:
            outcome.version, live = await self._registry.publish(
                player,
                state,
                0,
                word.gain or 0.0,
                word.reason,
                newest=found.newest.id if found.newest else 0,
                waits=word.gain is None,
                expected=note,
            )
            outcome.result = LIVE if live else OFFERED
        _log.info("The adapter that player %d brought: %s; %s", player, outcome.result, word.figures)

    async def _lesson(self, player: int, outcome: Outcome) -> None:
        if await self._registry.drop_forgotten(player):
            _log.info("Versions of player %d that learnt from what was deleted are gone.", player)
        await self._ask_for_leave(player)
        found = await gather(self._registry, player, self._settings.window_messages)
        outcome.messages, outcome.left_out = found.examples.kept, found.examples.left_out
        newest, unusable = await to_beat(self._registry, player, found.newest)
        if reason := too_little(found, self._settings.min_messages):
            raise Skip(f"{reason} {unusable}".strip())
        material = found.fingerprint(self._settings, self._registry.base)
        damaged = found.newest is not None and newest is None
        if material == await self._registry.db.read(lambda c: lessons.newest(c, player)) and not damaged:
            raise Skip(NOTHING_NEW)
        taught = await self._taught(player, found, newest)
        await self._ask_for_leave(player)  # that took minutes
        outcome.verdict, outcome.taught = taught.verdict, taught.figures
        outcome.result, outcome.reason = REFUSED, f"{taught.verdict.reason} {unusable}".strip()
        if not taught.verdict.passed:
            await self._registry.db.write(lambda c: lessons.note(c, player, material))
            return
        outcome.version, live = await self._publish(player, found, taught, material)
        await self._remember(outcome.version, found.newest if newest else None, taught)
        outcome.result = LIVE if live else OFFERED
        if not live:
            outcome.reason += f" {STANDS}"

    async def _ask_for_leave(self, player: int) -> None:
        """Raises `Skip` if the player wants their agent to learn nothing."""
        if not await self._registry.db.read(lambda c: conducts.learns(c, player)):
            raise Skip(UNWISHED)

    async def _taught(self, player: int, found: Gathered, newest: AdapterState | None) -> Taught:
        measure = await others(self._registry, player)
        lesson = Lesson(found.examples, found.preferences, found.withheld, newest, measure, found.unseen)
        return await self._thread.carry_out(lambda stop, tell: teach(self._setup(player, stop), lesson, tell))

    def _setup(self, player: int, stop: threading.Event) -> Setup:
        """In the training thread, which from then on keeps out of the engine's way."""
        limit = prompt_limit(self._settings, self._base.max_context)
        tokens, base = Tokens(self._base.tokenizer, limit), self._base.training_model()
        beside_steps(base.device)
        return Setup(base, tokens, self._settings, stop, seed=player)

    async def _publish(
        self, player: int, found: Gathered, taught: Taught, material: str
    ) -> tuple[AdapterVersion, bool]:
        return await self._registry.publish(
            player,
            taught.state,
            found.examples.kept,
            taught.verdict.gain,
            taught.verdict.reason,
            material=material,
            seen=found.seen,
            newest=found.newest.id if found.newest else 0,
        )

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


def _sentence(error: Exception) -> str:
    if isinstance(error, Stopped):
        return "The training was stopped before it was done."
    if out_of_memory(error):
        return "There was not enough memory to train. Close other programs, or choose a smaller model."
    text = str(error) or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"The training failed: {text}."
