"""The wire: one table of messages, each with its fields and their bounds.

A message is a msgpack array `[kind, field, field, …]` in the order of the table. A frame from a client holds exactly
one message; a frame from the server holds one or more, back to back. What does not match the table is refused with a
sentence. The browser gets the same table from `describe()`, so no kind, field or limit is written down twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgpack

from nanoverse.limits import (
    CHEST_SLOTS,
    DIG_STAGES,
    EDGE,
    FACINGS,
    MAX_SCROLL,
    MAX_SIGN,
    MOST_WAY,
    SLOTS,
    UNIT,
)

VERSION = 3
# Bytes from a client; the longest message, a full text in four-byte characters, fits twice.
MAX_FRAME = 8 * 1024
MAX_TEXT = 500
MAX_WORDS = 100  # of a search
MAX_NAME = 20
MAX_WAITED = 10_000  # ms that a step is said to have waited
MOST_UNSAID = 1000  # messages that are gone, told at once
MOST_WAITING = 48  # messages of one client that it waits for an answer to
COORDINATE = EDGE  # tiles from the origin; further out the world ends
POSITION = EDGE * UNIT  # the same in units, as bodies are placed
ID = 2**53 - 1  # the largest integer that JavaScript holds exactly
COUNT = 2**31 - 1

NEARBY, WORLD, PRIVATE = 0, 1, 2  # channels
CHANNELS = ("nearby", "world", "private")
# A player's own words: what they said, what in their agent's stead, what elsewhere.
SAID, REWRITTEN, IMPORTED = 0, 1, 2
OWN_WORDS = ("said", "rewritten", "imported")
ASLEEP, PLAYER, AGENT = 0, 1, 2  # who drives a body
DRIVERS = ("asleep", "player", "agent")

# Close codes of ours; 4000 and up are free for applications (RFC 6455 section 7.4.2).
NOT_LOGGED_IN, ELSEWHERE, TOO_MANY, LOCKED = 4001, 4002, 4003, 4004


class ProtocolError(Exception):
    """A frame that the table does not allow; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `low` and `high` bound a number, or the length of a text, bytes or list (`of` its records)."""

    name: str
    kind: str  # int, text, bool, bytes or list
    low: int = 0
    high: int = 0
    of: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    kind: int
    name: str
    fields: tuple[Field, ...]


def _int(name: str, low: int = 0, high: int = ID) -> Field:
    return Field(name, "int", low, high)


def _text(name: str, high: int = MAX_TEXT, low: int = 0) -> Field:
    return Field(name, "text", low, high)


def _bool(name: str) -> Field:
    return Field(name, "bool")


def _bytes(name: str, high: int) -> Field:
    return Field(name, "bytes", 0, high)


def _list(name: str, *of: Field, high: int = 4096) -> Field:
    return Field(name, "list", 0, high, of)


# Numbered by the client, one series for inputs and requests; answered by done/refused.
_REF = _int("ref", 0, COUNT)
_TILE = (_int("x", -COORDINATE, COORDINATE), _int("y", -COORDINATE, COORDINATE))
_SPOT = (_int("x", -POSITION, POSITION), _int("y", -POSITION, POSITION))
_PACE = (_int("dx", -255, 255), _int("dy", -255, 255))
_CHUNK = (_int("cx", -COORDINATE, COORDINATE), _int("cy", -COORDINATE, COORDINATE))
_PLOT = _TILE  # counted in plots
_CHANNEL = _int("channel", 0, len(CHANNELS) - 1)
_SLOT = _int("slot", 0, SLOTS - 1)
_SLOTS = tuple(_int(name, 0, SLOTS - 1) for name in "ab")
# Those of the inventory, and then on from these those of the chest.
_SLOTS_BY_A_CHEST = tuple(_int(name, 0, SLOTS + CHEST_SLOTS - 1) for name in "ab")
_FACING = _int("facing", 0, FACINGS - 1)
_DRIVER = _int("driver", 0, len(DRIVERS) - 1)
_BODY = (
    _int("id"),
    _text("name", MAX_NAME),
    _int("look", 0, COUNT),
    *_SPOT,
    _FACING,
    _DRIVER,
    _int("held", 0, 255),
)
_SAID = (
    _int("id"),
    _CHANNEL,
    _int("sender"),
    _text("name", MAX_NAME),
    _int("to"),  # the other player of a private message, else 0
    _text("text"),
    _int("time"),  # milliseconds since 1970, UTC
    _bool("agent"),
    _int("version"),  # adapter version that wrote it; 0: a human, or the base model
    _int("likes", 0, COUNT),
    _int("dislikes", 0, COUNT),
    _int("mine", -1, 1),
    _bool("offers"),  # whether this client may ask for another answer
    # The message that this one replies to, with who said it and its beginning; 0, '', '': none.
    _int("quote"),
    _text("quoted_name", MAX_NAME),
    _text("quoted"),
)

CLIENT = (
    # What a body does: the inputs of the world.
    Message(1, "move", (_REF, _int("dx", -1, 1), _int("dy", -1, 1))),
    Message(2, "dig", (_REF, *_TILE)),
    Message(3, "stop", (_REF,)),
    Message(4, "place", (_REF, *_TILE, _SLOT)),
    Message(5, "select", (_REF, _SLOT)),
    Message(6, "craft", (_REF, _int("recipe", 0, COUNT))),
    Message(7, "swap", (_REF, *_SLOTS)),
    Message(33, "split", (_REF, *_SLOTS)),
    Message(34, "stow", (_REF, *_TILE, *_SLOTS_BY_A_CHEST, _bool("half"))),
    Message(32, "use", (_REF, *_TILE)),
    Message(44, "eat", (_REF,)),  # what is in the hand
    Message(72, "paint", (_REF, *_TILE, _int("colour", 0, 255))),  # with the brush in the hand
    Message(36, "write", (_REF, *_TILE, _text("text", MAX_SIGN))),
    Message(70, "hide", (_REF, *_TILE, _text("text", MAX_SCROLL))),
    Message(71, "recover", (_REF, _int("scroll"))),  # a hidden scroll
    Message(35, "return", (_REF,)),
    Message(41, "claim", (_REF, *_TILE)),
    Message(42, "release", (_REF, *_TILE)),
    Message(43, "allow", (_REF, _int("peer"), _bool("allowed"))),
    # For a way there, which the client walks; answered by `way`.
    Message(8, "go", (_REF, *_TILE)),
    # What stands on this sign; answered by `sign`.
    Message(37, "look", _TILE),
    # One's own agent drives while one watches; any input, and talking, takes the wheel back as well.
    Message(80, "drive", (_REF, _bool("on"))),
    # What is said, and what one makes of it; `reply` is `say` with a quote.
    Message(10, "say", (_REF, _CHANNEL, _int("to"), _text("text", low=1))),
    Message(53, "reply", (_REF, _CHANNEL, _int("to"), _text("text", low=1), _int("quote"))),
    Message(11, "typing", (_CHANNEL, _int("to"))),
    Message(13, "history", (_REF, _CHANNEL, _int("peer"), _int("before"))),
    Message(14, "read", (_CHANNEL, _int("peer"), _int("message"))),
    Message(54, "search", (_REF, _text("words", MAX_WORDS, low=1), _int("before"))),
    Message(12, "react", (_REF, _int("message"), _int("value", -1, 1))),
    Message(15, "another", (_REF, _int("message"))),
    Message(16, "pick", (_REF, _int("message"), _int("draft"))),
    # Other players.
    Message(19, "people", (_REF,)),
    # Ask somebody or say yes to them; else say no, take the asking back, or part.
    Message(81, "befriend", (_REF, _int("peer"), _bool("wanted"))),
    Message(51, "shun", (_REF, _int("peer"), _int("level", 0, 2))),  # 0: hear them, 1: mute, 2: block
    # Message 0: the player in general.
    Message(52, "report", (_REF, _int("peer"), _int("message"), _text("reason", low=1))),
    Message(73, "report_scroll", (_REF, _int("scroll"), _text("reason", low=1))),  # one that was found
    # One's own agent: what it said, and what one would have said instead.
    Message(18, "agent_words", (_REF, _int("before"))),
    Message(17, "correct", (_REF, _int("message"), _text("text", low=1))),
    Message(50, "take_back", (_REF, _int("message"))),
    # What it only drafted: said as it stands (by the agent), changed (by the player), or '': thrown away.
    Message(55, "send_draft", (_REF, _int("draft"), _text("text"))),
    # Whether it may learn from private words; `done`: 1 if both allow it now, else 0.
    Message(20, "consent", (_REF, _int("peer"), _bool("allowed"))),
    # One's own words, and having them forgotten: one message, all that was said to somebody (`done` tells how many),
    # or what one would have said instead of one's agent.
    Message(63, "own_words", (_REF, _int("kind", 0, len(OWN_WORDS) - 1), _int("before"))),
    Message(61, "forget_message", (_REF, _int("message"))),
    Message(62, "forget_person", (_REF, _int("peer"))),
    Message(64, "forget_rewrite", (_REF, _int("message"))),
    # The line itself.
    Message(30, "ping", (_int("time"),)),
    # Of a spectator: look from this chunk, or from where this body is.
    Message(90, "watch", (_REF, *_CHUNK)),
    Message(91, "follow", (_REF, _int("body"))),
)

SERVER = (
    Message(
        1,
        "welcome",
        (
            # These two stay the first: by them a page of any age sees whether its tables are the server's.
            _int("version", 0, 255),
            _text("edition", 16),
            _int("you"),  # 0: a spectator, who has no body and looks from this place
            _text("name", MAX_NAME),
            _bool("admin"),
            _int("tick"),
            *_SPOT,
        ),
    ),
    # Ground and blocks of one chunk, row by row, as run-length pairs of bytes: length − 1, block id;
    # the paint likewise, by colour, or nothing where nothing is painted.
    Message(2, "chunk", (*_CHUNK, _bytes("ground", 4096), _bytes("blocks", 4096), _bytes("paint", 4096))),
    Message(3, "forget", _CHUNK),
    Message(4, "bodies", (_list("bodies", *_BODY),)),
    # A body left the chunk of this message for another; who does not watch that one forgets the body.
    Message(5, "left", (_int("id"), *_CHUNK)),
    Message(6, "gone", (_int("id"),)),
    # Where bodies are in this tick, and the units that each goes with each tick from then on, until told anew.
    Message(7, "moves", (_int("tick"), _list("moves", _int("id"), *_SPOT, _FACING, *_PACE))),
    # After the client's input `ref`, the server has it here. The oldest step that was taken in this tick had waited so
    # many milliseconds for it.
    Message(8, "you", (_REF, *_SPOT, _int("waited", 0, MAX_WAITED))),
    Message(9, "block", (*_TILE, _int("layer", 0, 2), _int("block", 0, 255), _int("by"))),
    Message(10, "digging", (_int("id"), *_TILE, _int("stage", 0, DIG_STAGES))),  # 0: no longer
    Message(
        11,
        "inventory",
        (
            _SLOT,  # the selected one
            _list("slots", _int("block", 0, 255), _int("count", 0, COUNT), high=SLOTS),
        ),
    ),
    Message(12, "driver", (_int("id"), _DRIVER, _int("held", 0, 255))),
    # Day: 0 midnight, 32768 noon.
    Message(13, "clock", (_int("tick"), _int("day", 0, 65535), _text("weather", 16))),
    # The tiles to step on, one after the other; if it does not arrive, the rest is to be asked for at its end.
    Message(14, "way", (_REF, _list("tiles", *_TILE, high=MOST_WAY), _bool("arrives"))),
    Message(20, "done", (_REF, _int("id"))),  # committed; id: the message made, else 0
    Message(21, "refused", (_REF, _text("reason"))),
    Message(22, "said", _SAID),
    Message(23, "typing", (_CHANNEL, _int("sender"), _text("name", MAX_NAME))),
    Message(
        24,
        "reaction",
        (
            _int("message"),
            _int("likes", 0, COUNT),
            _int("dislikes", 0, COUNT),
            _int("by"),
            _int("value", -1, 1),
        ),
    ),
    Message(
        25,
        "history",
        (
            _REF,
            _CHANNEL,
            _int("peer"),
            _text("name", MAX_NAME),  # of the peer of a private talk, else ''
            _list("messages", *_SAID),
            _bool("more"),
        ),
    ),
    Message(
        26,
        "unread",
        (
            _list(
                "unread",
                _CHANNEL,
                _int("peer"),
                _text("name", MAX_NAME),
                _int("count", 0, COUNT),
                _int("mentions", 0, COUNT),  # of them
            ),
        ),
    ),
    Message(27, "drafts", (_int("message"), _list("drafts", _int("id"), _text("text"), high=8))),
    Message(28, "replaced", (_int("message"), _text("text"))),  # another answer was picked
    Message(
        29,
        "agent_words",
        (
            _REF,
            _list("words", *_SAID, _int("asked"), _text("prompted_by"), _text("correction")),
            _bool("more"),
        ),
    ),
    Message(
        30,
        "people",
        (_REF, _list("people", _int("id"), _text("name", MAX_NAME), _DRIVER, high=100_000)),
    ),
    Message(31, "agent", (_text("state", 16), _text("note"))),  # the model: loading, ready or failed, and why
    Message(
        32,
        "chest",
        (*_TILE, _list("slots", _int("block", 0, 255), _int("count", 0, COUNT), high=CHEST_SLOTS)),
    ),
    Message(33, "home", (*_TILE, _bool("known"))),  # of the client's own body
    Message(35, "fed", (_int("ticks", 0, COUNT),)),  # likewise: for how long its last meal still lasts
    Message(34, "sign", (*_TILE, _text("text", MAX_SIGN), _text("by", MAX_NAME))),
    Message(40, "pong", (_int("time"), _int("tick"))),
    # Whose the plots of one chunk are: all of them that somebody has claimed.
    Message(41, "plots", (*_CHUNK, _list("plots", *_PLOT, _int("owner"), _text("name", MAX_NAME), high=4))),
    # The client's own land; its guests may build there, and it may build on its hosts'.
    Message(
        42,
        "land",
        (
            _list("plots", *_PLOT),
            _list("guests", _int("id"), _text("name", MAX_NAME)),
            _list("hosts", _int("id"), _text("name", MAX_NAME)),
            *_TILE,  # the middle of the commons …
            _int("commons", 0, 256),  # … and how many tiles they reach from there
        ),
    ),
    # What the client has come upon, once it is committed: a scroll, biome, place or ruin, and what it counts.
    Message(
        70,
        "discovered",
        (
            _text("kind", 16),
            _text("name", 64),
            _text("text", MAX_SCROLL),
            _text("by", MAX_NAME),
            *_TILE,
            _int("points", 0, 255),
        ),
    ),
    Message(50, "taken_back", (_int("message"),)),  # there is no such message any more
    # What somebody said is forgotten: there are no such messages, and no quotes of them.
    Message(61, "unsaid", (_list("messages", _int("id"), high=MOST_UNSAID),)),
    # What one's agent may learn from, the newest first; `said`: what a rewrite is in the stead of.
    Message(
        62,
        "own_words",
        (
            _REF,
            _list("words", _int("id"), _CHANNEL, _text("text"), _int("time"), _text("said")),
            _bool("more"),
        ),
    ),
    Message(60, "forgotten", (_int("player"),)),  # an account is gone, and all that it said
    # 0: asked by the player, 1: asks the player, 2: a friend
    Message(81, "friends", (_list("friends", _int("id"), _text("name", MAX_NAME), _int("state", 0, 2)),)),
    Message(51, "shunned", (_list("shunned", _int("id"), _text("name", MAX_NAME), _bool("blocked")),)),
    # Before: where to go on, 0: nowhere.
    Message(52, "found", (_REF, _list("messages", *_SAID), _int("before"))),
)

_CLIENT_BY_KIND = {m.kind: m for m in CLIENT}
_SERVER_BY_NAME = {m.name: m for m in SERVER}
_pack = msgpack.Packer(autoreset=True).pack


def encode(name: str, *values: Any) -> bytes:
    """One server message; `values` in the order of the table. Not checked: the server is its only author, and the
    tests hold every call against the table with `check`."""
    packed: bytes = _pack((_SERVER_BY_NAME[name].kind, *values))
    return packed


def decode(frame: bytes) -> tuple[str, dict[str, Any]]:
    """A client's frame as name and fields; raises `ProtocolError` for whatever the table does not allow."""
    if len(frame) > MAX_FRAME:
        raise ProtocolError(f"A frame may have {MAX_FRAME} bytes, not {len(frame)}.")
    try:
        raw = msgpack.unpackb(
            frame,
            max_array_len=16,
            max_map_len=0,
            max_str_len=MAX_FRAME,
            max_bin_len=0,
            max_ext_len=0,
            strict_map_key=True,
        )
    except Exception as error:  # msgpack raises a dozen types, RecursionError-like ones among them
        raise ProtocolError("The frame is not one msgpack message.") from error
    if not isinstance(raw, list) or not raw or type(raw[0]) is not int:
        raise ProtocolError("A message is an array that starts with its kind.")
    message = _CLIENT_BY_KIND.get(raw[0])
    if message is None:
        raise ProtocolError(f"There is no message of kind {raw[0]}.")
    return message.name, check(message, raw[1:])


def check(message: Message, values: Sequence[Any]) -> dict[str, Any]:
    """The values by field name; raises `ProtocolError` for a wrong number, type or range."""
    if len(values) != len(message.fields):
        raise ProtocolError(f"{message.name} takes {len(message.fields)} fields, not {len(values)}.")
    for field, value in zip(message.fields, values, strict=True):
        _check_field(message.name, field, value)
    return {field.name: value for field, value in zip(message.fields, values, strict=True)}


_PYTHON_TYPES: dict[str, Any] = {
    "int": int,
    "text": str,
    "bool": bool,
    "bytes": bytes,
    "list": (list, tuple),
}


def _check_field(message: str, field: Field, value: Any) -> None:
    expected = _PYTHON_TYPES[field.kind]
    if not isinstance(value, expected) or (field.kind == "int" and isinstance(value, bool)):
        raise ProtocolError(f"{message}.{field.name} must be of type {field.kind}.")
    if field.kind == "bool":
        return
    size = value if field.kind == "int" else len(value)
    if not field.low <= size <= field.high:
        what = "" if field.kind == "int" else "length of "
        raise ProtocolError(
            f"The {what}{message}.{field.name} must be from {field.low} to {field.high}, not {size}."
        )
    if field.kind == "list":
        for record in value:
            if not isinstance(record, (list, tuple)) or len(record) != len(field.of):
                raise ProtocolError(f"Each of {message}.{field.name} must have {len(field.of)} fields.")
            for part, item in zip(field.of, record, strict=True):
                _check_field(f"{message}.{field.name}", part, item)


def describe() -> dict[str, Any]:
    """The table as plain data for the browser and the documentation."""

    def fields(of: Sequence[Field]) -> list[Any]:
        return [[f.name, f.kind, f.low, f.high, fields(f.of)] for f in of]

    return {
        "version": VERSION,
        "most_waiting": MOST_WAITING,
        "closed": {
            "not_logged_in": NOT_LOGGED_IN,
            "elsewhere": ELSEWHERE,
            "too_many": TOO_MANY,
            "locked": LOCKED,
        },
        "client": {m.name: [m.kind, fields(m.fields)] for m in CLIENT},
        "server": {m.name: [m.kind, fields(m.fields)] for m in SERVER},
    }
