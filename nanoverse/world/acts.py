"""What each input does to the world, but for steps and digging, which go on.

Each answers with the sentence that refuses it, and has changed nothing then; or with None once it is done, and has put
into `events` what happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nanoverse.world import crafting, digging, hands, slots
from nanoverse.world.arrivals import at_spawn, beside
from nanoverse.world.blocks import BY_ID, by_name
from nanoverse.world.bodies import Body
from nanoverse.world.chests import CHEST
from nanoverse.world.constants import FED, HOTBAR, PAINT_EVERY, RETURN_EVERY, SLOTS, TICK_HZ
from nanoverse.world.english import counted
from nanoverse.world.events import (
    Ate,
    ChestShown,
    Crafted,
    Event,
    GuestChanged,
    Hidden,
    HomeChanged,
    LandChanged,
    Recovered,
    Returned,
    Stowed,
    Written,
)
from nanoverse.world.inputs import (
    Allow,
    Claim,
    Craft,
    Eat,
    Hide,
    Input,
    Paint,
    Place,
    Recover,
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
from nanoverse.world.land import plot_of
from nanoverse.world.scrolls import SCROLL
from nanoverse.world.signs import SIGN
from nanoverse.world.tiles import BLOCK, PAINT

if TYPE_CHECKING:
    from nanoverse.world.simulation import Simulation

_BED = by_name("bed").id
_TOO_FAR = "That is out of reach."


def _stop(world: Simulation, body: Body, stop: Stop, events: list[Event]) -> str | None:
    digging.end(world, body, "You stopped digging.", events)
    return None


def _place(world: Simulation, body: Body, place: Place, events: list[Event]) -> str | None:
    if reason := hands.why_not_place(world.tiles, world.crowd, world.land, body, place):
        return reason
    held = body.held
    block = BY_ID[body.slots[place.slot][0]]
    body.spend(place.slot)
    world.put(body, place.x, place.y, block.layer, block.id, events, cost=block.id)
    world.carries(body, held, events)
    return None


def _paint(world: Simulation, body: Body, paint: Paint, events: list[Event]) -> str | None:
    if reason := hands.why_not_paint(world.land, body, paint, world.tick_number):
        return reason
    body.paints_at = world.tick_number + PAINT_EVERY
    if world.paint_at(paint.x, paint.y) != paint.colour:
        world.put(body, paint.x, paint.y, PAINT, paint.colour, events)
    return None


def _eat(world: Simulation, body: Body, eat: Eat, events: list[Event]) -> str | None:
    if reason := hands.why_not_eat(body, world.tick_number):
        return reason
    food = body.held
    body.spend(body.selected)
    body.fed_until = world.tick_number + FED
    events.append(Ate(body.id, food))
    world.carries(body, food, events)
    return None


def _use(world: Simulation, body: Body, use: Use, events: list[Event]) -> str | None:
    reason = hands.why_not_use(world.tiles, world.crowd, body, use) or _why_not_handle(world, body, use)
    if reason:
        return reason
    block = BY_ID[world.tiles.get(use.x, use.y, BLOCK)]
    if block.turns is not None:
        world.put(body, use.x, use.y, BLOCK, block.turns, events)
    elif block.id == CHEST:
        world.chests.look(body.id, use.x, use.y)
        events.append(ChestShown(body.id, use.x, use.y))
    elif block.id == _BED:
        body.home = use.x, use.y
        events.append(HomeChanged(body.id))
    return None


def _return(world: Simulation, body: Body, given: Return, events: list[Event]) -> str | None:
    if (left := body.returns_at - world.tick_number) > 0:
        return f"You returned a moment ago; wait {counted(-(-left // TICK_HZ), 'second')}."
    place = _beside_home(world, body) or at_spawn(world.spawn, world.tiles, world.crowd, body.id)
    if place is None:
        return "There is no room where everybody arrives."
    digging.end(world, body, "You went away.", events)
    world.crowd.move(body, *place)
    body.returns_at = world.tick_number + RETURN_EVERY
    events.append(Returned(body.id, *place, body.facing))
    return None


def _beside_home(world: Simulation, body: Body) -> tuple[int, int] | None:
    """A place beside a body's bed; None if it has none, or one that is gone, walled in or not its to use any more."""
    if body.home is None or world.tiles.get(*body.home, BLOCK) != _BED:
        return None
    if world.land.refusal(body.id, *body.home, clearing=True):
        return None
    return beside(world.tiles, *body.home)


def _write(world: Simulation, body: Body, write: Write, events: list[Event]) -> str | None:
    if not hands.reaches(body, write.x, write.y):
        return _TOO_FAR
    if world.tiles.get(write.x, write.y, BLOCK) != SIGN:
        return "There is no sign."
    before = world.signs.text(write.x, write.y)
    reason = _why_not_handle(world, body, write) or world.signs.write(write.x, write.y, write.text, body.id)
    if reason:
        return reason
    events.append(Written(body.id, write.x, write.y, before))
    return None


def _hide(world: Simulation, body: Body, hide: Hide, events: list[Event]) -> str | None:
    if not hands.reaches(body, hide.x, hide.y):
        return _TOO_FAR
    slot = next((i for i, (block, _) in enumerate(body.slots) if block == SCROLL), None)
    if slot is None:
        return "You have no scroll to write on."
    if reason := world.land.refusal(body.id, hide.x, hide.y) or world.scrolls.why_not_hide(
        hide.x, hide.y, hide.text, body.id
    ):
        return reason
    held = body.held
    body.spend(slot)
    scroll = world.scrolls.hide(hide.x, hide.y, hide.text, body.id)
    events.append(Hidden(body.id, scroll.id, scroll.x, scroll.y, scroll.text))
    world.carries(body, held, events)
    return None


def _recover(world: Simulation, body: Body, recover: Recover, events: list[Event]) -> str | None:
    scroll = world.scrolls.get(recover.scroll)
    if scroll is None or body.id not in (scroll.by, world.land.owner_at(scroll.x, scroll.y)):
        return "There is no such scroll of yours, or on your land."
    world.scrolls.remove(scroll)
    events.append(Recovered(body.id, scroll.id))
    return None


def _stow(world: Simulation, body: Body, stow: Stow, events: list[Event]) -> str | None:
    if not hands.reaches(body, stow.x, stow.y):
        return _TOO_FAR
    if world.tiles.get(stow.x, stow.y, BLOCK) != CHEST:
        return "There is no chest."
    done = _why_not_handle(world, body, stow) or world.chests.stow(body.slots, stow)
    if isinstance(done, str):
        return done
    held = body.held
    body.slots, moved = done
    events.append(Stowed(body.id, stow.x, stow.y, moved))
    world.carries(body, held, events)
    for viewer in world.chests.viewers(stow.x, stow.y):
        seer = world.bodies[viewer]
        if hands.reaches(seer, stow.x, stow.y) and not _why_not_handle(world, seer, stow):
            events.append(ChestShown(viewer, stow.x, stow.y))
        else:
            world.chests.look_away(viewer)
    return None


def _why_not_handle(world: Simulation, body: Body, given: Use | Stow | Write) -> str | None:
    """Doors, chests, beds and signs on somebody's land are for its owner and guests."""
    return world.land.refusal(body.id, given.x, given.y, clearing=True)


def _select(world: Simulation, body: Body, select: Select, events: list[Event]) -> str | None:
    if select.slot not in range(HOTBAR):
        return f"There is no slot {select.slot} in the hot bar."
    held = body.held
    body.selected = select.slot
    world.carries(body, held, events)
    return None


def _craft(world: Simulation, body: Body, craft: Craft, events: list[Event]) -> str | None:
    made = crafting.craft(world.tiles, body, craft)
    if isinstance(made, str):
        return made
    held = body.held
    body.slots = made
    events.append(Crafted(body.id, craft.recipe))
    world.carries(body, held, events)
    return None


def _swap(world: Simulation, body: Body, swap: Swap, events: list[Event]) -> str | None:
    if reason := _unknown_slot(swap):
        return reason
    held = body.held
    slots.move(body.slots, swap.a, swap.b)
    world.carries(body, held, events)
    return None


def _split(world: Simulation, body: Body, split: Split, events: list[Event]) -> str | None:
    if reason := _unknown_slot(split) or slots.split(body.slots, split.a, split.b):
        return reason
    world.carries(body, body.held, events)
    return None


def _unknown_slot(given: Swap | Split) -> str | None:
    unknown = next((slot for slot in (given.a, given.b) if slot not in range(SLOTS)), None)
    return None if unknown is None else f"There is no slot {unknown}."


def _claim(world: Simulation, body: Body, claim: Claim, events: list[Event]) -> str | None:
    if reason := world.land.claim(body, claim.x, claim.y):
        return reason
    events.append(LandChanged(*plot_of(claim.x, claim.y), body.id, body.id))
    return None


def _release(world: Simulation, body: Body, release: Release, events: list[Event]) -> str | None:
    if reason := world.land.release(body, release.x, release.y):
        return reason
    events.append(LandChanged(*plot_of(release.x, release.y), None, body.id))
    return None


def _allow(world: Simulation, body: Body, allow: Allow, events: list[Event]) -> str | None:
    if reason := world.land.allow(body, allow.peer, allow.allowed):
        return reason
    events.append(GuestChanged(body.id, allow.peer, allow.allowed))
    return None


ACTS: dict[type[Input], Callable[[Simulation, Body, Any, list[Event]], str | None]] = {
    Stop: _stop,
    Place: _place,
    Paint: _paint,
    Eat: _eat,
    Use: _use,
    Return: _return,
    Write: _write,
    Hide: _hide,
    Recover: _recover,
    Stow: _stow,
    Select: _select,
    Craft: _craft,
    Swap: _swap,
    Split: _split,
    Claim: _claim,
    Release: _release,
    Allow: _allow,
}
