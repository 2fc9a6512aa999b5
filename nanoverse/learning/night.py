"""The night: every player's agent is retrained, one after the other, whatever becomes of each.

What a night did for a player is stored before the next one's turn, so one that is cut off and still due goes on with
those who have no result. Whose turn was cut off has it anew; if their version was live already, there is nothing new
to learn. What was asked for by hand does not go on by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from nanoverse.config import Settings
from nanoverse.learning import schedule
from nanoverse.learning.trainer import Outcome, Trainer
from nanoverse.learning.turns import in_turn
from nanoverse.store import accounts, facts, nights, turns
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.store.nights import NightResult

LAST_NIGHT = "last_night"  # the fact that holds the date of the newest night held, ISO
BY_HAND = ""  # what a night is due that somebody asked for
WATCH = 1.0  # seconds between two looks at a running lesson
POLL = 30.0  # seconds between two looks at the clock: short, because clocks are set and machines sleep
RETRY = (
    600.0  # seconds until a night that the store cut off is taken up again, or a clock set back is believed
)
# A clock that stands before this was not set yet since the machine started, however long it has been running.
NEVER_BEFORE = datetime(2025, 1, 1)
# No pause between two looks is as long: the machine slept, or the clock was set.
ASLEEP = timedelta(minutes=15)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a night is: `done` of `total` players; `player` is whose turn it is (None: nobody's).

    `left_s` is an estimate of the seconds that the others will take, None before the first is done. `message` says all
    the rest in English, for a console; for a page, `doing` is what the lesson is at, '' if that is not known, with its
    `percent`, and of a night that is over `counts` are the results, by their kind, and `waiting` the players it did not
    get to.
    """

    done: int
    total: int
    player: int | None
    message: str
    left_s: float | None = None
    doing: str = ""
    percent: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    waiting: int = 0


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

    async def pause(self, paused: bool) -> None:
        """Have nights wait before their next player, or go on. The lesson that runs comes to its end.

        Kept, so that it holds after a restart, too. Raises `StoreError` if it cannot be kept; then nothing changes.
        """
        if paused:
            await self._db.write(partial(facts.put, key=facts.NIGHTS_PAUSED, value="yes"))
            self._going.clear()
        else:
            await self._db.write(partial(facts.remove, key=facts.NIGHTS_PAUSED))
            self._going.set()

    async def recall(self) -> None:
        """Be paused if the nights were when the process ended."""
        if await self._db.read(partial(facts.get, key=facts.NIGHTS_PAUSED)):
            self._going.clear()

    async def run(
        self,
        players: Sequence[int] | None = None,
        due: str = BY_HAND,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> list[NightResult]:
        """Retrain these players in their order, or all, whoever needs it most first; returns what came of it for each.

        With a `due` that was begun before, only the players without a result have their turn; a night that was
        finished is not held again. While one night runs, another waits. Once `may_begin` says no, nobody's turn
        begins any more, and the night stays unfinished. Who had something forgotten while their lesson ran has one more
        turn, after all others.
        """
        async with self._one_at_a_time:
            number, done = await self._begin(due)
            if number is None:
                return done
            everyone = {one.id: one.name for one in await self._db.read(accounts.everyone)}
            had = {result.player for result in done}
            if players is None:
                players = in_turn(
                    await self._db.read(lambda c: turns.needs(c, number, self._trainer.base_id))
                )
            line = deque(player for player in players if player in everyone and player not in had)
            total, spent, turn = len(done) + len(line), 0.0, 0
            again: set[int] = set()
            while line:
                left = spent / turn * len(line) if turn else None
                if self.paused:
                    await self._observe(Progress(len(done), total, None, "paused", left))
                    await self._while_paused(may_begin)
                if not may_begin():
                    break
                player = line.popleft()
                outcome = await self._turn(player, everyone[player], len(done), total, left)
                spent, turn = spent + outcome.seconds, turn + 1
                if outcome.again and player not in again:
                    again.add(player)  # once: whoever forgets in each lesson would hold the night up for ever
                    line.append(player)
                    continue
                result = _result(number, outcome)
                await self._db.write(partial(_record, result=result))
                done.append(result)
            if len(done) == total:
                await self._db.write(lambda c: nights.finish(c, number, now_ms()))
            await self._observe(_summary(done, total))
            return done

    async def _while_paused(self, may_begin: Callable[[], bool]) -> None:
        while self.paused and may_begin():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._going.wait(), WATCH)

    async def _begin(self, due: str) -> tuple[int | None, list[NightResult]]:
        """The night's number, or None if it was held already, and the results there are."""
        begun = await self._db.read(lambda c: nights.by_due(c, due)) if due else None
        if begun is None:
            return await self._db.write(lambda c: nights.start(c, due, now_ms())), []
        done = await self._db.read(lambda c: nights.results(c, begun.id))
        return (begun.id if begun.finished is None else None), done

    async def _turn(self, player: int, name: str, done: int, total: int, left: float | None) -> Outcome:
        await self._observe(Progress(done, total, player, f"{name}: reading", left, "reading"))
        lesson = asyncio.create_task(self._trainer.train_player(player))
        try:
            while not (await asyncio.wait({lesson}, timeout=WATCH))[0]:
                step = self._trainer.step
                percent = 100 * step.done // max(1, step.total)
                message = f"{name}: {step.what}, {percent} %"
                await self._observe(Progress(done, total, player, message, left, step.what, percent))
            return lesson.result()
        except asyncio.CancelledError:
            lesson.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await lesson
            raise


def _result(night: int, outcome: Outcome) -> NightResult:
    return NightResult(
        night,
        outcome.player,
        outcome.result,
        outcome.reason,
        outcome.gain,
        outcome.seconds,
        outcome.figures,
        outcome.messages,
        outcome.left_out,
    )


def _record(connection: sqlite3.Connection, result: NightResult) -> None:
    """Keep a result; one of a player who was deleted meanwhile is of no use, and the night goes on."""
    if accounts.by_id(connection, result.player):
        nights.record(connection, result)


def _summary(results: Sequence[NightResult], total: int) -> Progress:
    """Of a night that is over."""
    counted = {kind: sum(r.result == kind for r in results) for kind in nights.RESULTS}
    counts = {kind: count for kind, count in counted.items() if count}
    words = [f"{count} {kind}" for kind, count in counts.items()]
    waiting = total - len(results)
    words += [f"{waiting} waiting for the next night"] if waiting else []
    message = ", ".join(words) or "nobody to retrain"
    return Progress(len(results), total, None, message, counts=counts, waiting=waiting)


async def every_night(
    night: Night,
    db: Database,
    settings: Settings,
    now: Callable[[], datetime] = datetime.now,
    poll: float = POLL,
    retry: float = RETRY,
) -> None:
    """Hold a night whenever one is due, for ever; to be run as a task, and cancelled at the end.

    The very first start counts as a night held, so that the first real one comes in its own time. If the store
    fails, the night is taken up again `retry` seconds later, while its window is open. Whom a window was too short for
    has their turn in the next night. A clock that stands before the last night is believed if it still does so then,
    and one that stands before `NEVER_BEFORE` never.
    """
    window = schedule.Window(schedule.parse(settings.night_time), timedelta(hours=settings.night_hours))
    since = looked = now()
    while True:
        began, pause = now(), poll
        if abs(began - looked) > ASLEEP:
            since = began  # before that no night could be held
        looked = began
        try:
            if await _look_at_the_clock(night, db, window, since, now, retry):
                looked = now()
        except Exception:
            _log.exception("The night was cut off; it goes on in %d minutes.", retry // 60)
            looked, pause = now(), retry
        await asyncio.sleep(pause)


async def _look_at_the_clock(
    night: Night,
    db: Database,
    window: schedule.Window,
    since: datetime,
    now: Callable[[], datetime],
    retry: float,
) -> bool:
    """Hold a night if one is due, and tell whether: it may have taken hours."""
    moment, at = now(), window.at
    if moment < NEVER_BEFORE:
        return False
    stored = await db.read(lambda c: facts.get(c, LAST_NIGHT))
    last = date.fromisoformat(stored) if stored else schedule.newest(moment, at)
    held = schedule.settled(moment, at, last)
    if held < last:  # by a clock that was ahead; but where summer time ends, that was the night of its date
        # Or this clock is behind: one without a battery begins in 1970 when the machine starts, and is set soon.
        await asyncio.sleep(retry)
        moment = now()
        if schedule.settled(moment, at, last) == last:
            return False
        beyond = (moment + schedule.SUMMER_TIME).isoformat(timespec="minutes")
        await db.write(partial(nights.doubt, after=beyond))
    due = schedule.due(moment, window, held, since)
    if due is not None:
        closing = schedule.closing(due, window, since)
        named = datetime.combine(due, at).isoformat(timespec="minutes")
        await night.run(due=named, may_begin=lambda: now() < closing)
        held = due
    if held.isoformat() != stored:
        await db.write(partial(facts.put, key=LAST_NIGHT, value=held.isoformat()))
    return due is not None
