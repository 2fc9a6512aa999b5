"""The model and all that needs one: it is loaded behind a world that can already be played.

torch and transformers take seconds to import, so nothing here imports them before `load`, which runs in a thread of
its own; a download that is still under way must not keep the process alive, so that thread is a daemon.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nanoverse import garbage
from nanoverse.agents.fetching import STILL_WAKING, Telling
from nanoverse.agents.voice import Voice
from nanoverse.config import Settings
from nanoverse.learning import folders
from nanoverse.store.database import Database

if TYPE_CHECKING:
    from nanoverse.engine import Engine, Limits
    from nanoverse.learning.night import Night, Progress
    from nanoverse.learning.registry import Registry
    from nanoverse.learning.trainer import Outcome, Trainer

log = logging.getLogger(__name__)

T = TypeVar("T")


class Mind:
    """Loads the engine, then the training on its shared weights. Before that, and after a failure, both are None."""

    def __init__(self, settings: Settings, db: Database, voice: Voice) -> None:
        self._settings = settings
        self._db = db
        self._voice = voice
        self.registry: Registry | None = None
        self.night: Night | None = None
        self.progress: Progress | None = None
        self.failure = ""  # what cut off the newest training that was asked for
        self._trainer: Trainer | None = None
        self._engine: Engine | None = None
        self._nights: asyncio.Task[None] | None = None
        self._unlearning: asyncio.Task[None] | None = None
        self._asked: set[asyncio.Task[None]] = set()
        self._disliked: set[int] = set()  # players whose agents were, since it was last looked at
        self._reconsidering: dict[int, asyncio.Task[None]] = {}

    async def load(self, source: Callable[[], str | Path], note: str, nights: bool | None) -> None:
        """Load the model that `source` names; with `nights`, from then on hold every night. None: train nothing but
        what is asked for, not even for what was forgotten.

        A failure becomes a state of the voice and a line on the console, not an exception.
        """
        self._voice.loading(STILL_WAKING)
        try:
            await self._wake_up(source, note, nights)
        except Exception as error:
            # By name: the class comes with torch, which is not loaded for this.
            said = any(kind.__name__ == "ModelError" for kind in type(error).__mro__)
            reason = str(error) if said else f"The model cannot be loaded: {error}"
            log.error("%s Agents stay silent; the world goes on without them.", reason)
            self._voice.failed(reason)

    async def _wake_up(self, source: Callable[[], str | Path], note: str, nights: bool | None) -> None:
        loop = asyncio.get_running_loop()

        def note_from_the_thread(words: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has gone meanwhile
                loop.call_soon_threadsafe(self._voice.loading, words)

        with contextlib.closing(Telling(note_from_the_thread)) as telling:
            engine = await _in_daemon_thread(lambda: _load(source(), self._settings, telling))
        from nanoverse.learning.night import Night, every_night
        from nanoverse.learning.registry import Registry
        from nanoverse.learning.trainer import Trainer
        from nanoverse.learning.unlearning import without_nights

        engine.start(loop)
        self._engine = engine
        registry = Registry(self._db, self._settings.adapters, engine.base_id, dropped=engine.forget)
        await registry.sweep()
        self._trainer = Trainer(registry, self._settings, engine)
        self.registry = registry
        self.night = Night(self._db, self._trainer, self._observe)
        if nights:
            await self.night.recall()
            self._nights = asyncio.create_task(every_night(self.night, self._db, self._settings))
        if nights is not None:
            self._unlearning = asyncio.create_task(
                without_nights(self.night, registry, self._trainer, nights)
            )
        self._voice.ready(engine, note)
        log.info("the model is ready: agents are awake")

    def retrain(self, players: Sequence[int] | None) -> bool:
        """Start a night by hand, of these players or all; False if there is no model to train or a night runs."""
        if self.night is None or self.night.running or self._asked:
            return False
        task = asyncio.create_task(self._retrain(self.night, players))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)
        return True

    async def forget(self, player: int) -> None:
        """The account is gone: so are its agent's folders, and what of them is in memory."""
        if self.registry is not None:
            await self.registry.forget(player)
        else:  # no model has been loaded, so nothing of them is in memory
            await asyncio.to_thread(folders.remove, self._settings.adapters, player)

    def check(self, folder: Path) -> None:
        """Whether the engine would serve this adapter; raises `AdapterError` if not. Blocks; only once there is a
        `registry`."""
        assert self._engine is not None
        self._engine.check(folder)

    async def judge_brought(self, player: int, folder: Path, begun: Callable[[], None]) -> Outcome:
        """Judge an adapter that was brought and checked, see `Trainer.judge_brought`; only once there is a
        `registry`."""
        assert self._trainer is not None
        return await self._trainer.judge_brought(player, folder, begun)

    def reconsider(self, player: int) -> None:
        """What a player's agent said was disliked: see whether the version that said it may go on."""
        if self.registry is None:
            return
        self._disliked.add(player)
        if player not in self._reconsidering:
            self._reconsidering[player] = asyncio.create_task(self._reconsider(self.registry, player))

    async def _reconsider(self, registry: Registry, player: int) -> None:
        """Look, and again if it was asked for meanwhile: the look that ran may not have seen that dislike."""
        try:
            while player in self._disliked:
                self._disliked.discard(player)
                try:
                    await registry.reconsider(player)
                except Exception:
                    log.exception("whether the agent of player %d is disliked could not be seen", player)
        finally:
            del self._reconsidering[player]

    @property
    def busy(self) -> bool:
        return bool(self._asked) or (self.night is not None and self.night.running)

    def next_night(self) -> datetime | None:
        """When the next night begins, in local time; None if none will be."""
        if self._nights is None:
            return None
        from nanoverse.learning import schedule

        return schedule.next_time(datetime.now(), schedule.parse(self._settings.night_time))

    async def close(self) -> None:
        always = [task for task in (self._nights, self._unlearning) if task]
        tasks = [*self._asked, *self._reconsidering.values(), *always]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._trainer:
            await self._trainer.close()
        if self._engine:
            await self._engine.close()

    async def _retrain(self, night: Night, players: Sequence[int] | None) -> None:
        self.failure = ""
        try:
            await night.run(players)
        except Exception as error:
            self.failure = str(error) or type(error).__name__
            log.exception("the training that was asked for was cut off")

    async def _observe(self, progress: Progress) -> None:
        self.progress = progress
        log.info("night: %d of %d players; %s", progress.done, progress.total, progress.message)


def _load(source: str | Path, settings: Settings, telling: Telling) -> Engine:
    with garbage.settling():
        from nanoverse.engine import Engine
        from nanoverse.hub import resolve
        from nanoverse.learning import night, registry, trainer  # noqa: F401  (slow to import: here, not in the loop)
    folder = resolve(source, telling)  # this may be a download, and take hours
    with garbage.settling():
        return Engine.load(folder, limits(settings), device=settings.device, dtype=settings.dtype)


def limits(settings: Settings) -> Limits:
    """What the engine takes on."""
    from nanoverse.engine import Limits

    return Limits(
        slots=settings.batch_slots,
        context=settings.prompt_tokens + settings.reply_tokens,
        adapter_rank=settings.sft_rank,
        host_adapters=settings.host_adapters,
        threads=settings.threads,
    )


async def _in_daemon_thread(function: Callable[[], T]) -> T:
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if result.cancelled():
            return
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        try:
            value, error = function(), None
        except BaseException as failure:
            value, error = None, failure
        with contextlib.suppress(RuntimeError):  # the loop has gone meanwhile
            loop.call_soon_threadsafe(settle, value, error)

    threading.Thread(target=run, name="model loading", daemon=True).start()
    return await result
