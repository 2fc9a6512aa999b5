import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2.exceptions import TemplateError
from transformers import AutoTokenizer

from nanoverse.learning.dialogue import Scene, Turn, messages, prompt_ids
from nanoverse.starter.tokenizer import SPECIAL


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_comes_back_as_it_was(tokenizer, text):
    if any(mark in text for mark in SPECIAL.values()):
        return
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert tokenizer.decode(ids) == text


def test_every_script_and_emoji_can_be_encoded(tokenizer):
    text = "Grüße, 你好, здравствуй, مرحبا, 🦊🏳️‍🌈 \x00~"
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_the_chat_format_is_gemmas(tokenizer):
    chat = [
        {"role": "system", "content": "Facts."},
        {"role": "user", "content": "Bob: hi "},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Bob: bye"},
    ]
    text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert text == (
        "<bos><start_of_turn>user\nFacts.\n\nBob: hi<end_of_turn>\n<start_of_turn>model\nHello<end_of_turn>\n"
        "<start_of_turn>user\nBob: bye<end_of_turn>\n<start_of_turn>model\n"
    )


@pytest.mark.parametrize(
    "roles", [["assistant"], ["user", "user"], ["user", "assistant", "assistant"], ["user", "tool"]]
)
def test_roles_out_of_turn_are_refused(tokenizer, roles):
    with pytest.raises(TemplateError, match="take turns"):
        tokenizer.apply_chat_template([{"role": role, "content": "x"} for role in roles], tokenize=False)


def test_a_prompt_begins_once_and_ends_where_the_model_answers(tokenizer):
    scene = Scene(name="Mia", place="Hollow Ford")
    ids = prompt_ids(tokenizer, scene, [Turn("Bob", "where are you?")], limit=200)
    assert ids.count(tokenizer.bos_token_id) == 1
    assert tokenizer.decode(ids).endswith("Bob: where are you?<end_of_turn>\n<start_of_turn>model\n")


def test_it_loads_as_any_tokenizer_does(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    chat = messages(Scene(name="Mia"), [Turn("Bob", "hi~ 🦊")])
    assert loaded.apply_chat_template(chat, tokenize=False) == tokenizer.apply_chat_template(
        chat, tokenize=False
    )
    assert loaded.pad_token == "<pad>"
    assert loaded.eos_token == "<eos>"
    assert len(loaded) == len(tokenizer)
