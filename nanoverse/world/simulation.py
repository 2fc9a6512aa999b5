"""The world and its one way forward: `tick`. Same seed, same edits, same inputs, same world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nanoverse.world import crafting, hands, land, physics, sky, slots
from nanoverse.world.arrivals import beside, landing
from nanoverse.world.blocks import AIR, BY_ID, SHUT, by_name
from nanoverse.world.bodies import Body, BodyState, Digs
from nanoverse.world.chests import CHEST, Chests, Filled
from nanoverse.world.constants import DIG_STAGES, EARSHOT, HOTBAR, RETURN_EVERY, SLOTS, TICK_HZ, UNIT
from nanoverse.world.crowd import Crowd
from nanoverse.world.events import (
    BlockChanged,
    ChestShown,
    Crafted,
    Digging,
    Done,
    Event,
    GuestChanged,
    HeldChanged,
    HomeChanged,
    InventoryChanged,
    LandChanged,
    Moved,
    NotUndone,
    Refused,
    Returned,
    Stowed,
    Worn,
    Written,
)
from nanoverse.world.inputs import (
    Allow,
    Claim,
    Craft,
    Dig,
    Input,
    Move,
    Place,
    Release,
    Return,
    Select,
    Split,
    Stop,
    Stow,
    Swap,
    Use,
    Write,
)
from nanoverse.world.land import Land, plot_of
from nanoverse.world.signs import SIGN, Signs
from nanoverse.world.signs import Written as SignText
from nanoverse.world.terrain import Terrain
from nanoverse.world.tiles import BLOCK, GROUND, Chunk, Tiles
from nanoverse.world.undo import Undo, settle, why_not_undo

_BED = by_name("bed").id


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
    ) -> None:
        """The world of a seed as it is after `tick` ticks; `edits` are (x, y, layer, block), see `BlockChanged`,
        `commons`, `claims` and `guests` as `Land` takes them, `chests` and `signs` as `Chests` and `Signs`."""
        self.seed = seed
        self.tick_number = tick
        self._terrain = Terrain(seed)
        self.bodies: dict[int, Body] = {}
        self._tiles = Tiles(self._terrain, edits)
        self._crowd = Crowd()
        self._diggers: dict[int, Body] = {}
        self.land = Land(self.bodies, self.spawn if commons else (0, 0), commons, claims, guests)
        self.chests = Chests(chests)
        self.signs = Signs(signs)

    # Bodies

    def add_body(self, id: int, name: str, look: int, saved: BodyState | None) -> Body:
        """A body as it was saved (moved aside if something was built there), or a new one on free land near the
        spawn. KeyError if this id has a body already."""
        if id in self.bodies:
            raise KeyError(f"Body {id} is in the world already.")
        x, y = landing(self._terrain, self._tiles, self._crowd, id, saved)
        body = Body(id, name, look, x, y)
        if saved is not None:
            body.facing, body.selected = saved.facing, saved.selected
            body.slots = [list(pair) for pair in saved.slots]
            body.home = saved.home
        self.bodies[id] = body
        self._crowd.add(body)
        return body

    def remove_body(self, id: int) -> None:
        """Take a body out of the world; KeyError if there is none."""
        body = self.bodies.pop(id)
        self._crowd.remove(body)
        self._diggers.pop(id, None)
        self.chests.look_away(id)

    def forget(self, id: int) -> list[Event]:
        """Take a body out of the world for good, with its land, its guests and the words on its signs; what it built
        stays. KeyError if there is none."""
        events: list[Event] = []
        self._end_dig(self.bodies[id], "You are no longer here.", events)
        self.remove_body(id)
        plots, ended = self.land.forget(id)
        events += [LandChanged(x, y, None, id) for x, y in plots]
        events += [GuestChanged(owner, guest, False) for owner, guest in ended]
        events += [Written(id, x, y) for x, y in self.signs.forget(id)]
        return events

    def bodies_within(self, x: int, y: int, tiles: int) -> list[Body]:
        """The bodies at most so many tiles from x, y (units), nearest first."""
        return self._crowd.within(x, y, tiles * UNIT)

    def near(self, body: Body) -> list[Body]:
        """Who hears this body, nearest first, without itself."""
        return [other for other in self.bodies_within(body.x, body.y, EARSHOT) if other is not body]

    # Land and sky

    def chunk(self, cx: int, cy: int) -> Chunk:
        return self._tiles.chunk(cx, cy)

    def block_at(self, x: int, y: int) -> int:
        return self._tiles.get(x, y, BLOCK)

    def ground_at(self, x: int, y: int) -> int:
        return self._tiles.get(x, y, GROUND)

    def is_solid(self, x: int, y: int) -> bool:
        """Whether tile x, y stops a body."""
        return self._tiles.is_solid(x, y)

    def opens(self, x: int, y: int) -> bool:
        """Whether tile x, y stops a body only until somebody uses it: a shut door."""
        return self._tiles.get(x, y, BLOCK) in SHUT

    def occupied(self, x: int, y: int) -> bool:
        """Whether somebody's feet touch tile x, y."""
        return self._crowd.occupies(x, y)

    def biome_at(self, x: int, y: int) -> str:
        """The name of the biome at tile x, y, such as "forest"; digging and building do not change it."""
        return self._terrain.biome_at(x, y)

    def place_name(self, x: int, y: int) -> str:
        """The name of the region around tile x, y, such as "Hollow Ford"."""
        return self._terrain.place_name(x, y)

    def may_change(self, body: Body, x: int, y: int) -> bool:
        """Whether the land lets this body change tile x, y; `land.refusal` has the sentence for when it does not."""
        return self.land.refusal(body.id, x, y) is None

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
        goes on. Inputs for a body that is not there are ignored. `undos` are a roll-back's,
        before all else; each is answered by `BlockChanged` or `NotUndone`."""
        events: list[Event] = []
        for undo in undos:
            self._undo(undo, events)
        moved: set[int] = set()
        for id, given in inputs:
            body = self.bodies.get(id)
            if body is None:
                continue
            if isinstance(given, Move):
                self._move(body, given, moved, events)
            elif isinstance(given, Dig):
                self._dig(body, given, events)
            elif isinstance(given, Stop):
                self._end_dig(body, "You stopped digging.", events)
                events.append(Done(id, given.ref))
            elif isinstance(given, Place):
                self._place(body, given, events)
            elif isinstance(given, Select):
                self._select(body, given, events)
            elif isinstance(given, Craft):
                self._craft(body, given, events)
            elif isinstance(given, Use):
                self._use(body, given, events)
            elif isinstance(given, Split):
                self._split(body, given, events)
            elif isinstance(given, Stow):
                self._stow(body, given, events)
            elif isinstance(given, Return):
                self._return(body, given, events)
            elif isinstance(given, Write):
                self._write(body, given, events)
            elif isinstance(given, Swap):
                self._swap(body, given, events)
            elif isinstance(given, Allow):
                self._allow(body, given, events)
            else:
                self._claim_or_release(body, given, events)
        for body in list(self._diggers.values()):
            self._dig_on(body, events)
        self.tick_number += 1
        return events

    def _move(self, body: Body, move: Move, moved: set[int], events: list[Event]) -> None:
        if body.id in moved:
            events.append(Refused(body.id, move.ref, "A body takes one step in a tick."))
            return
        dx, dy = move.dx, move.dy
        if not (-1 <= dx <= 1 and -1 <= dy <= 1):
            events.append(Refused(body.id, move.ref, "A step goes to one of the eight sides."))
            return
        moved.add(body.id)
        x, y = physics.step(body.x, body.y, dx, dy, self._tiles.is_solid)
        self._crowd.move(body, x, y)
        body.facing = physics.facing(dx, dy, body.facing)
        events.append(Moved(body.id, move.ref, x, y, body.facing))

    def _dig(self, body: Body, dig: Dig, events: list[Event]) -> None:
        if body.digs is not None and (body.digs.x, body.digs.y) == (dig.x, dig.y):
            events.append(Done(body.id, dig.ref))  # it goes on; its own end answers the input that began it
            return
        begun = hands.start_digging(self._tiles, self.land, body, dig)
        if not isinstance(begun, str):
            begun = self._why_not_dig_up(begun) or begun
        if isinstance(begun, str):
            events.append(Refused(body.id, dig.ref, begun))
            return
        self._end_dig(body, "You began to dig elsewhere.", events)
        body.digs = begun
        self._diggers[body.id] = body

    def _end_dig(self, body: Body, reason: str | None, events: list[Event]) -> None:
        """End what the body digs, if anything: well, or for a reason."""
        digs = body.digs
        if digs is None:
            return
        body.digs = None
        del self._diggers[body.id]
        if digs.stage:
            events.append(Digging(body.id, digs.x, digs.y, 0))
        events.append(Refused(body.id, digs.ref, reason) if reason else Done(body.id, digs.ref))

    def _dig_on(self, body: Body, events: list[Event]) -> None:
        digs = body.digs
        assert digs is not None
        reason = hands.why_digging_ends(self._tiles, self.land, body, digs) or self._why_not_dig_up(digs)
        if reason:
            self._end_dig(body, reason, events)
            return
        digs.done += 1
        if digs.done == digs.total:
            block = BY_ID[digs.block]
            self._put(body, digs.x, digs.y, digs.layer, block.under or AIR, events, gave=block.drops or AIR)
            held = body.held
            if digs.tool != AIR:
                body.spend(body.selected)
                events.append(Worn(body.id, digs.tool))
            if block.drops is not None:
                body.take(block.drops)
            if digs.tool != AIR or block.drops is not None:
                self._carries(body, held, events)
            self._end_dig(body, None, events)
            return
        stage = 1 + DIG_STAGES * digs.done // digs.total
        if stage != digs.stage:
            digs.stage = stage
            events.append(Digging(body.id, digs.x, digs.y, stage))

    def _why_not_handle(self, body: Body, given: Use | Stow | Write) -> str | None:
        """Doors, chests, beds and signs on somebody's land are for its owner and guests."""
        return self.land.refusal(body.id, given.x, given.y, clearing=True)

    def _why_not_dig_up(self, digs: Digs) -> str | None:
        if digs.block == CHEST and self.chests.filled(digs.x, digs.y):
            return "There is something in this chest; take it out first."
        return None

    def _place(self, body: Body, place: Place, events: list[Event]) -> None:
        reason = hands.why_not_place(self._tiles, self._crowd, self.land, body, place)
        if reason:
            events.append(Refused(body.id, place.ref, reason))
            return
        held = body.held
        block = BY_ID[body.slots[place.slot][0]]
        body.spend(place.slot)
        self._put(body, place.x, place.y, block.layer, block.id, events, cost=block.id)
        self._carries(body, held, events)
        events.append(Done(body.id, place.ref))

    def _use(self, body: Body, use: Use, events: list[Event]) -> None:
        reason = hands.why_not_use(self._tiles, self._crowd, body, use) or self._why_not_handle(body, use)
        if reason:
            events.append(Refused(body.id, use.ref, reason))
            return
        block = BY_ID[self._tiles.get(use.x, use.y, BLOCK)]
        if block.turns is not None:
            self._put(body, use.x, use.y, BLOCK, block.turns, events)
        elif block.id == CHEST:
            self.chests.look(body.id, use.x, use.y)
            events.append(ChestShown(body.id, use.x, use.y))
        elif block.id == _BED:
            body.home = use.x, use.y
            events.append(HomeChanged(body.id))
        events.append(Done(body.id, use.ref))

    def _return(self, body: Body, given: Return, events: list[Event]) -> None:
        reason, place = self._way_home(body)
        if reason or place is None:
            events.append(Refused(body.id, given.ref, reason or "There is no room beside your bed."))
            return
        self._end_dig(body, "You went home.", events)
        self._crowd.move(body, *place)
        body.returns_at = self.tick_number + RETURN_EVERY
        events.append(Returned(body.id, *place, body.facing))
        events.append(Done(body.id, given.ref))

    def _way_home(self, body: Body) -> tuple[str | None, tuple[int, int] | None]:
        """Why a body may not return to its bed, or the place beside it."""
        if body.home is None:
            return "You have no home yet; use a bed, and it is your home.", None
        if self._tiles.get(*body.home, BLOCK) != _BED:
            return "Your bed is gone; use another, and that is your home.", None
        if (left := body.returns_at - self.tick_number) > 0:
            return f"You went home a moment ago; wait {-(-left // TICK_HZ)} seconds.", None
        return None, beside(self._tiles, *body.home)

    def _write(self, body: Body, write: Write, events: list[Event]) -> None:
        if not hands.reaches(body, write.x, write.y):
            reason: str | None = "That is out of reach."
        elif self._tiles.get(write.x, write.y, BLOCK) != SIGN:
            reason = "There is no sign."
        else:
            reason = self._why_not_handle(body, write) or self.signs.write(
                write.x, write.y, write.text, body.id
            )
        if reason:
            events.append(Refused(body.id, write.ref, reason))
            return
        events.append(Written(body.id, write.x, write.y))
        events.append(Done(body.id, write.ref))

    def _stow(self, body: Body, stow: Stow, events: list[Event]) -> None:
        if not hands.reaches(body, stow.x, stow.y):
            events.append(Refused(body.id, stow.ref, "That is out of reach."))
            return
        if self._tiles.get(stow.x, stow.y, BLOCK) != CHEST:
            events.append(Refused(body.id, stow.ref, "There is no chest."))
            return
        done = self._why_not_handle(body, stow) or self.chests.stow(body.slots, stow)
        if isinstance(done, str):
            events.append(Refused(body.id, stow.ref, done))
            return
        held = body.held
        body.slots, moved = done
        events.append(Stowed(body.id, stow.x, stow.y, moved))
        self._carries(body, held, events)
        for viewer in self.chests.viewers(stow.x, stow.y):
            seer = self.bodies[viewer]
            if hands.reaches(seer, stow.x, stow.y) and not self._why_not_handle(seer, stow):
                events.append(ChestShown(viewer, stow.x, stow.y))
            else:
                self.chests.look_away(viewer)
        events.append(Done(body.id, stow.ref))

    def _select(self, body: Body, select: Select, events: list[Event]) -> None:
        if select.slot not in range(HOTBAR):
            events.append(Refused(body.id, select.ref, f"There is no slot {select.slot} in the hot bar."))
            return
        held = body.held
        body.selected = select.slot
        self._carries(body, held, events)
        events.append(Done(body.id, select.ref))

    def _craft(self, body: Body, craft: Craft, events: list[Event]) -> None:
        made = crafting.craft(self._tiles, body, craft)
        if isinstance(made, str):
            events.append(Refused(body.id, craft.ref, made))
            return
        held = body.held
        body.slots = made
        events.append(Crafted(body.id, craft.recipe))
        self._carries(body, held, events)
        events.append(Done(body.id, craft.ref))

    def _swap(self, body: Body, swap: Swap, events: list[Event]) -> None:
        for slot in (swap.a, swap.b):
            if slot not in range(SLOTS):
                events.append(Refused(body.id, swap.ref, f"There is no slot {slot}."))
                return
        held = body.held
        slots.move(body.slots, swap.a, swap.b)
        self._carries(body, held, events)
        events.append(Done(body.id, swap.ref))

    def _claim_or_release(self, body: Body, given: Claim | Release, events: list[Event]) -> None:
        claims = isinstance(given, Claim)
        reason = (self.land.claim if claims else self.land.release)(body, given.x, given.y)
        if reason:
            events.append(Refused(body.id, given.ref, reason))
            return
        events.append(LandChanged(*plot_of(given.x, given.y), body.id if claims else None, body.id))
        events.append(Done(body.id, given.ref))

    def _allow(self, body: Body, allow: Allow, events: list[Event]) -> None:
        reason = self.land.allow(body, allow.peer, allow.allowed)
        if reason:
            events.append(Refused(body.id, allow.ref, reason))
            return
        events.append(GuestChanged(body.id, allow.peer, allow.allowed))
        events.append(Done(body.id, allow.ref))

    def _split(self, body: Body, split: Split, events: list[Event]) -> None:
        unknown = [slot for slot in (split.a, split.b) if slot not in range(SLOTS)]
        reason = f"There is no slot {unknown[0]}." if unknown else slots.split(body.slots, split.a, split.b)
        if reason:
            events.append(Refused(body.id, split.ref, reason))
            return
        self._carries(body, body.held, events)
        events.append(Done(body.id, split.ref))

    def _undo(self, undo: Undo, events: list[Event]) -> None:
        reason = why_not_undo(self._tiles, self._crowd, self.chests, undo)
        after = reason or settle(self.bodies, undo)
        if isinstance(after, str):
            events.append(NotUndone(after))
            return
        x, y, layer = undo.x, undo.y, undo.layer
        before = self._tiles.get(x, y, layer)
        self._tiles.put(x, y, layer, undo.then)
        if layer == BLOCK and self.signs.clear(x, y):
            events.append(Written(0, x, y))
        events.append(BlockChanged(x, y, layer, undo.then, 0, before, undoes=undo.changes))
        for id, held_slots in after.items():
            body = self.bodies[id]
            held = body.held
            body.slots = held_slots
            self._carries(body, held, events)

    def _put(
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
        before = self._tiles.get(x, y, layer)
        self._tiles.put(x, y, layer, block)
        if layer == BLOCK and self.signs.clear(x, y):
            events.append(Written(body.id, x, y))
        events.append(BlockChanged(x, y, layer, block, body.id, before, gave, cost))

    def _carries(self, body: Body, held_before: int, events: list[Event]) -> None:
        """The body's inventory changed, and with it perhaps what is in its hand."""
        events.append(InventoryChanged(body.id))
        if body.held != held_before:
            events.append(HeldChanged(body.id))
