import random
import re

import pytest

from nanoverse.learning.dialogue import Scene
from nanoverse.starter.answers import ASKERS
from nanoverse.starter.exchange import NO_MARKS
from nanoverse.starter.judging import right
from nanoverse.starter.oneself import (
    ask_agreed,
    ask_did,
    ask_for_item,
    ask_holding,
    ask_home,
    ask_unknown,
    ask_whether_did,
    ask_whom,
)
from nanoverse.starter.scenes import World, draw_scene, draw_world
from nanoverse.starter.surroundings import ask_near, ask_night, ask_place, ask_where

WORLD = World("Mia", ("Bob", "Zed"))
BARE = Scene(name="Mia")


@pytest.mark.parametrize(
    "asker", sorted(set(ASKERS), key=lambda each: each.__name__), ids=lambda each: each.__name__
)
def test_every_generated_answer_is_right_by_the_evaluations_own_rule(asker):
    rng = random.Random(7)
    for _ in range(300):
        world = draw_world(rng)
        exchange = asker(rng, world, draw_scene(rng, world), world.others[0])
        assert exchange.needs, exchange
        assert right(exchange, exchange.reply), exchange


@pytest.mark.parametrize(
    ("asker", "scene", "wrong"),
    [
        (ask_place, Scene(name="Mia", place="Hollow Ford"), "I'm at Stone Hill."),
        (ask_place, BARE, "I'm at Stone Hill."),
        (ask_place, BARE, "Sure, I'm at Stone Hill."),
        (ask_holding, Scene(name="Mia", holding=("3 stone", "torch")), "I have 3 stone."),
        (ask_holding, BARE, "I have 3 stone."),
        (ask_night, Scene(name="Mia", time="night"), "I like tea."),
        (ask_night, Scene(name="Mia", time="night"), "No, it's noon."),
        (ask_night, Scene(name="Mia", time="dusk"), "Yes, it's morning."),
        (ask_near, Scene(name="Mia", near=("Bob", "Zed")), "I see Ana."),
        (ask_near, BARE, "I'm not alone, Zed is here."),
        (ask_did, Scene(name="Mia", did=("dug 12 stone",)), "I dug 2 clay."),
        (ask_agreed, Scene(name="Mia", agreed=("meet Bob at Hollow Ford",)), "We said we'd wait."),
        (ask_agreed, BARE, "We said we'd wait."),
        (ask_whom, Scene(name="Mia", did=("met Zed",)), "I met Ana."),
        (ask_whom, BARE, "I met Ana."),
        (ask_home, Scene(name="Mia", home="Hollow Ford"), "I live at Stone Hill."),
        (ask_home, BARE, "I live at Stone Hill."),
        (ask_where, Scene(name="Mia", near=("Zed",)), "I don't know."),
        (ask_where, BARE, "Zed is right here."),
    ],
)
def test_an_answer_that_the_scene_does_not_bear_out_is_wrong(asker, scene, wrong):
    rng = random.Random(1)
    assert not any(right(asker(rng, WORLD, scene, "Bob"), wrong) for _ in range(40))


def test_an_agent_never_claims_what_it_does_not_hold():
    rng = random.Random(3)
    for _ in range(200):
        exchange = ask_for_item(rng, WORLD, Scene(name="Mia", holding=("3 stone",)), "Bob")
        if "stone" not in exchange.line:
            assert exchange.reply.lower().startswith(("no", "sorry", "i don't")), exchange


def test_two_torches_are_torches_and_one_of_them_is_a_torch():
    rng = random.Random(3)
    several = [
        ask_for_item(rng, WORLD, Scene(name="Mia", holding=("2 torches",)), "Bob") for _ in range(2000)
    ]
    asked_for_one = [each for each in several if "torch" in each.line and "torches" not in each.line]
    assert asked_for_one and all("2 torches" in each.needs[0] for each in asked_for_one)
    one = [ask_holding(rng, WORLD, Scene(name="Mia", holding=("torch",)), "Bob").reply for _ in range(20)]
    assert all("a torch" in reply.lower() for reply in one)


@pytest.mark.parametrize("deed", ["talked with Zed", "met Zed", "gave Zed 3 stone", "got 3 stone from Zed"])
def test_whoever_dealt_with_somebody_does_not_deny_to_have_met_anybody(deed):
    rng = random.Random(4)
    scene = Scene(name="Mia", did=(deed,))
    assert all("Zed" in ask_whom(rng, WORLD, scene, "Bob").reply for _ in range(50))
    asked = [ask_whether_did(rng, WORLD, scene, "Bob") for _ in range(200)]
    assert not [each for each in asked if each.line.startswith("did you meet") and each.needs == (NO_MARKS,)]


def test_nobody_is_asked_about_who_asks_and_nobody_is_told_of_themselves():
    rng = random.Random(5)
    for _ in range(600):
        world = draw_world(rng)
        scene, asker = draw_scene(rng, world), rng.choice(world.others)
        near, unknown = ask_near(rng, world, scene, asker), ask_unknown(rng, world, scene, asker)
        assert asker not in words(near.line)
        assert asker not in words(unknown.line) + words(unknown.reply)


def words(text):
    return re.findall(r"\w+", text)
