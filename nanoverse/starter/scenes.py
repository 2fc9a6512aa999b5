"""Random scenes: the facts that a generated conversation is grounded in."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from nanoverse.learning.dialogue import Scene
from nanoverse.starter import lexicon
from nanoverse.starter.grammar import expand

NEARBY = "nearby"
TALKS = (NEARBY, "world", "private")
_NEAR = 3  # people who stand by, at most

_DEEDS = (
    "dug {n} {material}",
    "dug {n} {material}",
    "placed {n} {material}",
    "gathered {n} {material}",
    "gathered {n} {material}",
    "made {n} {made}",
    "made {n} {made}",
    "talked with {name}",
    "built a {building}",
    "built a {colour} {building}",
    "built a {building} of {material}",
    "walked to {place}",
    "visited {place}",
    "met {name}",
    "talked with {name}",
    "helped {name} [build a {building}|dig {material}]",
    "gave {name} {n} {material}",
    "got {n} {material} from {name}",
    "found {n} {material}",
    "found {thing}",
    "lost {thing}",
    "saw {animal}",
    "carried {n} {material} to {place}",
    "planted {n} [trees|flowers|seeds]",
)
_PLANS = (
    "meet {name} at {place}",
    "meet {name} at {place} [at noon|at night|in the evening|in the morning|tomorrow]",
    "build a {building} with {name}",
    "build a {building} at {place}",
    "bring {name} {n} {material}",
    "give {name} {thing}",
    "show {name} [the way to {place}|the {building}]",
    "dig {material} with {name}",
    "help {name} build a {building}",
    "wait at {place}",
    "trade {n} {material} for {m} {other}",
    "go to {place} with {name}",
    "look for {material} at {place}",
)


@dataclass(frozen=True, slots=True)
class World:
    """The names around one conversation, from which its scene and its talk draw."""

    agent: str
    others: tuple[str, ...]

    def seen_by(self, name: str) -> World:
        """The same world, in which one of the others is the one who is asked."""
        return World(name, tuple(one for one in (self.agent, *self.others) if one != name))

    def without(self, *names: str) -> World:
        """The same world, in which nobody is named who hears it: one does not tell Bob what Bob is doing."""
        return World(self.agent, tuple(one for one in self.others if one not in names) or self.others)

    def slots(self, rng: random.Random) -> dict[str, str]:
        """A fresh filling for every word slot of the phrases."""
        material, other = rng.sample(lexicon.MATERIALS, 2)
        return {
            "n": str(lexicon.amount(rng)),
            "m": str(lexicon.amount(rng)),
            "material": material,
            "other": other,
            "made": rng.choice(lexicon.MADE),
            "thing": lexicon.article(rng.choice(lexicon.THINGS)),
            "building": rng.choice(lexicon.BUILDINGS),
            "colour": rng.choice(lexicon.COLOURS),
            "animal": lexicon.article(rng.choice(lexicon.ANIMALS)),
            "animals": lexicon.plural(rng.choice(lexicon.ANIMALS)),
            "food": rng.choice(lexicon.FOODS),
            "place": lexicon.place_name(rng),
            "biome": rng.choice(lexicon.BIOMES),
            "name": rng.choice(self.others),
            "me": self.agent,
        }


def draw_world(rng: random.Random) -> World:
    names = lexicon.player_names(rng, _NEAR + rng.randint(3, 5))  # there is always somebody who is not by
    return World(names[0], tuple(names[1:]))


def draw_scene(rng: random.Random, world: World) -> Scene:
    """A scene in which every fact may be there or not."""

    def some(most: int, none: float) -> int:
        return 0 if rng.random() < none else rng.randint(1, most)

    def phrases(source: tuple[str, ...], count: int) -> tuple[str, ...]:
        return tuple(expand(rng, rng.choice(source), world.slots(rng)) for _ in range(count))

    holding = dict.fromkeys(lexicon.stack(rng) for _ in range(some(3, 0.2)))
    return Scene(
        name=world.agent,
        place=lexicon.place_name(rng) if rng.random() < 0.88 else "",
        biome=rng.choice(lexicon.BIOMES) if rng.random() < 0.85 else "",
        time=rng.choice(tuple(lexicon.TIMES)) if rng.random() < 0.9 else "",
        weather=rng.choice(tuple(lexicon.WEATHERS)) if rng.random() < 0.7 else "",
        holding=tuple(holding),
        home=lexicon.place_name(rng) if rng.random() < 0.25 else "",
        near=tuple(rng.sample(world.others, min(len(world.others), some(_NEAR, 0.25)))),
        did=phrases(_DEEDS, some(3, 0.25)),
        agreed=phrases(_PLANS, some(2, 0.4)),
        talk=rng.choice(TALKS),
    )


def draw_talk(rng: random.Random, world: World) -> tuple[Scene, str]:
    """A scene, and who of the others talks with the agent in it."""
    scene = draw_scene(rng, world)
    partner = rng.choice(scene.near or world.others)
    return talking_with(scene, partner), partner


def talking_with(scene: Scene, partner: str) -> Scene:
    """The scene of a talk with `partner`: only who stands near can be talked with nearby."""
    if scene.talk != NEARBY or partner in scene.near:
        return scene
    return replace(scene, near=(*scene.near[: _NEAR - 1], partner))
