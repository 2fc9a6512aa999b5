"""Questions about what is around: the place, its land, the time, the weather, and who is near."""

from __future__ import annotations

import random
import re

from nanoverse.learning.dialogue import Scene
from nanoverse.starter import lexicon
from nanoverse.starter.exchange import UNSURE_MARKS, Exchange, unsure
from nanoverse.starter.grammar import expand, listed, sentence
from nanoverse.starter.scenes import World


def ask_place(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    line = expand(
        rng,
        rng.choice(
            (
                "where are you[| now| right now| these days|, {me}]?",
                "[hey |]{me}, where are you?",
                "where [do I find you|can I find you|did you go|have you gone]?",
                "what [is this place|place is this|is this place called|do you call this place]?",
                "wya?",
                "[tell me|say] where you are",
                "where is {me}?",
                "[which|what] place are you [at|in]?",
            )
        ),
        {"me": scene.name},
    )
    if not scene.place:
        if scene.biome:
            return Exchange(
                "place", line, f"Somewhere in the {scene.biome}.", ((scene.biome, *UNSURE_MARKS),)
            )
        return Exchange("place", line, unsure(rng, "where I am"), (UNSURE_MARKS,))
    says = [
        "[I'm|I am] [at|at|over at|here at|still at|near] {place}",
        "At {place}",
        "[This is|It's] {place}",
        "{place}",
    ]
    if scene.biome:
        says += ["[I'm |]at {place}, in the {biome}", "[I'm |]in the {biome}, at {place}"]
    reply = expand(rng, rng.choice(says), {"place": scene.place, "biome": scene.biome})
    return Exchange("place", line, sentence(reply) + ".", ((scene.place.lower(),),))


def ask_biome(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    line = expand(
        rng,
        "[what [kind of land|biome|sort of place] [are you in|is it|is this]?|what's it like [there"
        "|around you|where you are]?"
        "|what is around you?|which biome[ is this| are you in|]?|are you in [the forest|the desert|a "
        "swamp|the mountains]?]",
    )
    asked = re.search(r"forest|desert|swamp|mountains", line)
    if not scene.biome:
        return Exchange("biome", line, unsure(rng), (UNSURE_MARKS,))
    slots = {"biome": scene.biome}
    if asked and "in" in line:
        if asked[0] == scene.biome:
            return Exchange(
                "biome", line, expand(rng, "Yes, [I'm |]in the {biome}.", slots), (("yes", "in the"),)
            )
        return Exchange(
            "biome", line, expand(rng, "No, [I'm in the|it's] {biome}.", slots), ((scene.biome,),)
        )
    reply = expand(rng, "[It's|I'm in the|All|Just|This is] {biome}[| here| all around]", slots)
    return Exchange("biome", line, sentence(reply) + ".", ((scene.biome,),))


_DENIALS = ("no,", "no.", "so no", "nope", "not ")  # "noon" is none


def ask_night(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    asked = rng.choice(("night", "day", "morning", "evening", "dark"))
    line = expand(
        rng,
        rng.choice(
            (
                "is it {asked}[| yet| now| there| where you are]?",
                "it's {asked}[, right| now, isn't it]?",
                "{asked} already?",
            )
        ),
        {"asked": asked},
    )
    if not scene.time:
        return Exchange("night", line, unsure(rng), (UNSURE_MARKS,))
    part = lexicon.TIMES[scene.time]
    true = {"dark": part == "night", "day": part == "day"}.get(asked, asked in (part, scene.time))
    others = tuple(time for time in lexicon.TIMES if time not in scene.time and time != "day")
    # The time first, then what follows from it: a small model errs far less once it has said what the hour is.
    opening = expand(rng, "[It's|It's|It is] {time}[| here| now]", {"time": scene.time})
    if true:
        return Exchange("night", line, f"{opening}, so yes.", (("yes",),), (*_DENIALS, *others))
    return Exchange("night", line, f"{opening}, so no.", (_DENIALS,), ("yes", *others))


def ask_time(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    line = expand(
        rng,
        "[what time is it[| now| there]?|what's the time?|how late is it?|which time of day is it?|what time?]",
    )
    if not scene.time:
        return Exchange("time", line, unsure(rng), (UNSURE_MARKS,))
    reply = expand(rng, "[It's|It is|It's|] {time}[| now| here]", {"time": scene.time})
    return Exchange("time", line, sentence(reply) + ".", ((scene.time,),))


_SKY_SAID = {
    "clear": ("clear", "clear"),
    "cloudy": ("cloudy", "cloudy"),
    "rain": ("raining", "rain"),
    "snow": ("snowing", "snow"),
    "fog": ("foggy", "fog"),
    "storm": ("stormy", "storm"),
    "wind": ("windy", "wind"),
}


def ask_weather(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    kind = lexicon.WEATHERS.get(scene.weather, "")
    if rng.random() < 0.5:
        asked = rng.choice(("rain", "snow"))
        line = expand(rng, "is it {asked}ing[| there| now| where you are]?", {"asked": asked})
        if not kind:
            return Exchange("weather", line, unsure(rng), (UNSURE_MARKS,))
        said, stem = _SKY_SAID[kind]
        if kind == asked:
            reply = expand(rng, "[Yes|Yes|It is], it's {said}[| here| now]", {"said": said})
            return Exchange("weather", line, reply + ".", (("yes", "it is"),), ("no,",))
        return Exchange(
            "weather", line, expand(rng, "No, it's {said}[| here].", {"said": said}), (("no",),), ("yes",)
        )
    line = expand(
        rng,
        "[how is the weather[| there]?|how's the weather[| there]?|what's the weather like?|nice weather "
        "there?]",
    )
    if not kind:
        return Exchange("weather", line, unsure(rng), (UNSURE_MARKS,))
    said, stem = _SKY_SAID[kind]
    reply = expand(rng, "[It's|It is|It's] {said}[| here| today| right now]", {"said": said})
    return Exchange("weather", line, reply + ".", ((stem, said),))


def ask_near(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    if rng.random() < 0.4:
        return _ask_for_person(rng, world, scene, asker)
    line = expand(
        rng,
        "[who is [near|near you|there|with you|around|here]?|who's [there|near|around|with you|near you]?"
        "|are you alone[| there]?|anyone [there|around|near you]?|is [anybody|anyone|somebody] [there"
        "|near you|with you]?]",
    )
    absent = tuple(name.lower() for name in world.without(asker).others if name not in scene.near)
    if not scene.near:
        reply = expand(
            rng, "[Nobody[| here|, just me]|No one[| is here|, I'm alone]|I'm alone[| here]|Just me]"
        )
        return Exchange(
            "near", line, reply + ".", (("nobody", "no one", "alone", "just me"),), ("not alone", *absent)
        )
    who, is_are = listed(list(scene.near)), "is" if len(scene.near) == 1 else "are"
    slots = {"who": who, "be": is_are}
    says = ["{who} {be} [here|near|with me|around|near me]", "I'm with {who}", "{who}"]
    if "alone" in line:
        says = ["No, {who} {be} [here|with me|near me]", "No, I'm with {who}"]
    elif line.startswith(("any", "is ")):
        says = ["Yes, {who}", "Yes, {who} {be} [here|with me|near me]"]
    reply = expand(rng, rng.choice(says), slots)
    return Exchange("near", line, reply + ".", tuple((name.lower(),) for name in scene.near), absent)


def _ask_for_person(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    beside = [name for name in scene.near if name != asker]
    name = rng.choice(beside if beside and rng.random() < 0.5 else world.without(asker).others)
    here = name in scene.near
    line = expand(
        rng,
        "[is {name} [there|with you|near|near you|around]?|do you see {name}?|{name} there?]",
        {"name": name},
    )
    if here:
        reply = expand(
            rng, "[Yes|Yes|Sure], {name} is [here|near|with me|right here|near me].", {"name": name}
        )
        return Exchange(
            "near", line, reply, (("yes", "is here", "is near", "with me", "right here"),), ("no,", "not")
        )
    reply = expand(rng, "No, [{name} is not here|I don't see {name}|{name} isn't here].", {"name": name})
    return Exchange("near", line, reply, (("no", "n't"),), ("yes",))


def ask_where(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    """Where somebody is: with the agent, or nobody knows."""
    beside = [name for name in scene.near if name != asker]
    here = bool(beside) and rng.random() < 0.5
    name = rng.choice(beside if here else world.without(asker).others)
    line = expand(
        rng,
        "[where is {name}[| now|, {me}]?|where's {name}[| now]?|do you know where {name} is?|have you seen {name}?"
        "|where did {name} go?|I'm looking for {name}]",
        {"name": name, "me": scene.name},
    )
    if name in scene.near:
        reply = expand(
            rng,
            "[{name} is [here|right here|here with me|with me|near me]|Right here with me|Here, near me]",
            {"name": name},
        )
        return Exchange("where", line, reply + ".", (("here", "with me", "near me"),), ("don't",))
    reply = expand(
        rng,
        "[I don't know where {name} is|I haven't seen {name}[| today]|No idea where {name} is|Not here[|, sorry]"
        "|I don't know, {name} is not here]",
        {"name": name},
    )
    return Exchange("where", line, reply + ".", (("n't", "no idea", "not here"),), ("with me", "right here"))
