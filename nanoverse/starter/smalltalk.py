"""Talk that needs no fact of the scene, or only as decoration: greetings, plans, trade, teasing and the rest."""

from __future__ import annotations

import random
import re

from nanoverse.learning.dialogue import Scene
from nanoverse.starter import lexicon, phrases
from nanoverse.starter.exchange import Exchange
from nanoverse.starter.grammar import expand, sentence
from nanoverse.starter.scenes import World


def _read(text: str) -> list[tuple[str, list[str], list[str]]]:
    """(kind, lines, replies) for each kind of talk in `text`; both sides share one filling of the word slots."""
    rows: list[tuple[str, list[str], list[str]]] = []
    side: list[str] = []
    for line in filter(None, text.splitlines()):
        if line.startswith("    "):  # goes on; a cut at a bar needs no space
            side[-1] += line.strip() if line[4] == "|" else " " + line.strip()
        elif line[0] in "<>":
            _, lines, replies = rows[-1]
            side = lines if line[0] == ">" else replies
            side.append(line[2:])
        else:
            rows.append((line, [], []))
    return rows


def _opened(text: str) -> str:
    for mark, opening in phrases.OPENINGS.items():
        text = text.replace(mark, opening)
    return text


TALK = _read(_opened(phrases.TALK))

_DO = (
    "build a {building}",
    "build a {building} of {material}",
    "dig [some |]{material}",
    "look for {material}",
    "go to {place}",
    "visit {name}",
    "explore the {biome}",
    "plant [trees|flowers]",
    "catch fish",
    "make [soup|bread|a fire]",
    "watch the [stars|water|birds]",
    "collect {material}",
    "fix the {building}",
    "paint the {building} {colour}",
    "make a map",
    "find {animal}",
    "race to {place}",
)
_TASTE = (
    "{animals}",
    "{food}",
    "the {biome}",
    "the [rain|snow|night|wind|winter|summer|morning]",
    "[digging|building|fishing|walking|exploring|trading]",
    "{colour} [houses|flowers|blocks]",
    "{place}",
    "{material}",
)
_CLASSES = {
    "food": lexicon.FOODS,
    "color": lexicon.COLOURS,
    "animal": tuple(map(lexicon.plural, lexicon.ANIMALS)),
    "block": lexicon.MATERIALS,
    "biome": tuple(f"the {biome}" for biome in lexicon.BIOMES),
}
_GERUNDS = {
    "dig": "digging",
    "plant": "planting",
    "catch": "catching",
    "make": "making",
    "fix": "fixing",
    "race": "racing",
    "explore": "exploring",
}


def gerund(deed: str) -> str:
    """`build a wall` becomes `building a wall`."""
    verb, _, rest = deed.partition(" ")
    return f"{_GERUNDS.get(verb, verb + 'ing')} {rest}"


def smalltalk(rng: random.Random, world: World, scene: Scene, asker: str, kind: str = "") -> Exchange:
    """One exchange of the named kind, or of any."""
    rows = [row for row in TALK if row[0] == kind] if kind else TALK
    kind, lines, replies = rng.choice(rows)
    world = world.without(asker)
    slots = world.slots(rng)
    group = rng.choice(tuple(_CLASSES))
    member = rng.choice(_CLASSES[group])
    slots |= {
        "asker": asker,
        "do": expand(rng, rng.choice(_DO), slots),
        "do2": expand(rng, rng.choice(_DO), world.slots(rng)),
        "doing2": gerund(expand(rng, rng.choice(_DO), world.slots(rng))),
        "doing": gerund(expand(rng, rng.choice(_DO), world.slots(rng))),
        "tastething": expand(rng, rng.choice(_TASTE), slots),
        "tastething2": expand(rng, rng.choice(_TASTE), world.slots(rng)),
        "class": group,
        "member": member,
        "Member": sentence(member),
        "noun": rng.choice(lexicon.THINGS),
        "animalname": rng.choice(lexicon.ANIMALS),
    }
    line, reply = (expand(rng, rng.choice(side), slots) for side in (lines, replies))
    return Exchange(kind, line, _tidied(reply))


def remark(rng: random.Random, world: World, scene: Scene, partner: str = "") -> str:
    """What an agent says into the silence, or to its partner beside an answer, from what is around it."""
    world = world.without(partner, *scene.near)
    says = [
        "[It's quiet here|What a day|I want to {do}|Who wants to {do}?|I wonder what {name} is doing"
        "|Let's {do}]"
    ]
    if scene.place:
        says.append(f"[I like it here at|Nice and quiet at|Here I am at] {scene.place}")
    if scene.holding:
        says.append(f"I still have {scene.holding[0]}")
    if scene.near:
        says += [
            f"[Hi|Hello|Hey] {scene.near[0]}!",
            f"[What are you doing|How are you|What's up], {scene.near[0]}?",
        ]
    if scene.agreed:
        says.append(f"[I want to|Don't forget, we wanted to|I still have to] {scene.agreed[0]}")
    if scene.weather in {"rain", "snow", "storm"}:
        says.append(f"What a {scene.weather}!" if scene.weather == "storm" else f"So much {scene.weather}!")
    slots = world.slots(rng)
    slots["do"] = expand(rng, rng.choice(_DO), slots)
    said = expand(rng, rng.choice(says), slots)
    return said if said[-1] in ".!?" else said + "."


def _tidied(text: str) -> str:
    """Capitals after full stops, one closing mark at each end of a sentence, and always one at the end."""
    text = re.sub(r"([?!.])[.!?]+", r"\1", text)
    text = text if text[-1] in ".!?" else text + "."
    return re.sub(r"(?<=[.!?] )[a-z]", lambda found: found[0].upper(), sentence(text))
