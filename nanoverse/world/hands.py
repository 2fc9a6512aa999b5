"""What a body may do with its hands: dig and place. Each rule answers with a sentence for the player, or None.

Nothing is made from nothing: digging gives at most one thing for the block it takes away, placing gives none and takes
one out of the inventory.
"""

from __future__ import annotations

from nanoverse.world.blocks import AIR, BY_ID
from nanoverse.world.bodies import Body, Digs
from nanoverse.world.constants import EDGE, REACH, SLOTS, UNIT
from nanoverse.world.crowd import Crowd
from nanoverse.world.inputs import Dig, Place
from nanoverse.world.tiles import BLOCK, GROUND, Tiles

_REACH = int(REACH * UNIT)
_TOO_FAR = "That is out of reach."


def reaches(body: Body, x: int, y: int) -> bool:
    """Whether tile x, y lies within the world and within a body's reach."""
    if not (-EDGE <= x < EDGE and -EDGE <= y < EDGE):
        return False
    east, south = x * UNIT + UNIT // 2 - body.x, y * UNIT + UNIT // 2 - body.y
    return east * east + south * south <= _REACH * _REACH


def start_digging(tiles: Tiles, body: Body, dig: Dig) -> Digs | str:
    """The dig that this input begins: of the block that stands on the tile, else of the ground."""
    if not reaches(body, dig.x, dig.y):
        return _TOO_FAR
    layer = BLOCK if tiles.get(dig.x, dig.y, BLOCK) != AIR else GROUND
    block = BY_ID.get(tiles.get(dig.x, dig.y, layer))
    if block is None or block.dig_ticks is None:
        return f"One cannot dig {block.name if block else 'that'} here."
    if block.drops is not None and not body.has_room(block.drops):
        return "There is no room for it in your slots."
    return Digs(dig.ref, dig.x, dig.y, layer, block.id, block.dig_ticks)


def why_digging_ends(tiles: Tiles, body: Body, digs: Digs) -> str | None:
    if not reaches(body, digs.x, digs.y):
        return "You moved out of reach."
    covered = digs.layer == GROUND and tiles.get(digs.x, digs.y, BLOCK) != AIR
    if covered or tiles.get(digs.x, digs.y, digs.layer) != digs.block:
        return "Someone else changed that spot."
    return None


def why_not_place(tiles: Tiles, crowd: Crowd, body: Body, place: Place) -> str | None:
    if place.slot not in range(SLOTS):
        return f"There is no slot {place.slot}."
    held = body.slots[place.slot][0]
    if held == AIR:
        return "There is nothing in that slot."
    block = BY_ID.get(held)
    if block is None or not block.placeable:
        return f"One cannot place {block.name if block else 'that'}."
    if not reaches(body, place.x, place.y):
        return _TOO_FAR
    if tiles.get(place.x, place.y, BLOCK) != AIR:
        return "Something stands there already."
    ground = BY_ID.get(tiles.get(place.x, place.y, GROUND))
    if ground is None or (ground.id not in block.fits if block.fits else ground.solid):
        return f"One cannot place {block.name} on {ground.name if ground else 'that'}."
    if crowd.occupies(place.x, place.y):
        return "Someone stands there."
    return None
