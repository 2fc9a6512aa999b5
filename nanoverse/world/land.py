"""Whose land is whose: the plots that players have claimed, whom they let build there, and the commons.

`Land.refusal` is the one place that says whether a body may change a tile. Whatever changes a tile asks it, whoever
drives the body: an agent has its player's rights and no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nanoverse.world.bodies import Body
from nanoverse.world.constants import PLOT, PLOTS, ROADS

Plot = tuple[int, int]
Claim = tuple[int, int, int]  # x and y of a plot, and its owner

_COMMON = "Everybody arrives here: nobody builds, or digs up the ground; trees and plants may be taken."
_ROAD = "This is a road that leads away from where everybody arrives: nobody claims it; claim land beside it."


def plot_of(x: int, y: int) -> Plot:
    """The plot that tile x, y lies in; plots are numbered like chunks, but are smaller."""
    return x // PLOT, y // PLOT


class Land:
    def __init__(
        self,
        bodies: Mapping[int, Body],
        spawn: tuple[int, int],
        commons: int,
        claims: Iterable[Claim] = (),
        guests: Iterable[tuple[int, int]] = (),
    ) -> None:
        """`commons`: tiles around the spawn that nobody can claim or build on, 0 for none. `guests` are pairs of an
        owner and somebody who may build on all of the owner's land."""
        self.spawn, self.commons = spawn, commons
        self._bodies = bodies
        self._owners: dict[Plot, int] = {(x, y): owner for x, y, owner in claims}
        self._plots: dict[int, dict[Plot, None]] = {}  # dicts, not sets: their order is the same in every run
        for plot, owner in self._owners.items():
            self._plots.setdefault(owner, {})[plot] = None
        self._guests: dict[int, dict[int, None]] = {}
        for owner, guest in guests:
            self._guests.setdefault(owner, {})[guest] = None

    def refusal(self, player: int, x: int, y: int, *, clearing: bool = False) -> str | None:
        """Why this player's body may not change tile x, y, as a sentence; None if it may.

        `clearing` is taking away what stands there, which the commons bear: else newcomers could not pick a flower.
        """
        owner = self._owners.get((x // PLOT, y // PLOT))
        if owner is not None:
            if owner == player or player in self._guests.get(owner, ()):
                return None
            return f"This is {self.name(owner)}'s land."
        return _COMMON if not clearing and self.is_common(x, y) else None

    def is_common(self, x: int, y: int) -> bool:
        """Whether tile x, y lies in the square of the commons."""
        east, south = abs(x - self.spawn[0]), abs(y - self.spawn[1])
        return max(east, south) < self.commons

    def owner_at(self, x: int, y: int) -> int | None:
        return self._owners.get((x // PLOT, y // PLOT))

    def owner(self, plot: Plot) -> int | None:
        return self._owners.get(plot)

    def plots(self, player: int) -> list[Plot]:
        """What a player has claimed, in the order of claiming."""
        return list(self._plots.get(player, ()))

    def guests(self, player: int) -> list[int]:
        """Who may build on this player's land."""
        return list(self._guests.get(player, ()))

    def hosts(self, player: int) -> list[int]:
        """On whose land this player may build."""
        return [owner for owner, guests in self._guests.items() if player in guests]

    def name(self, player: int) -> str:
        body = self._bodies.get(player)
        return body.name if body else "somebody"

    # What changes it: each answers with the reason why it cannot be, or None once it is done.

    def claim(self, body: Body, x: int, y: int) -> str | None:
        plot = plot_of(x, y)
        if plot_of(*body.tile) != plot:
            return "Stand on the land that you want to claim."
        owner = self._owners.get(plot)
        if owner is not None:
            return "This is your land already." if owner == body.id else f"This is {self.name(owner)}'s land."
        if reason := self._why_kept_free(plot):
            return reason
        if len(self._plots.get(body.id, ())) >= PLOTS:
            return f"You have {PLOTS} plots of land; give one back before you claim another."
        self._owners[plot] = body.id
        self._plots.setdefault(body.id, {})[plot] = None
        return None

    def release(self, body: Body, x: int, y: int) -> str | None:
        plot = plot_of(x, y)
        owner = self._owners.get(plot)
        if owner != body.id:
            return "This is nobody's land." if owner is None else f"This is {self.name(owner)}'s land."
        del self._owners[plot]
        del self._plots[body.id][plot]
        return None

    def allow(self, body: Body, guest: int, allowed: bool) -> str | None:
        """Let another player build on all one's land, or no longer."""
        if guest == body.id:
            return "On your own land you may build anyway."
        if guest not in self._bodies:
            return "There is no such player."
        guests = self._guests.setdefault(body.id, {})
        if allowed:
            guests[guest] = None
        else:
            guests.pop(guest, None)
        return None

    def free(self, player: int) -> list[Plot]:
        """All that a player has claimed is nobody's; returns those plots."""
        plots = list(self._plots.pop(player, ()))
        for plot in plots:
            del self._owners[plot]
        return plots

    def forget(self, player: int) -> tuple[list[Plot], list[tuple[int, int]]]:
        """A player is no more: returns the plots that are free now, and the pairs of owner and guest that ended."""
        plots = self.free(player)
        ended = [(player, guest) for guest in self._guests.pop(player, ())]
        for owner in self.hosts(player):
            del self._guests[owner][player]
            ended.append((owner, player))
        return plots, ended

    def _why_kept_free(self, plot: Plot) -> str | None:
        """Why nobody can claim a plot: the commons touch it, or it lies straight out from them. If one could, a few
        plots would shut in for good who arrives, since on claimed land they may not dig."""
        if not self.commons:
            return None
        reach = self.commons - 1
        apart = [
            max((at - reach) // PLOT - n, n - (at + reach) // PLOT, 0)
            for at, n in zip(self.spawn, plot, strict=True)
        ]
        if not any(apart):
            return "Everybody arrives here; claim land a little further away."
        return _ROAD if not min(apart) and max(apart) <= ROADS else None
