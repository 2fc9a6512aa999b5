"""What a body did since the world's last dawn, in a few plain words for its scene."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from nanoverse.protocol import PRIVATE
from nanoverse.world.blocks import BY_ID
from nanoverse.world.bodies import Body
from nanoverse.world.constants import DAY_TICKS
from nanoverse.world.events import Ate, Crafted, Event, InventoryChanged, Settled, Stowed
from nanoverse.world.recipes import RECIPE, Recipe
from nanoverse.world.simulation import Simulation
from nanoverse.world.slots import is_tool

_DEEDS = 4  # told at most

Noted = Callable[[int, str, str, int], None]  # body, verb, what, how many


class Memory:
    """Listens to the world's events; humans and agents are remembered alike, it is one life. `noted` hears of
    every deed as it is done."""

    def __init__(self, world: Simulation) -> None:
        self._world = world
        self.noted: Noted = lambda body, verb, what, count: None
        self._day = world.tick_number // DAY_TICKS
        self._carried: dict[int, Counter[int]] = {}
        self._deeds: defaultdict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
        # Kept apart: whom somebody talks with in private is for the two of them alone to know.
        self._private: defaultdict[int, Counter[str]] = defaultdict(Counter)

    def notice(self, events: Sequence[Event]) -> None:
        """What a body made it made; what it keeps in a chest, what a roll-back gave it or took from it,
        and what it eats, is no deed;
        what else it gained it gathered, what else it lost it placed."""
        if (day := self._world.tick_number // DAY_TICKS) != self._day:
            self._day = day
            self._deeds.clear()
            self._private.clear()
        for event in events:
            if isinstance(event, Crafted):  # all of them before what bodies carry after the tick is looked at
                self._note_made(event.body, RECIPE[event.recipe])
            elif isinstance(event, Stowed | Settled):
                self._note_stowed(event)
            elif isinstance(event, Ate):
                self._carried.setdefault(event.body, Counter())[event.food] -= 1
        for event in events:
            if isinstance(event, InventoryChanged) and (body := self._world.bodies.get(event.body)):
                self._compare(body)

    def meet(self, body: Body) -> None:
        """Start to watch a body's inventory as it is."""
        self._carried[body.id] = _contents(body)

    def talked(self, player: int, other_name: str, channel: int) -> None:
        if channel == PRIVATE:
            self._private[player][other_name] += 1
        else:
            self._deeds[player]["talked with", other_name] += 1

    def forget(self, player: int, name: str) -> None:
        """The account is gone: what its body did, and that others talked with it."""
        self._carried.pop(player, None)
        self._deeds.pop(player, None)
        self._private.pop(player, None)
        for other in self._deeds.keys() | self._private.keys():
            self.forget_talk(other, name)

    def forget_talk(self, player: int, other_name: str) -> None:
        """The player wants nothing known of that they talked with this one."""
        del self._deeds[player]["talked with", other_name]
        del self._private[player][other_name]

    def did(self, player: int, confidant: str = "") -> tuple[str, ...]:
        """The day's deeds, the most frequent first: "gathered 12 stone", "talked with Mira".

        For a scene of private talk, `confidant` is the other side's name: of private talk that with them alone counts.
        """
        deeds = self._deeds[player].copy()
        if often := self._private[player][confidant]:
            deeds["talked with", confidant] += often
        return tuple(
            f"{verb} {what}" if verb == "talked with" else f"{verb} {count} {what}"
            for (verb, what), count in deeds.most_common(_DEEDS)
        )

    def _note(self, body: int, verb: str, what: str, count: int) -> None:
        self._deeds[body][verb, what] += count
        self.noted(body, verb, what, count)

    def _note_made(self, body: int, recipe: Recipe) -> None:
        """Counted as carried, so that neither parts nor product count as placed or gathered."""
        self._note(body, "made", recipe.name, recipe.count)
        carried = self._carried.setdefault(body, Counter())
        carried.subtract(dict(recipe.parts))
        carried[recipe.makes] += recipe.count

    def _note_stowed(self, stowed: Stowed | Settled) -> None:
        carried = self._carried.setdefault(stowed.body, Counter())
        for block, many in stowed.moved:
            carried[block] += max(-1, min(1, many)) if is_tool(block) else many

    def _compare(self, body: Body) -> None:
        now = _contents(body)
        before = self._carried.get(body.id, Counter())
        for block in now.keys() | before.keys():
            gained = now[block] - before[block]
            if gained and not is_tool(block):  # a tool that is gone was worn away
                self._note(body.id, "gathered" if gained > 0 else "placed", BY_ID[block].name, abs(gained))
        self._carried[body.id] = now


def _contents(body: Body) -> Counter[int]:
    contents: Counter[int] = Counter()
    for block, count in body.slots:
        if count:
            contents[block] += 1 if is_tool(block) else count
    return contents
