"""The colours that a brush can put onto a tile: 16 hues in four shades each.

A colour is a number from 1; 0 is no paint. The numbers are stored in every world's database, so an order is kept.
"""

from __future__ import annotations

from colorsys import hls_to_rgb
from dataclasses import asdict, dataclass

HUES = (
    ("red", 0),
    ("orange", 24),
    ("amber", 42),
    ("yellow", 56),
    ("lime", 80),
    ("green", 120),
    ("jade", 150),
    ("teal", 175),
    ("cyan", 190),
    ("azure", 208),
    ("blue", 225),
    ("indigo", 248),
    ("violet", 272),
    ("magenta", 300),
    ("rose", 335),
    ("grey", None),
)
SHADES = (("dark", 0.2), ("deep", 0.38), ("bright", 0.58), ("pale", 0.8))
_SATURATION = 0.7


@dataclass(frozen=True, slots=True)
class Colour:
    id: int
    hue: str
    shade: str
    colour: str


def _hex(hue: int | None, lightness: float) -> str:
    saturation = 0.0 if hue is None else _SATURATION
    rgb = hls_to_rgb((hue or 0) / 360, lightness, saturation)
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


COLOURS: tuple[Colour, ...] = tuple(
    Colour(1 + len(HUES) * row + column, hue, shade, _hex(degrees, lightness))
    for row, (shade, lightness) in enumerate(SHADES)
    for column, (hue, degrees) in enumerate(HUES)
)


def describe() -> list[dict[str, object]]:
    return [asdict(colour) for colour in COLOURS]
