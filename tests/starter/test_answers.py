import random

import pytest

from nanoverse.learning.dialogue import Scene
from nanoverse.starter.answers import ASKERS
from nanoverse.starter.judging import right
from nanoverse.starter.oneself import ask_agreed, ask_did, ask_for_item, ask_holding, ask_home, ask_whom
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
        (ask_holding, Scene(name="Mia", holding=("3 stone", "torch")), "I have 3 stone."),
        (ask_holding, BARE, "I have 3 stone."),
        (ask_night, Scene(name="Mia", time="night"), "I like tea."),
        (ask_night, Scene(name="Mia", time="night"), "No, it's noon."),
        (ask_night, Scene(name="Mia", time="dusk"), "Yes, it's morning."),
        (ask_near, Scene(name="Mia", near=("Bob", "Zed")), "I see Ana."),
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
