"""How sentences name and count things."""

import pytest

from nanoverse.world.english import counted, one


@pytest.mark.parametrize(
    ("name", "with_article", "two"),
    [
        ("stick", "a stick", "2 sticks"),
        ("iron axe", "an iron axe", "2 iron axes"),
        ("torch", "a torch", "2 torches"),
        ("berry", "a berry", "2 berries"),
        ("planks", "planks", "2 planks"),
        ("wood", "wood", "2 wood"),
        ("iron ore", "iron ore", "2 iron ore"),
        ("second", "a second", "2 seconds"),
    ],
)
def test_a_thing_has_its_article_and_its_plural(name: str, with_article: str, two: str) -> None:
    assert (one(name), counted(2, name), counted(1, name)) == (with_article, two, f"1 {name}")
