import random
from itertools import islice

import numpy as np
import pytest

from nanoverse.learning.dialogue import Scene, Turn, prompt_ids
from nanoverse.starter import batches as module
from nanoverse.starter.batches import ENGLISH, LONGEST, WORLD, Stage, batches, encode
from nanoverse.starter.conversation import Conversation
from nanoverse.starter.corpus import load

TALK = Conversation(
    Scene(name="Mia", place="Hollow Ford", talk="private"),
    (
        Turn("Bob", "where are you?"),
        Turn("Mia", "At Hollow Ford."),
        Turn("Bob", "why?"),
        Turn("Mia", "I dig here."),
    ),
    learn_first=True,
    listen=0.25,
)


def taught(tokenizer, row, weight):
    return tokenizer.decode(
        [token for token, each in zip(row.ids, row.weights, strict=True) if each == weight]
    )


def test_the_agents_words_weigh_most_and_the_scene_nothing(tokenizer):
    row = encode(tokenizer, TALK)
    assert taught(tokenizer, row, 1.0) == "At Hollow Ford.<end_of_turn>I dig here.<end_of_turn>"
    assert taught(tokenizer, row, 0.25) == "Bob: where are you?<end_of_turn>Bob: why?<end_of_turn>"


def test_a_voice_is_not_taught_before_it_is_visible(tokenizer):
    quiet = Conversation(TALK.scene, TALK.turns, learn_first=False, listen=0.0)
    assert taught(tokenizer, encode(tokenizer, quiet), 1.0) == "I dig here.<end_of_turn>"


def test_the_yes_or_no_that_follows_from_the_hour_weighs_most_of_all(tokenizer):
    told = Turn("Mia", "It's dusk, so no. I said no.")
    asked = Conversation(TALK.scene, (Turn("Bob", "so no night?"), told), learn_first=True, listen=0.25)
    row = encode(tokenizer, asked)
    heavy = [at for at, weight in enumerate(row.weights) if weight > 1.0]
    assert [tokenizer.decode([row.ids[at]]) for at in heavy] == [" no"]
    assert tokenizer.decode(row.ids[: heavy[0]]).endswith("It's dusk, so")


def test_a_row_begins_like_the_prompt_that_the_game_gives(tokenizer):
    prompt = prompt_ids(tokenizer, TALK.scene, TALK.turns[:3], limit=LONGEST)
    assert encode(tokenizer, TALK).ids[: len(prompt)] == prompt


def test_what_is_said_into_the_silence_is_learnt_as_an_answer_to_it(tokenizer):
    later = Conversation(TALK.scene, TALK.turns, learn_first=True, listen=0.0, later="Still here.")
    row = encode(tokenizer, later)
    assert taught(tokenizer, row, 1.0).endswith("I dig here.<end_of_turn>Still here.<end_of_turn>")
    prompt = prompt_ids(tokenizer, later.scene, later.turns, limit=LONGEST)
    assert row.ids[: len(prompt)] == prompt


def test_rows_have_a_longest_length(tokenizer):
    endless = Conversation(TALK.scene, TALK.turns * 60, learn_first=True, listen=0.0)
    assert len(encode(tokenizer, endless).ids) == LONGEST


def test_the_seed_alone_decides_the_order_and_a_run_can_go_on_anywhere(tokenizer, corpus_folder, monkeypatch):
    monkeypatch.setattr(module, "_POOL", 40)
    texts = load(corpus_folder).train
    first = list(islice(batches(tokenizer, texts, seed=1, tokens=1024), 12))
    again = list(islice(batches(tokenizer, texts, seed=1, tokens=1024, skip=5), 7))
    other = next(batches(tokenizer, texts, seed=2, tokens=1024))
    assert all(np.array_equal(a.ids, b.ids) for a, b in zip(first[5:], again, strict=True))
    assert first[0].ids.shape != other.ids.shape or not np.array_equal(first[0].ids, other.ids)


def test_batches_hold_about_the_tokens_asked_for_and_little_padding(tokenizer, corpus_folder, monkeypatch):
    monkeypatch.setattr(module, "_POOL", 200)
    monkeypatch.setattr(module, "STAGES", (WORLD,))
    made = list(islice(batches(tokenizer, load(corpus_folder).train, seed=1, tokens=2048), 10))
    assert all(1024 < batch.ids.size <= 2048 for batch in made)
    assert np.mean([(batch.ids != tokenizer.pad_token_id).mean() for batch in made]) > 0.85
    assert all((batch.weights[batch.ids == tokenizer.pad_token_id] == 0).all() for batch in made)


def test_after_the_first_stage_comes_the_next_also_when_a_run_goes_on_there(
    tokenizer, corpus_folder, monkeypatch
):
    monkeypatch.setattr(module, "_POOL", 40)
    stages = (Stage(3, {"irc": 1.0}), Stage(None, {"world": 1.0}))
    monkeypatch.setattr(module, "STAGES", stages)
    texts = load(corpus_folder).train
    first = list(islice(batches(tokenizer, texts, seed=1, tokens=1024), 6))
    place = tokenizer.encode("Place:", add_special_tokens=False)[0]
    assert [(batch.ids == place).any() for batch in first] == [False] * 3 + [True] * 3
    for skip in (2, 3, 4):
        again = next(batches(tokenizer, texts, seed=1, tokens=1024, skip=skip))
        assert np.array_equal(again.ids, first[skip].ids)
    second = next(batches(tokenizer, texts, seed=1, tokens=1024, first=1))
    assert np.array_equal(second.ids, first[3].ids)


def test_a_manner_is_taught_only_where_the_agent_has_shown_it(tokenizer):
    taken_up = Stage(None, {"irc": 1.0}, taken_up=frozenset({"irc"}))
    lines = [Turn(who, f"{who} says {number}") for number in range(6) for who in ("Ann", "Bob")]
    rng, last = random.Random(1), 0
    for _ in range(20):
        drawn = module.draw(rng, {"irc": [tuple(lines)]}, taken_up)
        own = [turn.text for turn in drawn.turns if turn.speaker == drawn.scene.name]
        told = taught(tokenizer, encode(tokenizer, drawn), 1.0)
        assert told == "".join(f"{text}<end_of_turn>" for text in own[1:])
        last += len(own) > 1
    assert last
    unasked = module.draw(rng, {"irc": [tuple(lines)]}, Stage(None, {"irc": 1.0}))
    own = next(turn.text for turn in unasked.turns if turn.speaker == unasked.scene.name)
    assert own in taught(tokenizer, encode(tokenizer, unasked), 1.0)


@pytest.mark.parametrize("stage", [ENGLISH, WORLD])
def test_the_shares_of_a_stage_add_up(stage):
    assert sum(stage.shares.values()) == pytest.approx(1.0)


def test_indecent_conversations_are_drawn_again(monkeypatch):
    rng = random.Random(0)
    drawn = iter([Conversation(TALK.scene, (Turn("Bob", "s" + "hit"),), True, 0.1), TALK])
    monkeypatch.setattr(module, "draw_conversation", lambda _: next(drawn))
    assert module.draw(rng, {}, Stage(None, {"world": 1.0})) == TALK
