"""The table of blocks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nanoverse import world
from nanoverse.world.blocks import AIR, BLOCKS, BY_ID, SOLID, Block, by_name
from nanoverse.world.constants import TICK_HZ


def test_ids_and_names_are_unique_and_ids_fit_a_byte() -> None:
    assert len(BY_ID) == len({block.name for block in BLOCKS}) == len(BLOCKS)
    assert all(0 <= block.id <= 255 for block in BLOCKS)


def test_every_block_can_be_drawn_and_lit() -> None:
    for block in BLOCKS:
        assert re.fullmatch("#[0-9a-f]{6}", block.colour), block.name
        assert 0 <= block.light <= 15 and block.layer in (0, 1)


def test_a_block_is_found_by_its_name() -> None:
    assert by_name("stone").name == "stone"
    with pytest.raises(KeyError):
        by_name("bedrock of the moon")


def test_the_column_says_what_the_table_says() -> None:
    for block in BLOCKS:
        assert SOLID[block.id] == block.solid
    assert SOLID.sum() == sum(block.solid for block in BLOCKS)


def test_every_id_in_the_table_is_one_of_the_table() -> None:
    for block in BLOCKS:
        named = {block.drops, block.under, *block.fits} - {None}
        assert named <= BY_ID.keys(), block.name
        assert all(BY_ID[ground].layer == 0 for ground in block.fits)


def diggable_ground() -> list[Block]:
    return [block for block in BLOCKS if block.layer == 0 and block.dig_ticks is not None]


def test_dug_ground_leaves_other_ground_that_one_can_stand_on() -> None:
    for block in diggable_ground():
        assert block.under is not None and block.under != block.id
        assert BY_ID[block.under].layer == 0 and not BY_ID[block.under].solid


def worth(ground: int | None) -> int:
    """How many things digging can get out of a tile of this ground, down to what cannot be dug."""
    if ground is None or BY_ID[ground].dig_ticks is None:
        return 0
    return (BY_ID[ground].drops is not None) + worth(BY_ID[ground].under)


def test_no_round_of_digging_and_placing_gives_more_than_it_took() -> None:
    for block in BLOCKS:
        for ground in block.fits if block.layer == 0 else ():
            assert worth(block.id) <= worth(ground) + 1, f"{block.name} on {BY_ID[ground].name}"
        if block.layer == 1 and block.placeable:
            assert block.drops in (None, block.id), block.name


def test_what_digging_leaves_is_never_what_placing_makes_of_the_same_ground() -> None:
    """So a change of ground tells by itself which of the two it was."""
    for block in diggable_ground():
        assert block.under is not None and block.id not in BY_ID[block.under].fits


def test_the_description_is_plain_data_with_all_constants_and_blocks() -> None:
    described = json.loads(json.dumps(world.describe()))
    assert described["unit"] == 256 and described["chunk"] == 32
    assert {
        "step",
        "diagonal",
        "half_width",
        "half_height",
        "reach",
        "slots",
        "day_ticks",
        "view_radius",
    } <= described.keys()
    assert [block["name"] for block in described["blocks"]] == [block.name for block in BLOCKS]


def told(block: Block) -> str:
    """A block's row in docs/blocks.md."""

    def name(id: int | None) -> str:
        return "–" if id is None else BY_ID[id].name

    least = next(
        (tool.name for tool in BLOCKS if tool.tool == block.dug_with and tool.grade == block.asks), ""
    )
    ground = ", ".join(map(name, block.fits)) or "any that is not solid"
    more = (
        (block.light, f"light {block.light}"),
        (block.under, f"leaves {name(block.under)}"),
        (block.uses, f"{block.uses} uses"),
        (block.grows, f"becomes {name(block.grows)}"),
        (block.turns, f"turns into {name(block.turns)}"),
        (block.per_chunk, f"{block.per_chunk} in a chunk"),
        (block.wild, "grows back"),
    )
    row = (
        block.id,
        block.name,
        "thing" if block.id >= 192 else ("ground", "block")[block.layer],
        "yes" if block.solid else "–",
        f"{block.dig_ticks / TICK_HZ:g} s" if block.dig_ticks else "–",
        name(block.drops),
        f"{least}, or better" if block.asks else block.dug_with or "–",
        ground if block.placeable else "–",
        ", ".join(words for has, words in more if has) or "–",
    )
    return f"| {' | '.join(map(str, row))} |"


def test_the_pages_of_the_world_tell_every_block_as_the_table_has_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "blocks.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \d+ .*$", page, re.MULTILINE) == [told(b) for b in BLOCKS if b.id != AIR]
