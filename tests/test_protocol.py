"""The wire's table refuses whatever it does not declare, in a sentence, and costs little to refuse."""

import dataclasses
import json

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse import limits, protocol
from nanoverse.protocol import ProtocolError
from nanoverse.world.inputs import INPUTS


def frame(*values: object) -> bytes:
    return msgpack.packb(values)


def test_a_message_comes_back_by_name_and_fields() -> None:
    assert protocol.decode(frame(1, 7, -1, 1)) == ("move", {"ref": 7, "dx": -1, "dy": 1})
    assert protocol.decode(frame(10, 1, protocol.WORLD, 0, "שלום")) == (
        "say",
        {"ref": 1, "channel": 1, "to": 0, "text": "שלום"},
    )


@pytest.mark.parametrize(
    "wrong",
    [
        frame(1, 7, -1),  # a field is missing
        frame(1, 7, -1, 1, 1),  # one too many
        frame(1, 7, -2, 1),  # out of range
        frame(1, 7, 0.5, 1),  # not a whole number
        frame(1, True, 0, 1),  # a truth value is no number
        frame(10, 1, 1, 0, ""),  # nothing said
        frame(10, 1, 1, 0, "x" * (protocol.MAX_TEXT + 1)),
        frame(10, 1, 1, 0, b"bytes"),
        frame(7, 1, 0, limits.SLOTS),  # a slot that no inventory has
        frame(34, 1, 0, 0, 0, limits.SLOTS + limits.CHEST_SLOTS, False),  # nor a chest
        frame(20, 1, 1, 1),  # a number is no truth value
        frame(99),
        frame("move", 1, 0, 0),
        msgpack.packb({1: 2}),
        msgpack.packb([1, 7, [0], 1]),
        msgpack.packb(5),
        b"",
        b"\xc1",
        frame(1, 7, 0, 0) + b"\x00",  # two messages in one frame
        b"\x91" * 4000,  # nested lists
        b"\xdd\xff\xff\xff\xff",  # a list that claims four billion items
        b"\xc6\xff\xff\xff\xff",  # bytes that claim four gigabytes
        b"\x00" * (protocol.MAX_FRAME + 1),
    ],
)
def test_what_the_table_does_not_allow_is_refused_with_a_sentence(wrong: bytes) -> None:
    with pytest.raises(ProtocolError) as refusal:
        protocol.decode(wrong)
    assert str(refusal.value).endswith(".")


@given(st.binary(max_size=200))
def test_no_bytes_make_anything_but_a_message_or_a_refusal(raw: bytes) -> None:
    try:
        name, fields = protocol.decode(raw)
    except ProtocolError:
        return
    assert name in {message.name for message in protocol.CLIENT} and isinstance(fields, dict)


def test_lists_are_checked_record_by_record() -> None:
    moves = next(message for message in protocol.SERVER if message.name == "moves")
    assert protocol.check(moves, [1, [[5, 0, 0, 3, 58, -58]]]) == {
        "tick": 1,
        "moves": [[5, 0, 0, 3, 58, -58]],
    }
    with pytest.raises(ProtocolError, match=r"moves\.moves\.facing"):
        protocol.check(moves, [1, [[5, 0, 0, 4, 0, 0]]])
    with pytest.raises(ProtocolError, match="6 fields"):
        protocol.check(moves, [1, [[5, 0, 0]]])


def test_kinds_and_names_are_unique_on_each_side() -> None:
    for side in (protocol.CLIENT, protocol.SERVER):
        assert len({message.kind for message in side}) == len(side) == len({message.name for message in side})


def test_every_input_of_the_world_is_a_message_with_the_same_fields() -> None:
    messages = {message.name: [field.name for field in message.fields] for message in protocol.CLIENT}
    for name, kind in INPUTS.items():
        assert messages[name] == [field.name for field in dataclasses.fields(kind)]


def test_the_longest_text_fits_into_a_frame_in_any_script() -> None:
    name, fields = protocol.decode(frame(10, 1, 0, 0, "🌍" * protocol.MAX_TEXT))
    assert name == "say" and len(fields["text"]) == protocol.MAX_TEXT


def test_the_browser_gets_the_whole_table() -> None:
    table = json.loads(json.dumps(protocol.describe()))
    assert set(table["client"]) == {message.name for message in protocol.CLIENT}
    assert set(table["server"]) == {message.name for message in protocol.SERVER}
    assert table["client"]["move"] == [
        1,
        [["ref", "int", 0, protocol.COUNT, []], ["dx", "int", -1, 1, []], ["dy", "int", -1, 1, []]],
    ]


def test_a_page_of_any_age_can_read_which_tables_the_server_goes_by() -> None:
    welcome = next(message for message in protocol.SERVER if message.name == "welcome")
    assert (welcome.kind, [field.name for field in welcome.fields[:2]]) == (1, ["version", "edition"])


def test_a_step_of_one_body_takes_less_than_a_hundred_bytes() -> None:
    far = protocol.POSITION
    assert len(protocol.encode("moves", 2**40, [(2**40, far, -far, 3, -58, 58)])) < 100
