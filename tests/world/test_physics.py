"""How a body walks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse.world import constants, physics
from nanoverse.world.constants import DIAGONAL, HALF_HEIGHT, HALF_WIDTH, STEP

VECTORS = json.loads(Path(__file__).with_name("physics_vectors.json").read_text())


@pytest.mark.parametrize("case", VECTORS["steps"], ids=lambda case: case["name"])
def test_a_step_is_what_was_worked_out_by_hand(case: dict[str, Any]) -> None:
    solid = {tuple(tile) for tile in case["solid"]}
    assert physics.step(*case["from"], *case["move"], lambda x, y: (x, y) in solid) == tuple(case["to"])


@pytest.mark.parametrize("case", VECTORS["facings"], ids=lambda case: case["name"])
def test_a_body_faces_the_way_it_walks(case: dict[str, Any]) -> None:
    assert physics.facing(*case["move"], case["before"]) == case["after"]


def test_the_cases_are_worked_out_for_the_constants_in_use() -> None:
    described = constants.describe()
    assert {name: described[name] for name in VECTORS["constants"]} == VECTORS["constants"]


def overlaps(x: int, y: int, solid: set[tuple[int, int]]) -> bool:
    columns = range((x - HALF_WIDTH) // 256, (x + HALF_WIDTH - 1) // 256 + 1)
    rows = range((y - HALF_HEIGHT) // 256, (y + HALF_HEIGHT - 1) // 256 + 1)
    return any((i, j) in solid for i in columns for j in rows)


TILES = st.sets(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), max_size=30)
WAYS = st.tuples(st.integers(-1, 1), st.integers(-1, 1))


@given(TILES, st.lists(WAYS, max_size=60))
def test_a_body_that_starts_free_never_walks_into_anything(
    solid: set[tuple[int, int]], ways: list[tuple[int, int]]
) -> None:
    solid -= {(0, 0)}
    x, y = 128, 128
    for dx, dy in ways:
        x, y = physics.step(x, y, dx, dy, lambda i, j: (i, j) in solid)
        assert not overlaps(x, y, solid)


@given(TILES, WAYS, st.integers(-600, 600), st.integers(-600, 600))
def test_no_step_is_longer_than_its_stride_or_goes_back(
    solid: set[tuple[int, int]], way: tuple[int, int], x: int, y: int
) -> None:
    stride = DIAGONAL if all(way) else STEP
    new_x, new_y = physics.step(x, y, *way, lambda i, j: (i, j) in solid)
    assert 0 <= (new_x - x) * way[0] <= stride
    assert 0 <= (new_y - y) * way[1] <= stride
    assert (way[0] or new_x == x) and (way[1] or new_y == y)
