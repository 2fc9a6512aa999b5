"""What a body may do with its hands: dig, place, use and paint. Each rule answers with a sentence, or None.

Nothing is made from nothing: digging gives at most one thing for the block it takes away, placing gives none and takes
one out of the inventory. What a tool helps to dig wears it by one use.
"""

from __future__ import annotations

from nanoverse.world.blocks import AIR, BLOCKS, BY_ID, Block
from nanoverse.world.bodies import Body, Digs
from nanoverse.world.constants import EDGE, FED_DIGS, REACH, SLOTS, UNIT
from nanoverse.world.crowd import Crowd
from nanoverse.world.english import counted, one
from nanoverse.world.inputs import Dig, Paint, Place, Use
from nanoverse.world.land import Land
from nanoverse.world.paint import COLOURS
from nanoverse.world.tiles import BLOCK, GROUND, Tiles

_REACH = int(REACH * UNIT)
_TOO_FAR = "That is out of reach."
_NO_ROOM = "There is no room for it in your slots."


def reaches(body: Body, x: int, y: int) -> bool:
    """Whether tile x, y lies within the world and within a body's reach."""
    if not (-EDGE <= x < EDGE and -EDGE <= y < EDGE):
        return False
    east, south = x * UNIT + UNIT // 2 - body.x, y * UNIT + UNIT // 2 - body.y
    return east * east + south * south <= _REACH * _REACH


def start_digging(tiles: Tiles, land: Land, body: Body, dig: Dig, tick: int) -> Digs | str:
    """The dig that this input begins: of the block that stands on the tile, else of the ground."""
    if not reaches(body, dig.x, dig.y):
        return _TOO_FAR
    layer = BLOCK if tiles.get(dig.x, dig.y, BLOCK) != AIR else GROUND
    block = BY_ID.get(tiles.get(dig.x, dig.y, layer))
    if block is None or block.dig_ticks is None:
        return f"One cannot dig {block.name if block else 'that'} here."
    if reason := land.refusal(body.id, dig.x, dig.y, clearing=layer == BLOCK):
        return reason
    tool = tool_for(body, block)
    if block.asks > (tool.grade if tool else 0):
        return f"{block.name.capitalize()} asks for {_tools_named(block)} in the hand."
    if block.drops is not None and not body.has_room(block.drops):
        return _NO_ROOM
    pace = (1 + (tool.grade if tool else 0)) * (FED_DIGS if tick < body.fed_until else 1)
    ticks = -(-block.dig_ticks // pace)
    return Digs(dig.ref, dig.x, dig.y, layer, block.id, ticks, tool.id if tool else AIR)


def tool_for(body: Body, block: Block) -> Block | None:
    """What is in the hand, if it is a tool that helps to dig this block."""
    held = BY_ID.get(body.held)
    return held if held is not None and held.tool and held.tool == block.dug_with else None


def _tools_named(block: Block) -> str:
    """The least tool that this block asks for, such as "a stone pickaxe"."""
    return one(next(kind.name for kind in BLOCKS if kind.tool == block.dug_with and kind.grade == block.asks))


def why_digging_ends(tiles: Tiles, land: Land, body: Body, digs: Digs) -> str | None:
    if not reaches(body, digs.x, digs.y):
        return "You moved out of reach."
    if digs.tool != AIR and body.held != digs.tool:
        return "You put your tool away."
    covered = digs.layer == GROUND and tiles.get(digs.x, digs.y, BLOCK) != AIR
    if covered or tiles.get(digs.x, digs.y, digs.layer) != digs.block:
        return "Someone else changed that spot."
    if reason := land.refusal(body.id, digs.x, digs.y, clearing=digs.layer == BLOCK):  # claimed meanwhile
        return reason
    drops = BY_ID[digs.block].drops
    if drops is not None and not body.has_room(drops):  # something was made meanwhile
        return _NO_ROOM
    return None


def why_not_place(tiles: Tiles, crowd: Crowd, land: Land, body: Body, place: Place) -> str | None:
    if place.slot not in range(SLOTS):
        return f"There is no slot {place.slot}."
    held = body.slots[place.slot][0]
    if held == AIR:
        return "There is nothing in that slot."
    block = BY_ID.get(held)
    if block is None or not block.placeable:
        return f"One cannot place {one(block.name) if block else 'that'}."
    if not reaches(body, place.x, place.y):
        return _TOO_FAR
    if tiles.get(place.x, place.y, BLOCK) != AIR:
        return "Something stands there already."
    if reason := land.refusal(body.id, place.x, place.y):
        return reason
    ground = BY_ID.get(tiles.get(place.x, place.y, GROUND))
    if ground is None or (ground.id not in block.fits if block.fits else ground.solid):
        return f"One cannot place {one(block.name)} on {ground.name if ground else 'that'}."
    if crowd.occupies(place.x, place.y):
        return "Someone stands there."
    if block.per_chunk and tiles.chunk_of(place.x, place.y).count(block.id) >= block.per_chunk:
        return f"There are {counted(block.per_chunk, block.name)} around here already; there is no room for more."
    return None


def why_not_paint(land: Land, body: Body, paint: Paint, tick: int) -> str | None:
    held = BY_ID.get(body.held)
    if held is None or held.use != "brush":
        return "Take a brush into your hand to paint."
    if paint.colour not in range(len(COLOURS) + 1):
        return "There is no such colour."
    if not reaches(body, paint.x, paint.y):
        return _TOO_FAR
    if reason := land.refusal(body.id, paint.x, paint.y):
        return reason
    if tick < body.paints_at:
        return "Your brush cannot paint that fast."
    return None


def why_not_eat(body: Body, tick: int) -> str | None:
    held = BY_ID.get(body.held)
    if held is None or held.use != "food":
        return "Take something to eat into your hand."
    if tick < body.fed_until:
        return "You have just eaten; you are not hungry yet."
    return None


def why_not_use(tiles: Tiles, crowd: Crowd, body: Body, use: Use) -> str | None:
    if not reaches(body, use.x, use.y):
        return _TOO_FAR
    block = BY_ID.get(tiles.get(use.x, use.y, BLOCK))
    if block is None or not block.use:
        return "There is nothing to use."
    if block.turns is not None and BY_ID[block.turns].solid and crowd.occupies(use.x, use.y):
        return "Someone stands in the doorway."
    return None
