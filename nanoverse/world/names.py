"""Names for the regions of the land, drawn from its seed.

A region is the part of the plane nearest to its heart; hearts lie at random, one in each square of REGION tiles
(the cells of Worley, "A Cellular Texture Basis Function", SIGGRAPH 1996).
"""

from __future__ import annotations

import numpy as np

from nanoverse.world.noise import hashed, salted

REGION = 96

_FIRST = (
    "Hollow Amber Silver Gentle Old Broken Bright Quiet Windy Hidden Copper Crooked Golden Misty Long Little Wild"
    " Lonely Raven Fox Hare Otter Heron Badger Thistle Clover Ember Ash Alder Rowan Hazel Juniper Marrow Candle Bell"
    " Lantern Whisper Thunder Starling Winter Summer Harvest Moon Dawn Echo Pebble Tinker Miller Weaver Wander Sleeping"
    " Singing Painted Forgotten Crimson Velvet Honey Salt Iron Mossy"
)
_LAST = {
    "lake": "Mere Water Tarn Deep Sound Pool Narrows Basin",
    "beach": "Strand Cove Shore Bay Landing Spit Haven Point",
    "meadow": "Ford Field Lea Green Common Dale Down Acre",
    "forest": "Wood Grove Thicket Hollow Shade Weald Copse Glade",
    "steppe": "Plain Range Heath Reach Prairie Expanse Rise Moor",
    "desert": "Sands Waste Dunes Flats Mirage Barrens Drift Hearth",
    "swamp": "Fen Mire Marsh Bog Slough Reeds Sump Bayou",
    "taiga": "Pines Needles Timber Trail Ridge Stand Boughs Lodge",
    "tundra": "Frost Drifts Fell Ice Silence Rime Pale Cairn",
    "mountains": "Peak Crag Pass Spire Tor Scar Cleft Summit",
}


def region_at(seed: int, x: int, y: int) -> tuple[int, int, int]:
    """The region of a tile: the tile at its heart, and 64 random bits of its own."""
    beside = np.arange(-1, 2)
    rx, ry = (beside + x // REGION)[None, :], (beside + y // REGION)[:, None]
    bits = hashed(rx, ry, np.array([salted(seed, "region")], np.uint64))
    heart_x = rx * REGION + (bits % np.uint64(REGION)).astype(np.int64)
    heart_y = ry * REGION + (bits >> np.uint64(20) & np.uint64(1023)).astype(np.int64) * REGION // 1024
    nearest = int(np.argmin((heart_x - x) ** 2 + (heart_y - y) ** 2))
    return int(heart_x.flat[nearest]), int(heart_y.flat[nearest]), int(bits.flat[nearest])


def region_name(biome: str, bits: int) -> str:
    """A name for a region whose heart lies in this biome."""
    first, last = _FIRST.split(), _LAST[biome].split()
    return f"{first[(bits >> 32) % len(first)]} {last[(bits >> 48) % len(last)]}"
