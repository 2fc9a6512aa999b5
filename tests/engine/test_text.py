"""Text comes out as early as it is certain, and the pieces make up the whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from nanoverse.engine.text import HALF_A_CHARACTER, TextStream
from tests.engine.small_model import save_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder: Path = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder)
    return AutoTokenizer.from_pretrained(folder)


def stream(tokenizer: object, text: str, stop: tuple[str, ...] = ()) -> tuple[list[str], bool]:
    """The pieces, one per token and one for the end, and whether a stop string was met."""
    ids = tokenizer.encode(text, add_special_tokens=False)  # type: ignore[attr-defined]
    out = TextStream(tokenizer.backend_tokenizer, stop)  # type: ignore[attr-defined]
    pieces = []
    for token in ids:
        pieces.append(out.push(token))
        if out.stopped:
            return pieces, True
    return [*pieces, out.finish()], out.stopped


def test_every_letter_comes_at_once(tokenizer: object) -> None:
    assert stream(tokenizer, "hello")[0] == ["h", "e", "l", "l", "o", ""]


def test_a_character_of_several_tokens_comes_whole(tokenizer: object) -> None:
    assert stream(tokenizer, "é!")[0] == ["", "é", "!", ""]


@given(text=st.text(max_size=30))
@example("\ufffd!")
@example("a\ufffd\ufffd")
def test_the_pieces_make_up_the_text(tokenizer: object, text: str) -> None:
    """But for the replacement character at its very end, which looks like half of another."""
    assert "".join(stream(tokenizer, text)[0]) == text.rstrip(HALF_A_CHARACTER)


def test_a_stop_string_ends_the_text_before_it(tokenizer: object) -> None:
    pieces, stopped = stream(tokenizer, "one two three", stop=("tw", "nope"))
    assert ("".join(pieces), stopped) == ("one ", True)


def test_what_may_become_a_stop_string_is_held_back_until_it_cannot(tokenizer: object) -> None:
    pieces, stopped = stream(tokenizer, "a<b<end", stop=("<end>",))
    assert pieces == ["a", "", "<b", "", "", "", "", "<end"]
    assert not stopped


def test_half_a_character_at_the_end_is_left_out(tokenizer: object) -> None:
    ids = tokenizer.encode("aé", add_special_tokens=False)[:-1]  # type: ignore[attr-defined]
    out = TextStream(tokenizer.backend_tokenizer, ())  # type: ignore[attr-defined]
    assert [out.push(token) for token in ids] + [out.finish()] == ["a", "", ""]


def test_special_tokens_have_no_text(tokenizer: object) -> None:
    out = TextStream(tokenizer.backend_tokenizer, ())  # type: ignore[attr-defined]
    assert out.push(2) + out.push(1) + out.finish() == ""
