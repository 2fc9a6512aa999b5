from __future__ import annotations

from collections.abc import Callable

import pytest
from lawns import Edit, lawn, saved

from nanoverse.world.bodies import Body
from nanoverse.world.simulation import Simulation


@pytest.fixture
def meadow() -> Callable[..., Simulation]:
    """A world with a lawn around the origin, and these edits on it."""
    return lambda *edits: Simulation(seed=5, edits=[*lawn(), *edits])


@pytest.fixture
def world(meadow: Callable[[Edit], Simulation]) -> Simulation:
    return meadow()


@pytest.fixture
def body(world: Simulation) -> Body:
    """Body 1, in the middle of the lawn, with a little of everything that can be built with."""
    return world.add_body(
        1, "Mira", 0, saved(0, 0, ("stone", 5), ("torch", 1), ("coal", 2), ("dirt", 2), ("poppy", 2))
    )
