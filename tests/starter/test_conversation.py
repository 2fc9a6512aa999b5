import random
import re
from dataclasses import replace

from nanoverse.learning.dialogue import SILENCE, messages
from nanoverse.starter.conversation import draw_conversation, draw_exchanges, recalled
from nanoverse.starter.decency import obscene
from nanoverse.starter.judging import right
from nanoverse.starter.lexicon import coined
from nanoverse.starter.scenes import NEARBY, World, draw_scene, draw_world
from nanoverse.starter.smalltalk import TALK, remark, smalltalk
from nanoverse.starter.spelling import slip, tidy, typed


def test_the_same_seed_gives_the_same_conversation():
    first, again, other = (draw_conversation(random.Random(seed)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_the_agent_answers_every_line_that_is_said_to_it():
    rng = random.Random(8)
    for _ in range(200):
        conversation = draw_conversation(rng)
        chat = messages(conversation.scene, conversation.turns)
        assert chat[-1]["content"] == SILENCE  # the last word is the agent's
        assert sum(message["role"] == "assistant" for message in chat) >= 3


def test_conversations_hardly_ever_repeat():
    rng = random.Random(1)
    assert len({draw_conversation(rng).turns for _ in range(500)}) == 500


def test_what_was_told_in_the_talk_is_what_is_recalled():
    rng = random.Random(2)
    for _ in range(200):
        world = draw_world(rng)
        told, asked = recalled(rng, world, "Bob")
        assert right(asked, asked.reply)
        assert all(any(part in told.line.lower() for part in each) for each in asked.needs)


def test_every_kind_of_talk_has_lines_and_replies_that_fill_in():
    rng = random.Random(3)
    assert len(TALK) > 40
    for kind, _, _ in TALK:
        for _ in range(60):
            world = draw_world(rng)
            exchange = smalltalk(rng, world, draw_scene(rng, world), "Bob", kind)
            assert exchange.kind == kind
            assert exchange.line and exchange.reply[-1] in ".!?"
            assert not set("{}[]|@") & set(exchange.line + exchange.reply), exchange


def test_some_agents_ask_and_tell_first_and_plain_ones_write_carefully():
    rng = random.Random(9)
    drawn = [draw_conversation(rng) for _ in range(600)]
    asking = [each for each in drawn if each.turns[0].speaker == each.scene.name]
    assert 0.15 < len(asking) / len(drawn) < 0.45
    plain = [
        turn.text
        for each in drawn
        if each.learn_first
        for turn in each.turns
        if turn.speaker == each.scene.name
    ]
    assert all(text[-1] in ".!?" for text in plain)
    assert sum(text[0].islower() for text in plain) < 0.05 * len(plain)


def test_no_agent_calls_others_by_its_own_name():
    rng = random.Random(11)
    who_am_i = re.compile(r"(?i)\bI'?m\b|\bI am\b|\bit( i|')?s me\b|\bmy name is\b|\bagent\b")
    for _ in range(1500):
        conversation = draw_conversation(rng)
        own = conversation.scene.name
        for turn in conversation.turns if conversation.learn_first else ():
            named = re.search(rf"(?<!\w){re.escape(own)}(?!\w)", turn.text) if turn.speaker == own else None
            assert not named or who_am_i.search(turn.text), turn


def test_who_talks_nearby_stands_near_and_so_do_those_who_join_in():
    rng = random.Random(12)
    drawn = [draw_conversation(rng) for _ in range(600)]
    nearby = [each for each in drawn if each.scene.talk == NEARBY]
    assert nearby
    for each in nearby:
        assert {turn.speaker for turn in each.turns} <= {each.scene.name, *each.scene.near}


def test_into_the_silence_nobody_wonders_what_becomes_of_those_who_stand_by():
    rng = random.Random(13)
    for _ in range(1000):
        world = draw_world(rng)
        scene = replace(draw_scene(rng, world), agreed=())
        said = remark(rng, world, scene)
        if "wonder" in said or "visit" in said:
            assert not any(
                said.rstrip(".!?").endswith((f" {name}", f"{name} is doing")) for name in scene.near
            )


def test_who_asks_for_the_time_of_day_often_asks_again():
    rng = random.Random(4)
    talks = [[turn.text for turn in draw_conversation(rng).turns] for _ in range(300)]
    concluded = [sum(text.endswith((", so yes.", ", so no.")) for text in talk) for talk in talks]
    assert sum(count > 1 for count in concluded) > sum(count == 1 for count in concluded) / 2


def test_a_careful_line_has_a_capital_and_a_mark():
    assert tidy("where are you?") == "Where are you?"
    assert tidy("I found coal") == "I found coal."


def test_made_up_names_are_decent():
    rng = random.Random(4)
    assert not any(obscene(coined(rng, 2)) for _ in range(20_000))


def test_a_hurried_line_keeps_nearly_all_its_letters():
    rng = random.Random(5)
    for _ in range(300):
        assert abs(len(slip("where are you now?", rng)) - len("where are you now?")) <= 1
    assert slip("hi", rng) == "hi"
    assert len({typed("where are you right now?", rng) for _ in range(200)}) > 20


def test_exchanges_ask_for_the_agents_own_world():
    rng = random.Random(7)
    world = World("Mia", ("Bob", "Zed", "Ana"))
    kinds = {
        each.kind for _ in range(300) for each in draw_exchanges(rng, world, draw_scene(rng, world), "Bob")
    }
    assert {
        "place",
        "holding",
        "night",
        "near",
        "did",
        "agreed",
        "unknown",
        "recall",
        "greeting",
        "farewell",
    } <= kinds
