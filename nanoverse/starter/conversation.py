"""Whole generated conversations: a scene, its talk, and who writes how."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.starter import lexicon
from nanoverse.starter.answers import ASKERS
from nanoverse.starter.exchange import Exchange
from nanoverse.starter.grammar import expand
from nanoverse.starter.scenes import NEARBY, World, draw_scene, draw_talk, draw_world, talking_with
from nanoverse.starter.smalltalk import remark, smalltalk
from nanoverse.starter.spelling import tidy, typed
from nanoverse.starter.surroundings import ask_night
from nanoverse.starter.voices import PLAIN, draw_voice

_ASKING = 0.25  # share of conversations in which the agent asks and tells, and its partner answers
_NEWS = 0.2  # share of the talk that rests on no fact: free statements, which players write most
VOICED = 0.5  # share of conversations in which the agent has a manner of its own
_DRILLED = (
    3  # more questions about the time of day, at most, after one: which hour is what is learnt by heart
)
_TALKATIVE = 0.15  # share of speakers who add a remark to most of what they say


@dataclass(frozen=True, slots=True)
class Conversation:
    """One training text. `learn_first` says whether the agent's first line teaches: where a voice is not yet
    visible it must not, or an untaught model would put on random voices."""

    scene: Scene
    turns: tuple[Turn, ...]
    learn_first: bool
    listen: float  # weight of the loss on what others say
    later: str = ""  # what the agent says of its own accord after a silence at the end
    speak: float = 1.0  # weight of the loss on the agent's own words


def recalled(rng: random.Random, world: World, asker: str) -> tuple[Exchange, Exchange]:
    """Something told in the talk, and the question about it some lines later."""
    slots = world.slots(rng)
    slots["pet"] = rng.choice(lexicon.ANIMALS)
    slots["petname"] = rng.choice([lexicon.player_name(rng), lexicon.coined(rng, 2).capitalize()])
    told, heard, question, answer, fact = rng.choice(
        (
            (
                "my {pet} is called {petname}",
                "[{petname} is a nice name|That's a nice name|Hello, {petname}|Cute].",
                "what's [the name of my {pet}|my {pet} called|my {pet}'s name]?",
                "[Your {pet} is called {petname}|{petname}|It's {petname}].",
                "petname",
            ),
            (
                "let's meet at {place}",
                "[Okay|Sure|Yes], [{place}|see you at {place}|I'll be there].",
                "where [do we meet|did we want to meet|shall we meet][| again]?",
                "[At {place}|We meet at {place}|{place}].",
                "place",
            ),
            (
                "I [like|love] {food}[| a lot| most of all]",
                "[Me too|Good choice|I like {food} too|I know].",
                "what [food do I like|do I like to eat]?",
                "[You like {food}|{food}|You said {food}].",
                "food",
            ),
            (
                "I have {n} {material}",
                "[Nice|That's a lot|Good for you]!",
                "how much {material} do I have?",
                "[You have {n} {material}|{n}|You said {n}].",
                "n",
            ),
            (
                "I built a {building} at {place}",
                "[Nice|I want to see it|Great]!",
                "where is my {building}?",
                "[At {place}|Your {building} is at {place}|You built it at {place}].",
                "place",
            ),
        )
    )
    second = expand(rng, answer, slots)
    return (
        Exchange("told", expand(rng, told, slots), expand(rng, heard, slots)),
        Exchange(
            "recall", expand(rng, question, slots), second[:1].upper() + second[1:], ((slots[fact].lower(),),)
        ),
    )


def draw_exchanges(rng: random.Random, world: World, scene: Scene, asker: str) -> list[Exchange]:
    """What is talked about, in order; about half of it rests on the scene."""
    talk: list[Exchange] = []
    for _ in range(rng.randint(3, 8)):
        if rng.random() < 0.6:
            talk.append(rng.choice(ASKERS)(rng, world, scene, asker))
        else:
            talk.append(smalltalk(rng, world, scene, asker, "news" if rng.random() < _NEWS else ""))
    if rng.random() < 0.25:
        first, second = recalled(rng, world, asker)
        at = rng.randrange(len(talk))
        talk.insert(at, first)
        talk.insert(rng.randint(at + 1, len(talk)), second)
    if rng.random() < 0.4:
        talk.insert(0, smalltalk(rng, world, scene, asker, "greeting"))
    if rng.random() < 0.2:
        talk.append(smalltalk(rng, world, scene, asker, "farewell"))
    return talk


def draw_conversation(rng: random.Random) -> Conversation:
    """One conversation with everything drawn at random from `rng`."""
    world = draw_world(rng)
    scene, partner = draw_talk(rng, world)
    voice = draw_voice(rng) if rng.random() < VOICED else PLAIN
    other_voice = draw_voice(rng) if rng.random() < 0.2 else PLAIN
    talkative = rng.random() < _TALKATIVE

    def said(plain: str) -> Turn:
        if talkative and rng.random() < 0.7:
            plain = f"{plain} {remark(rng, world, scene, partner)}"
        return Turn(scene.name, voice.say(plain, rng))

    turns: list[Turn] = []
    if rng.random() < 0.1:
        turns.append(said(remark(rng, world, scene)))
    asks = rng.random() < _ASKING
    asked = world.seen_by(partner) if asks else world
    theirs = _answering(rng, asked, scene) if asks else scene
    talk = draw_exchanges(rng, asked, theirs, scene.name if asks else partner)
    for exchange in _drilled(rng, talk, asked, theirs):
        if asks:
            turns.append(said(tidy(exchange.line)))
            turns.append(Turn(partner, other_voice.say(exchange.reply, rng)))
            continue
        turns += _bystanders(rng, world, scene, partner)
        turns.append(Turn(partner, other_voice.say(typed(exchange.line, rng), rng)))
        turns.append(said(exchange.reply))
    if asks:
        turns.append(said(tidy(smalltalk(rng, asked, theirs, scene.name, "news").line)))
    later = said(remark(rng, world, scene)).text if rng.random() < 0.1 else ""
    return Conversation(scene, tuple(turns), voice is PLAIN and not talkative, 0.15, later)


def _answering(rng: random.Random, world: World, scene: Scene) -> Scene:
    """What is around the one whom the agent of `scene` asks."""
    return talking_with(replace(draw_scene(rng, world), talk=scene.talk), scene.name)


def _drilled(rng: random.Random, talk: list[Exchange], world: World, scene: Scene) -> list[Exchange]:
    """The talk, in which some who ask for the time of day ask again."""
    found = []
    for exchange in talk:
        found.append(exchange)
        if exchange.kind == "night":
            more = rng.randint(0, _DRILLED)
            found += [ask_night(rng, world, scene, scene.name) for _ in range(more)]
    return found


def _bystanders(rng: random.Random, world: World, scene: Scene, partner: str) -> list[Turn]:
    """Sometimes somebody else says something first that the agent need not answer."""
    others = [name for name in (scene.near if scene.talk == NEARBY else world.others) if name != partner]
    if scene.talk == "private" or not others or rng.random() > 0.12:
        return []
    who = rng.choice(others)
    return [Turn(who, typed(smalltalk(rng, world, scene, who).line, rng))]
