"""Names over bodies that stand close together: each can be read."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.visitors import AT_BOTH, Visitor, Visitors
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

X, Y = Simulation(int(SEED)).spawn
SLEEPERS = {
    "Ben": (1, -1),
    "Cleo": (1, -1),
    "Dan_who_has_a_long_name": (1, -1),
    "Eve": (2, -1),
    "Finn": (-2, 1),
}
# What is drawn of the names of the bodies in args[0] (by default all), in its order.
DRAWN = """((figures, {{ tags }}) => {{
    const names = new Map(figures.map(({{ body }}) => [tags.of(body), body.name]));
    const drawn = [];
    const pen = CanvasRenderingContext2D.prototype;
    const draw = pen.drawImage;
    pen.drawImage = function (image, x, y, ...rest) {{
        if (names.has(image)) drawn.push([names.get(image), x, y, image.width, image.height, this.globalAlpha]);
        return draw.call(this, image, x, y, ...rest);
    }};
    tags.draw(figures);
    pen.drawImage = draw;
    return drawn;
}})({figures}, (await import('/static/js/index.js')).labels)"""


class Name(NamedTuple):
    words: str
    x: float
    y: float
    width: float
    height: float
    alpha: float

    def hides(self, other: Name, dpr: float) -> bool:
        """Whether they lie over each other, apart from the glow around them."""
        glow = 12 * dpr
        return (
            abs(self.y - other.y) < self.height - glow
            and self.x < other.x + other.width - glow
            and other.x < self.x + self.width - glow
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    """Four sleep side by side to the north of Ada, and one apart."""
    folder: Path = tmp_path_factory.mktemp("crowd")
    people = await settle(folder / "data", "Ada", *SLEEPERS)
    await build(folder / "data", X - 4, Y - 4, *["." * 9] * 9)
    await give(folder / "data", people["Ada"], X, Y)
    for name, (dx, dy) in SLEEPERS.items():
        await give(folder / "data", people[name], X + dx, Y + dy)
    async with running_world(folder, "--seed", SEED, "--agents", "no", "--away-seconds", "3600") as world:
        yield world


async def names(visitor: Visitor, figures: str = "figures.list", *arguments: Any) -> list[Name]:
    return [Name(*drawn) for drawn in await visitor.known(DRAWN.format(figures=figures), *arguments)]


@AT_BOTH
async def test_names_of_who_stand_close_together_can_all_be_read(
    visitors: Visitors, options: dict[str, Any]
) -> None:
    ada = await visitors.comes("Ada", **options)
    await ada.until("figures.list.length === 6")
    drawn = await names(ada)
    if folder := os.environ.get("SHOTS"):
        await ada.page.screenshot(path=f"{folder}/names-{len(options)}.png")
    assert {name.words for name in drawn} == set(SLEEPERS)
    dpr = options.get("device_scale_factor", 1)
    assert [(a.words, b.words) for a, b in itertools.combinations(drawn, 2) if a.hides(b, dpr)] == []
    assert {name.alpha for name in drawn} == {1}
    finn = await ada.known(
        "camera.toWindow(figures.list.find(({ body }) => body.name === 'Finn').x, 0).x * camera.dpr"
    )
    (alone,) = (name for name in drawn if name.words == "Finn")
    assert abs(alone.x + alone.width / 2 - finn) <= dpr, "over the head where there is room"
    # Two that walk side by side are now the one, now the other in front: their names do not change places each time.
    assert sorted(await names(ada, "[...figures.list].reverse()")) == sorted(drawn)


async def test_of_more_names_than_there_is_room_for_some_are_faint_and_hide_none(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada")
    guest = "{ ...figures.own, body: { id: 1000 + i, name: `Guest ${i}`, driver: 0 } }"
    crowd = f"Array.from({{ length: 40 }}, (_, i) => ({guest}))"
    drawn = await names(ada, crowd)
    assert len(drawn) == 40
    faint = [name for name in drawn if name.alpha < 0.5]
    clear = drawn[len(faint) :]
    assert drawn[: len(faint)] == faint, "beneath the others"
    assert len(clear) > 4
    assert not any(a.hides(b, 1) for a, b in itertools.combinations(clear, 2))
