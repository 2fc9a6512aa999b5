"""Digging, which takes its time: it begins by an input, goes on by itself with every tick, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nanoverse.world import hands
from nanoverse.world.blocks import AIR, BY_ID
from nanoverse.world.bodies import Body, Digs
from nanoverse.world.chests import CHEST
from nanoverse.world.constants import DIG_STAGES
from nanoverse.world.events import Digging, Done, Event, Refused, Worn
from nanoverse.world.inputs import Dig

if TYPE_CHECKING:
    from nanoverse.world.simulation import Simulation


def begin(world: Simulation, body: Body, dig: Dig, events: list[Event]) -> None:
    if body.digs is not None and (body.digs.x, body.digs.y) == (dig.x, dig.y):
        events.append(Done(body.id, dig.ref))  # it goes on; its own end answers the input that began it
        return
    begun = hands.start_digging(world.tiles, world.land, body, dig, world.tick_number)
    if not isinstance(begun, str):
        begun = _why_not_dig_up(world, begun) or begun
    if isinstance(begun, str):
        events.append(Refused(body.id, dig.ref, begun))
        return
    end(world, body, "You began to dig elsewhere.", events)
    body.digs = begun
    world.diggers[body.id] = body


def go_on(world: Simulation, body: Body, events: list[Event]) -> None:
    digs = body.digs
    assert digs is not None
    reason = hands.why_digging_ends(world.tiles, world.land, body, digs) or _why_not_dig_up(world, digs)
    if reason:
        end(world, body, reason, events)
        return
    digs.done += 1
    if digs.done == digs.total:
        block = BY_ID[digs.block]
        world.put(body, digs.x, digs.y, digs.layer, block.under or AIR, events, gave=block.drops or AIR)
        held = body.held
        if digs.tool != AIR:
            body.spend(body.selected)
            events.append(Worn(body.id, digs.tool))
        if block.drops is not None:
            body.take(block.drops)
        if digs.tool != AIR or block.drops is not None:
            world.carries(body, held, events)
        end(world, body, None, events)
        events += world.discoveries.dig(body, digs.x, digs.y)
        return
    stage = 1 + DIG_STAGES * digs.done // digs.total
    if stage != digs.stage:
        digs.stage = stage
        events.append(Digging(body.id, digs.x, digs.y, stage))


def end(world: Simulation, body: Body, reason: str | None, events: list[Event]) -> None:
    """End what the body digs, if anything: well, or for a reason."""
    digs = body.digs
    if digs is None:
        return
    body.digs = None
    del world.diggers[body.id]
    if digs.stage:
        events.append(Digging(body.id, digs.x, digs.y, 0))
    events.append(Refused(body.id, digs.ref, reason) if reason else Done(body.id, digs.ref))


def _why_not_dig_up(world: Simulation, digs: Digs) -> str | None:
    if digs.block == CHEST and world.chests.filled(digs.x, digs.y):
        return "There is something in this chest; take it out first."
    return None
