"""The world and its one way forward: `tick`. Same seed, same edits, same inputs, same world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from nanoverse.world import digging, land, physics, sky
from nanoverse.world.acts import ACTS
from nanoverse.world.arrivals import landing
from nanoverse.world.blocks import AIR, SHUT
from nanoverse.world.bodies import Body, BodyState
from nanoverse.world.chests import Chests, Filled
from nanoverse.world.constants import EARSHOT, MAX_STEPS, UNIT
from nanoverse.world.crowd import Crowd
from nanoverse.world.discoveries import Discoveries, Known
from nanoverse.world.events import (
    BlockChanged,
    Done,
    Event,
    GuestChanged,
    HeldChanged,
    InventoryChanged,
    LandChanged,
    Moved,
    Recovered,
    Refused,
    Written,
)
from nanoverse.world.growth import Growth
from nanoverse.world.inputs import Dig, Go, Input, Move
from nanoverse.world.land import Land
from nanoverse.world.scrolls import Scroll, Scrolls
from nanoverse.world.signs import Signs
from nanoverse.world.signs import Written as SignText
from nanoverse.world.terrain import Terrain
from nanoverse.world.tiles import BLOCK, GROUND, PAINT, Chunk, Tiles
from nanoverse.world.undo import Undo, take_back
from nanoverse.world.ways import Ways


class Simulation:
    def __init__(
        self,
        seed: int,
        edits: Iterable[tuple[int, int, int, int]] = (),
        tick: int = 0,
        *,
        commons: int = 0,
        claims: Iterable[land.Claim] = (),
        guests: Iterable[tuple[int, int]] = (),
        chests: Iterable[Filled] = (),
        signs: Iterable[SignText] = (),
        scrolls: Iterable[Scroll] = (),
        last_scroll: int = 0,
        found: Iterable[Known] = (),
    ) -> None:
        """The world of a seed as it is after `tick` ticks; `edits` are (x, y, layer, block), see `BlockChanged`,
        `commons`, `claims` and `guests` as `Land` takes them, `chests` and `signs` as `Chests` and `Signs`,
        `scrolls` and `last_scroll` as `Scrolls`, `found` as `Discoveries`."""
        self.seed = seed
        self.tick_number = tick
        self._terrain = Terrain(seed)
        self.bodies: dict[int, Body] = {}
        self.tiles = Tiles(self._terrain, edits)
        self.crowd = Crowd()
        self.diggers: dict[int, Body] = {}
        self.land = Land(self.bodies, self.spawn if commons else (0, 0), commons, claims, guests)
        self.chests = Chests(chests)
        self.signs = Signs(signs)
        self.ways = Ways(self)
        self._growth = Growth()
        self.scrolls = Scrolls(scrolls, last_scroll)
        self.discoveries = Discoveries(self.scrolls, self._terrain.discoveries, found)

    # Bodies

    def add_body(self, id: int, name: str, look: int, saved: BodyState | None) -> Body:
        """A body as it was saved (moved aside if something was built there), or a new one on free land near the
        spawn. KeyError if this id has a body already."""
        if id in self.bodies:
            raise KeyError(f"Body {id} is in the world already.")
        x, y = landing(self._terrain, self.tiles, self.crowd, id, saved)
        body = Body(id, name, look, x, y)
        if saved is not None:
            body.facing, body.selected = saved.facing, saved.selected
            body.slots = [list(pair) for pair in saved.slots]
            body.home, body.fed_until = saved.home, saved.fed_until
        self.bodies[id] = body
        self.crowd.add(body)
        return body

    def remove_body(self, id: int) -> None:
        """Take a body out of the world; KeyError if there is none."""
        body = self.bodies.pop(id)
        self.crowd.remove(body)
        self.diggers.pop(id, None)
        self.chests.look_away(id)
        self.ways.forget(id)

    def leave_unanswered(self, id: int) -> None:
        """Whoever had this body dig does not wait any more for how it ends: the dig goes on without a number."""
        if digs := self.bodies[id].digs:
            digs.ref = 0

    def forget(self, id: int) -> list[Event]:
        """Take a body out of the world for good, with its land, its guests, its scrolls and the words on its signs;
        what it built stays. KeyError if there is none."""
        events: list[Event] = []
        digging.end(self, self.bodies[id], "You are no longer here.", events)
        self.remove_body(id)
        plots, ended = self.land.forget(id)
        events += [LandChanged(x, y, None, id) for x, y in plots]
        events += [GuestChanged(owner, guest, False) for owner, guest in ended]
        events += [Written(id, x, y) for x, y in self.signs.forget(id)]
        events += [Recovered(id, scroll.id) for scroll in self.scrolls.forget(id)]
        self.discoveries.forget(id)
        return events

    def free_land(self, id: int) -> list[Event]:
        """All land that a player has claimed is nobody's again; what was built there stays."""
        return [LandChanged(x, y, None, id) for x, y in self.land.free(id)]

    def uninvite(self, owner: int, guest: int) -> list[Event]:
        """Who was `owner`'s guest builds on their land no more."""
        if guest not in self.land.guests(owner):
            return []
        self.land.allow(self.bodies[owner], guest, False)
        return [GuestChanged(owner, guest, False)]

    def bodies_within(self, x: int, y: int, tiles: int) -> list[Body]:
        """The bodies at most so many tiles from x, y (units), nearest first."""
        return self.crowd.within(x, y, tiles * UNIT)

    def nearest(self, x: int, y: int, tiles: int, wanted: Callable[[Body], bool]) -> Body | None:
        """The nearest body that is wanted, at most so many tiles from x, y (units)."""
        return self.crowd.nearest(x, y, tiles * UNIT, wanted)

    def near(self, body: Body) -> list[Body]:
        """Who hears this body, nearest first, without itself."""
        return [other for other in self.bodies_within(body.x, body.y, EARSHOT) if other is not body]

    # Land and sky

    def chunk(self, cx: int, cy: int) -> Chunk:
        return self.tiles.chunk(cx, cy)

    def block_at(self, x: int, y: int) -> int:
        return self.tiles.get(x, y, BLOCK)

    def ground_at(self, x: int, y: int) -> int:
        return self.tiles.get(x, y, GROUND)

    def paint_at(self, x: int, y: int) -> int:
        """The colour of tile x, y, 0 for none."""
        return self.tiles.get(x, y, PAINT)

    def is_solid(self, x: int, y: int) -> bool:
        """Whether tile x, y stops a body."""
        return self.tiles.is_solid(x, y)

    def opens(self, x: int, y: int) -> bool:
        """Whether tile x, y stops a body only until somebody uses it: a shut door."""
        return self.tiles.get(x, y, BLOCK) in SHUT

    def occupied(self, x: int, y: int) -> bool:
        """Whether somebody's feet touch tile x, y."""
        return self.crowd.occupies(x, y)

    def biome_at(self, x: int, y: int) -> str:
        """The name of the biome at tile x, y, such as "forest"; digging and building do not change it."""
        return self._terrain.biome_at(x, y)

    def place_name(self, x: int, y: int) -> str:
        """The name of the region around tile x, y, such as "Hollow Ford"."""
        return self._terrain.place_name(x, y)

    @property
    def spawn(self) -> tuple[int, int]:
        """The tile around which new players arrive."""
        return self._terrain.spawn

    def time_of_day(self) -> str:
        """dawn, morning, noon, afternoon, evening or night."""
        return sky.time_of_day(self.tick_number)

    def day_fraction(self) -> int:
        """0 to 65535: 0 is midnight, 32768 noon."""
        return sky.day_fraction(self.tick_number)

    def weather(self) -> str:
        """clear, rain, fog or snow."""
        return sky.weather(self.seed, self.tick_number)

    # The tick

    def tick(self, inputs: Sequence[tuple[int, Input]], undos: Sequence[Undo] = ()) -> list[Event]:
        """One twentieth of a second. The inputs, each with its body, take effect in their order, then whoever digs
        goes on, ways are looked for, and things grow. Inputs for a body that is not there are ignored. `undos` are a
        roll-back's, before all else; each is answered by `BlockChanged` or `NotUndone`."""
        events: list[Event] = []
        for undo in undos:
            take_back(self, undo, events)
        stepped: dict[int, int] = {}
        for id, given in inputs:
            body = self.bodies.get(id)
            if body is None:
                continue
            if isinstance(given, Move):
                self._move(body, given, stepped, events)
            elif isinstance(given, Dig):
                digging.begin(self, body, given, events)
            elif isinstance(given, Go):
                self.ways.ask(body, given, events)
            elif reason := ACTS[type(given)](self, body, given, events):
                events.append(Refused(id, given.ref, reason))
            else:
                events.append(Done(id, given.ref))
        for body in list(self.diggers.values()):
            digging.go_on(self, body, events)
        self.ways.tick(events)
        self._growth.tick(self, events)
        self.tick_number += 1
        return events

    def _move(self, body: Body, move: Move, stepped: dict[int, int], events: list[Event]) -> None:
        steps = stepped.get(body.id, 0)
        if steps == MAX_STEPS:
            events.append(Refused(body.id, move.ref, f"A body takes at most {MAX_STEPS} steps in a tick."))
            return
        dx, dy = move.dx, move.dy
        if not (-1 <= dx <= 1 and -1 <= dy <= 1):
            events.append(Refused(body.id, move.ref, "A step goes to one of the eight sides."))
            return
        stepped[body.id] = steps + 1
        x, y = physics.step(body.x, body.y, dx, dy, self.tiles.is_solid)
        self.crowd.move(body, x, y)
        body.facing = physics.facing(dx, dy, body.facing)
        events.append(Moved(body.id, move.ref, x, y, body.facing))
        events += self.discoveries.walk(body)

    # What acts and digging change it by

    def put(
        self,
        body: Body,
        x: int,
        y: int,
        layer: int,
        block: int,
        events: list[Event],
        *,
        gave: int = AIR,
        cost: int = AIR,
    ) -> None:
        """Change a tile; `gave` and `cost` as in `BlockChanged`."""
        before = self.tiles.get(x, y, layer)
        self.tiles.put(x, y, layer, block)
        words = self.signs.text(x, y)
        if layer == BLOCK and self.signs.clear(x, y):
            events.append(Written(body.id, x, y, words))
        events.append(BlockChanged(x, y, layer, block, body.id, before, gave, cost))

    def carries(self, body: Body, held_before: int, events: list[Event]) -> None:
        """The body's inventory changed, and with it perhaps what is in its hand."""
        events.append(InventoryChanged(body.id))
        if body.held != held_before:
            events.append(HeldChanged(body.id))
