"""The night: every player's agent is retrained, one after the other, whatever becomes of each.

What a night did for a player is stored before the next one's turn, so a night that is cut off goes on with those who
are left.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock
from functools import partial

from nanoverse.config import Settings
from nanoverse.learning import schedule
from nanoverse.learning.trainer import Report, Trainer
from nanoverse.store import accounts, facts, nights
from nanoverse.store.database import Database
from nanoverse.store.nights import NightResult

LAST_NIGHT = "last_night"  # the fact that holds the date of the newest night held, ISO
BY_HAND = ""  # what a night is due that somebody asked for
WATCH = 1.0  # seconds between two looks at a running lesson
POLL = 30.0  # seconds between two looks at the clock: short, because clocks are set and machines sleep
RETRY = 600.0  # seconds until a night that the store cut off is taken up again

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a night is: `done` of `total` players; `player` is whose turn it is (None: nobody's).

    `left_s` is an estimate of the seconds that the others will take, None before the first is done.
    """

    done: int
    total: int
    player: int | None
    message: str
    left_s: float | None = None


Observer = Callable[[Progress], Awaitable[None]]


async def _unobserved(progress: Progress) -> None:
    pass


class Night:
    """Holds nights, one at a time; `observe` hears of each player, and once a second of the running lesson."""

    def __init__(self, db: Database, trainer: Trainer, observe: Observer = _unobserved) -> None:
        self._db = db
        self._trainer = trainer
        self._observe = observe
        self._one_at_a_time = asyncio.Lock()
        self._going = asyncio.Event()
        self._going.set()

    @property
    def running(self) -> bool:
        return self._one_at_a_time.locked()

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    def pause(self, paused: bool) -> None:
        """Have the night wait before its next player, or go on. The lesson that runs comes to its end."""
        if paused:
            self._going.clear()
        else:
            self._going.set()

    async def run(self, players: Sequence[int] | None = None, due: str = BY_HAND) -> list[NightResult]:
        """Retrain these players, or all; returns what came of it for each.

        With a `due` that was begun before, only the players without a result have their turn; a night that was
        finished is not held again. While one night runs, another waits.
        """
        async with self._one_at_a_time:
            number, done = await self._begin(due)
            if number is None:
                return done
            everyone = {one.id: one.name for one in await self._db.read(accounts.everyone)}
            had = {result.player for result in done}
            wanted = [p for p in (everyone if players is None else players) if p in everyone and p not in had]
            total, spent = len(done) + len(wanted), 0.0
            for turn, player in enumerate(wanted):
                left = spent / turn * (len(wanted) - turn) if turn else None
                if self.paused:
                    await self._observe(Progress(len(done), total, None, "paused", left))
                    await self._going.wait()
                report = await self._turn(player, everyone[player], len(done), total, left)
                spent += report.seconds
                result = NightResult(
                    number,
                    player,
                    report.result,
                    report.reason,
                    report.gain,
                    report.seconds,
                    report.figures,
                    report.messages,
                    report.left_out,
                )
                await self._db.write(partial(_record, result=result))
                done.append(result)
            await self._db.write(lambda c: nights.finish(c, number, _now()))
            await self._observe(Progress(len(done), total, None, _summary(done)))
            return done

    async def _begin(self, due: str) -> tuple[int | None, list[NightResult]]:
        """The night's number, or None if it was held already, and the results there are."""
        begun = await self._db.read(lambda c: nights.by_due(c, due)) if due else None
        if begun is None:
            return await self._db.write(lambda c: nights.start(c, due, _now())), []
        done = await self._db.read(lambda c: nights.results(c, begun.id))
        return (begun.id if begun.finished is None else None), done

    async def _turn(self, player: int, name: str, done: int, total: int, left: float | None) -> Report:
        await self._observe(Progress(done, total, player, f"{name}: reading", left))
        lesson = asyncio.create_task(self._trainer.train_player(player))
        try:
            while not (await asyncio.wait({lesson}, timeout=WATCH))[0]:
                step = self._trainer.step
                percent = 100 * step.done // max(1, step.total)
                await self._observe(Progress(done, total, player, f"{name}: {step.what}, {percent} %", left))
            return lesson.result()
        except asyncio.CancelledError:
            lesson.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await lesson
            raise


def _record(connection: sqlite3.Connection, result: NightResult) -> None:
    """Keep a result; one of a player who was deleted meanwhile is of no use, and the night goes on."""
    if accounts.by_id(connection, result.player):
        nights.record(connection, result)


def _summary(results: Sequence[NightResult]) -> str:
    counts = [(sum(r.result == kind for r in results), kind) for kind in nights.RESULTS]
    return ", ".join(f"{count} {kind}" for count, kind in counts if count) or "nobody to retrain"


async def every_night(
    night: Night,
    db: Database,
    trainer: Trainer,
    settings: Settings,
    now: Callable[[], datetime] = datetime.now,
    poll: float = POLL,
) -> None:
    """Hold a night whenever one is due, for ever; to be run as a task, and cancelled at the end.

    The very first start counts as a night held, so that the first real one comes in its own time. If the store
    fails, the night is taken up again later.
    """
    at = schedule.parse(settings.night_time)
    while True:
        pause = poll
        try:
            await _look_at_the_clock(night, db, trainer.ready, at, now())
        except Exception:
            _log.exception("The night was cut off; it goes on in %d minutes.", RETRY // 60)
            pause = RETRY
        await asyncio.sleep(pause)


async def _look_at_the_clock(night: Night, db: Database, ready: bool, at: clock, now: datetime) -> None:
    stored = await db.read(lambda c: facts.get(c, LAST_NIGHT))
    last = date.fromisoformat(stored) if stored else schedule.newest(now, at)
    held = schedule.settled(now, at, last)
    due = schedule.due(now, at, held) if ready else None
    if due is not None:
        await night.run(due=datetime.combine(due, at).isoformat(timespec="minutes"))
        held = due
    if held.isoformat() != stored:
        await db.write(partial(facts.put, key=LAST_NIGHT, value=held.isoformat()))


def _now() -> int:
    return time.time_ns() // 1_000_000
