"""Who is behind the wheel of an absent player's body: one driver each, all woken by the world's tick.

A driver only ever gives inputs of the same table as a player's hands do. What is costly, choosing a goal and finding
a path, is done for a few bodies a tick and never for all at once: it is taken out of the budget that players' ways
come out of as well (`world.ways`).
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Sequence

from nanoverse.agents.building import Tile, Works
from nanoverse.agents.goals import COMPANY, PATH_NODES, Goal, Knowledge, Rest, choose
from nanoverse.protocol import AGENT, PLAYER
from nanoverse.store import works
from nanoverse.world.bodies import Body
from nanoverse.world.events import Event, Refused
from nanoverse.world.inputs import Input, Stop
from nanoverse.world.simulation import Simulation

log = logging.getLogger(__name__)

_STILL = 10.0  # seconds of standing still at once, for an agent that may not act


class Drivers:
    """All agent-driven bodies. `may_act`: whether a player lets their agent move the body just now."""

    def __init__(
        self, world: Simulation, seed: int, may_act: Callable[[int], bool] = lambda player: True
    ) -> None:
        self._world = world
        self._may_act = may_act
        self.stays: Callable[[int], bool] = lambda player: False  # whether an agent stands and talks just now
        self._favourites: dict[int, Sequence[Tile]] = {}
        self._rng = random.Random(seed)
        self._goals: dict[int, Goal | None] = {}
        # Kept while a player is there, and over a restart: an agent goes on where it was interrupted.
        self._works: dict[int, Works] = {}
        self._saved: dict[int, works.Works] = {}
        self._undecided: dict[int, None] = {}  # in the order in which they choose
        self._hands_off: list[int] = []  # handed back in the middle of a dig

    def take_over(self, player: int, favourites: Sequence[Tile]) -> None:
        """From now on this body is driven, until `hand_back`; `favourites` are tiles where its player likes to be."""
        self._favourites[player] = favourites
        if player not in self._goals:
            self._goals[player] = None
            self._undecided[player] = None

    def hand_back(self, player: int) -> None:
        """From now on nothing moves this body but its player; what it digs is let go."""
        if player in self._goals:
            del self._goals[player], self._favourites[player]
            self._undecided.pop(player, None)
            if self._world.bodies[player].digs:
                self._hands_off.append(player)

    def remember(self, rows: Iterable[works.Works]) -> None:
        """What agents were building when the server stopped."""
        for row in rows:
            self._works[row.player] = Works.remembered(row)
            self._saved[row.player] = row

    def new_works(self) -> list[works.Works]:
        """What to save of the agents' works: those that changed since this was last asked."""
        now = {player: its.kept(player) for player, its in self._works.items()}
        changed = [row for player, row in now.items() if row != self._saved.get(player)]
        self._saved = now
        return changed

    def unsaved(self, rows: Iterable[works.Works]) -> None:
        """Of what was to be saved this has not been; `new_works` gives it again, as it is then."""
        for row in rows:
            self._saved.pop(row.player, None)

    def forget(self, player: int) -> None:
        """The account is gone."""
        self.hand_back(player)
        self._works.pop(player, None)

    def refusal(self, player: int) -> str | None:
        """Why the agent would stand still at the wheel, if so."""
        if self._may_act(player):
            return None
        return "Your agent may not act just now; you can allow it in its panel."

    def drives(self, player: int) -> bool:
        return player in self._goals

    def inputs(self) -> list[tuple[int, Input]]:
        """One tick's inputs of all driven bodies."""
        while self._undecided and self._world.ways.grant(PATH_NODES):
            player = next(iter(self._undecided))
            del self._undecided[player]
            self._decide(player)
        given: list[tuple[int, Input]] = [(player, Stop(0)) for player in self._hands_off]
        self._hands_off.clear()
        now = self._world.tick_number
        for player, goal in self._goals.items():
            if goal is None:
                continue
            if not self._may_act(player):
                if not isinstance(goal, Rest):  # its player's quiet hours begin in the middle of something
                    self._goals[player] = Rest(self._world, _STILL)
                    given += [(player, Stop(0))] if self._world.bodies[player].digs else []
                elif now >= goal.until:
                    self._goals[player] = Rest(self._world, _STILL)
                continue
            if now >= goal.until or goal.done:
                self._goals[player] = None
                self._undecided[player] = None
            elif not self.stays(player) and (wanted := self._act(player, goal)) is not None:
                given.append((player, wanted))
        return given

    def _act(self, player: int, goal: Goal) -> Input | None:
        try:
            return goal.act(self._world, self._world.bodies[player])
        except Exception:  # one agent's trouble is not the others', nor the world's
            log.exception("the agent of player %d gives up what it was doing", player)
            goal.done = True
            return None

    def notice(self, events: Sequence[Event]) -> None:
        """A refused input ends the goal it came from: something is not as it was thought to be."""
        for event in events:
            if isinstance(event, Refused) and (goal := self._goals.get(event.body)):
                goal.done = True

    def _decide(self, player: int) -> None:
        if not self._may_act(player):
            self._goals[player] = Rest(self._world, _STILL)
            return
        body = self._world.bodies[player]
        builds = self._works.setdefault(player, Works())
        knowledge = Knowledge(self._favourites[player], self._company(body), builds)
        try:
            self._goals[player] = choose(self._world, body, knowledge, self._rng)
        except Exception:  # as in `_act`
            log.exception("the agent of player %d finds nothing to do", player)
            self._goals[player] = Rest(self._world, 10)

    def _company(self, body: Body) -> Body | None:
        """The nearest who is there in person; if nobody is, the nearest agent."""

        def nearest(driver: int) -> Body | None:
            return self._world.nearest(
                body.x, body.y, COMPANY, lambda other: other.driver == driver and other is not body
            )

        return nearest(PLAYER) or nearest(AGENT)
