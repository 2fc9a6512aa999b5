"""Questions about oneself: what one holds, did and agreed, what one is called, and what one cannot know."""

from __future__ import annotations

import random
import re

from nanoverse.learning.dialogue import Scene
from nanoverse.starter import lexicon
from nanoverse.starter.exchange import NO_MARKS, UNSURE_MARKS, Exchange, counted, unsure
from nanoverse.starter.grammar import expand, listed, sentence
from nanoverse.starter.scenes import World


def ask_holding(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    line = expand(
        rng,
        rng.choice(
            (
                "what [do you have|have you got|are you holding|do you hold|are you carrying|do you "
                "carry|is in your bag]"
                "[| now| right now| with you|, {me}]?",
                "what's in your [hands|hand|bag|pockets]?",
                "[show|tell] me what you [have|hold|carry]",
                "whatcha got?",
                "got anything[| on you| good]?",
                "are you [carrying|holding] [anything|something]?",
            )
        ),
        {"me": scene.name},
    )
    if not scene.holding:
        reply = expand(
            rng,
            "[Nothing[| right now| at all| yet]|I have nothing[| with me]|My hands are empty|I'm not "
            "[holding|carrying] anything]",
        )
        return Exchange("holding", line, reply + ".", (("nothing", "empty", "anything"),))
    goods = listed([counted(item) for item in scene.holding])
    reply = expand(
        rng, "[I have|I've got|I'm holding|I'm carrying|I hold|Just|] {goods}[|| with me]", {"goods": goods}
    )
    return Exchange("holding", line, sentence(reply) + ".", tuple((item.lower(),) for item in scene.holding))


def ask_for_item(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    """Do you have any X? Half of the time the agent has it."""
    held = rng.choice(scene.holding) if scene.holding and rng.random() < 0.6 else ""
    noun = re.sub(r"^\d+ ", "", held) if held else rng.choice(lexicon.MATERIALS)
    have = [item for item in scene.holding if _same(re.sub(r"^\d+ ", "", item), noun)]
    few = noun in lexicon.THINGS
    what = lexicon.article(noun) if few else f"[any|some] {noun}"
    line = expand(
        rng,
        rng.choice(
            (
                f"do you have {what}?",
                f"have you got {what}[|, {{me}}]?",
                f"[got|any] {noun}?",
                f"is there {what} in your bag?",
                f"I need {what}[, do you have it|, have you got that|]?",
            )
        ),
        {"me": scene.name},
    )
    if have:
        reply = expand(
            rng,
            "[Yes|Yes|Sure|I do], [I have|I've got] {it}[||, do you need it?|, take it]",
            {"it": counted(have[0])},
        )
        end = "" if reply.endswith("?") else "."
        return Exchange("item", line, reply + end, ((have[0].lower(),),))
    slots = {"noun": noun, "what": lexicon.article(noun) if few else noun}
    says = [
        "No, [I have no|no] {noun}[| right now| here]",
        "[Sorry, |No, ]I don't have {what}",
        "[Not|No], I have none",
    ]
    if scene.holding:
        slots["goods"] = counted(rng.choice(scene.holding))
        says.append("No, only {goods}")
    reply = sentence(expand(rng, rng.choice(says).replace("[Not|No], ", "No, "), slots))
    return Exchange("item", line, reply + ".", (("no", "n't"),), ("yes",))


def _same(one: str, other: str) -> bool:
    """Whether both are the same thing, be it one of it or several."""
    return one == other or lexicon.plural(one) == other or one == lexicon.plural(other)


def ask_count(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    stacks = [item for item in scene.holding if item[0].isdigit()]
    if not stacks:
        return ask_for_item(rng, world, scene, asker)
    number, noun = rng.choice(stacks).split(" ", 1)
    slots = {"noun": noun, "number": number}
    line = expand(rng, "how [much|many] {noun} [do you have|have you got|is that]?", slots)
    reply = expand(rng, "[I have |I've got |]{number}[ {noun}|]", slots)
    return Exchange("count", line, reply + ".", ((number,),))


def ask_did(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    line = expand(
        rng,
        "[what did you do[| today| all day| so far|, {me}]?|what have you [been doing|done][| today]?"
        "|how was your day?"
        "|did you do anything[| today]?|what were you up to?|tell me about your day|been busy today?"
        "|what's new?]",
        {"me": scene.name},
    )
    if not scene.did:
        reply = expand(rng, "[Not much|Nothing much|Nothing special|Not a lot][| today| so far| yet]")
        return Exchange("did", line, reply + ".", (("not much", "nothing", "not a lot"),))
    told = [rng.choice(scene.did)] if rng.random() < 0.5 else list(scene.did)
    reply = expand(rng, "[Today |]I {deeds}[|| today]", {"deeds": listed(told)})
    if reply.startswith("Today"):
        reply = reply.removesuffix(" today")
    return Exchange("did", line, reply + ".", (tuple(deed.lower() for deed in scene.did),))


def ask_whether_did(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    past = {
        "dug": "dig",
        "placed": "place",
        "built": "build",
        "gathered": "gather",
        "found": "find",
        "made": "make",
        "planted": "plant",
        "met": "meet",
    }
    deeds = [deed for deed in scene.did if deed.split(" ", 1)[0] in past]
    if deeds and rng.random() < 0.6:
        deed = rng.choice(deeds)
        verb, rest = deed.split(" ", 1)
        line = expand(rng, "did you {verb} [anything|something][| today]?", {"verb": past[verb]})
        if verb == "met":
            line = expand(rng, _MET_ANYONE)
        return Exchange("did", line, f"Yes, I {verb} {rest}.", ((rest.lower(),),))
    done = {deed.split(" ", 1)[0] for deed in scene.did} | ({"met"} if _met(scene) else set())
    verb = rng.choice(sorted(set(past) - done))
    line = expand(rng, "did you {verb} [anything|something][| today]?", {"verb": past[verb]})
    if verb == "met":
        line = expand(rng, _MET_ANYONE)
    return Exchange(
        "did",
        line,
        expand(rng, "No, [I didn't|not today|nothing yet|nothing today]."),
        (NO_MARKS,),
        ("yes",),
    )


_MET_ANYONE = "did you meet [anyone|anybody|somebody][| today]?"
_MET = re.compile(r"^(?:talked with|met|helped|gave) (\S+)| from (\S+)$")


def _met(scene: Scene) -> list[str]:
    """Whom the agent met today, as its deeds say."""
    found = filter(None, map(_MET.search, scene.did))
    return list(dict.fromkeys(one[1] or one[2] for one in found))


def ask_whom(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    met = _met(scene)
    line = expand(
        rng,
        "[who did you [meet|talk to|talk with|see][| today]?|did you [meet|see|talk to] [anyone|anybody][| today]?"
        "|whom did you meet[| today]?|[met|seen] anyone[| today]?]",
    )
    if not met:
        reply = expand(
            rng, "[Nobody[| yet| today| so far]|No one[| yet| today]|I didn't meet anyone[| today]]"
        )
        return Exchange("whom", line, reply + ".", (("nobody", "no one", "n't"),))
    reply = expand(rng, "[I [met|saw|talked with] {who}[|| today]|{who}]", {"who": listed(met)})
    return Exchange("whom", line, sentence(reply) + ".", (tuple(name.lower() for name in met),))


def ask_agreed(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    line = expand(
        rng,
        "[what did we agree[| on]?|what was [our|the] plan[| again]?|what did we [plan|say|decide]?"
        "|what's the plan[| again|, {me}]?"
        "|do we have a plan?|what did you promise[| me]?|remember what we agreed[| on]?|did we agree on "
        "something?|what do we do next?]",
        {"me": scene.name},
    )
    if not scene.agreed:
        reply = expand(
            rng,
            "[We didn't agree on anything[| yet]|Nothing[| yet]|I don't think we agreed on anything|We "
            "have no plan[| yet]]",
        )
        return Exchange("agreed", line, reply + ".", (("nothing", "anything", "no plan"),))
    deal = rng.choice(scene.agreed) if rng.random() < 0.3 else listed(list(scene.agreed))
    reply = expand(
        rng, "[We agreed to|We said we'd|We wanted to|The plan is to|I said I'd|To] {deal}", {"deal": deal}
    )
    return Exchange("agreed", line, reply + ".", (tuple(plan.lower() for plan in scene.agreed),))


def ask_home(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    line = expand(
        rng,
        "[where [do you live|is your home|is your house|do you sleep][|, {me}]?|do you have a [home|house|bed]?"
        "|where's your [home|house|bed]?|you live where?]",
        {"me": scene.name},
    )
    if not scene.home:
        reply = expand(
            rng,
            "[I have no [home|house|bed] yet|Nowhere yet|No, I have no [home|bed] yet|I don't have one yet]",
        )
        return Exchange("home", line, reply + ".", (("no", "nowhere", "n't"),))
    reply = expand(
        rng, "[I live [at|near]|My home is at|I sleep at|My bed is at|At] {home}", {"home": scene.home}
    )
    return Exchange("home", line, reply + ".", ((scene.home.lower(),),))


def ask_name(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    if rng.random() < 0.3:
        line = expand(
            rng, "[who am I?|do you know my name?|what's my name?|do you know who I am?|what is my name?]"
        )
        reply = expand(rng, "[You're|You are|Sure, you're|Yes, you're] {asker}", {"asker": asker})
        return Exchange("name", line, reply + ".", ((asker.lower(),),))
    line = expand(
        rng,
        "[who are you?|what's your name?|what is your name?|your name?|who is this?|and you are?|what "
        "are you called?]",
    )
    return Exchange(
        "name",
        line,
        expand(rng, "[I'm|I am|My name is|It's me,] {me}.", {"me": scene.name}),
        ((scene.name.lower(),),),
    )


def ask_unknown(rng: random.Random, world: World, scene: Scene, asker: str) -> Exchange:
    world = world.without(asker)
    line = expand(
        rng,
        rng.choice(
            (
                "what's my [favourite|favorite] [colour|color|food|block|animal|song|place]?",
                "how old [am I|is {name}|is this world|are you]?",
                "where is my {building}?",
                "who built [this|that|the] {building}?",
                "what did {name} [say|do|dig|build] [yesterday|last week]?",
                "how far is [it to |]{place}?",
                "where does {name} [live|sleep|keep {material}]?",
                "what is behind [the|those] [hill|mountains|wall]?",
                "how do I make [a {building}|{thing}]?",
                "who has the most {material}?",
                "what is [{n} times {m}|the meaning of life|the capital of France]?",
                "when will it [rain|snow|be over]?",
                "do you know what {name} wants?",
                "what did I have for breakfast?",
            )
        ),
        world.slots(rng),
    )
    tail = expand(
        rng, "[||| Do you?| Why?| Maybe {name} knows.| Let's find out.| Ask {name}.]", world.slots(rng)
    )
    return Exchange("unknown", line, unsure(rng) + (f" {tail}" if tail else ""), (UNSURE_MARKS,))
