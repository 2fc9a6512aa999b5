"""A training row is, token for token, what serving would have produced."""

from __future__ import annotations

from tiny_talker import SCENE, talk, tokenizer

from nanoverse.learning.dialogue import Turn, messages, prompt_from_json, prompt_ids, prompt_to_json
from nanoverse.learning.examples import Example
from nanoverse.learning.rows import IGNORED, Tokens


def test_a_row_is_the_serving_prompt_then_the_reply_and_its_end_of_turn() -> None:
    (example,) = talk(1)
    row = Tokens(tokenizer(), 448).row(example)
    assert list(row.ids[: row.prompt]) == prompt_ids(tokenizer(), example.scene, example.turns, 448)
    assert tokenizer().decode(row.ids[row.prompt :]) == example.reply + "<end_of_turn>"


def test_a_row_equals_the_template_applied_to_the_whole_conversation() -> None:
    (example,) = talk(1)
    whole = [*messages(example.scene, example.turns), {"role": "assistant", "content": example.reply}]
    ids = tokenizer().apply_chat_template(whole, tokenize=True, return_dict=False)
    row = Tokens(tokenizer(), 448).row(example)
    assert list(row.ids) == ids[: len(row)]
    assert tokenizer().decode(ids[len(row) :]).strip() == ""


def test_only_the_reply_and_its_end_carry_loss() -> None:
    row = Tokens(tokenizer(), 448).rows(talk(1))[0]
    assert set(row.labels[: row.prompt]) == {IGNORED}
    assert row.labels[row.prompt :] == row.ids[row.prompt :]


def test_a_long_talk_loses_its_oldest_turns_but_the_row_keeps_the_whole_reply() -> None:
    turns = tuple(Turn("Bob", f"line {i} of a very long talk") for i in range(60))
    tokens = Tokens(tokenizer(), 200)
    row = tokens.row(Example(SCENE, turns, "yes indeed"))
    prompt = tokenizer().decode(row.ids[: row.prompt])
    assert row.prompt <= 200
    assert "line 59 of" in prompt and "line 0 of" not in prompt
    assert tokenizer().decode(row.ids[row.prompt :]) == "yes indeed<end_of_turn>"


def test_a_reply_longer_than_any_prompt_is_cut_and_not_ended() -> None:
    reply = Tokens(tokenizer(), 64).reply("möwe " * 100)
    assert len(reply) == 64
    assert "<end_of_turn>" not in tokenizer().decode(reply)


def test_a_prompt_survives_being_kept_as_json() -> None:
    (example,) = talk(1)
    assert prompt_from_json(prompt_to_json(example.scene, example.turns)) == (example.scene, example.turns)
