"""What a message may consist of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from nanoverse.chat.errors import ChatError
from nanoverse.protocol import MAX_TEXT

_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
# Controls but the newline, halves of surrogate pairs, and what turns the direction of the text around it.
_UNWANTED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # nothing is drawn for these either, whatever Unicode calls them
_MARKS = 8  # accents in a row, as Burmese has them; with more they would climb over the lines above


def clean(text: str) -> str:
    """The text as it is stored and shown; raises `ChatError` if it is empty or too long."""
    cleaned = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text).replace("\t", " ")).strip()
    if len(cleaned) > MAX_TEXT:
        raise ChatError(f"A message may have {MAX_TEXT} characters, not {len(cleaned)}.")
    kinds = [unicodedata.category(character)[0] for character in cleaned]
    if all(kind in "ZCM" or character in _BLANK for kind, character in zip(kinds, cleaned, strict=True)):
        raise ChatError("There is nothing in this message.")
    return cleaned if cleaned.isascii() else _with_few_marks(cleaned, kinds)


def _with_few_marks(text: str, kinds: list[str]) -> str:
    kept, marks = [], 0
    for kind, character in zip(kinds, text, strict=True):
        if kind != "C":  # a joiner between two of them changes nothing
            marks = marks + 1 if kind == "M" else 0
        if kind != "M" or marks <= _MARKS:
            kept.append(character)
    return "".join(kept)


def mentions(text: str, name: str, longer: Collection[str] = ()) -> bool:
    """Whether a text says @name, in any case, and not only the beginning of a longer name: of one of these, that go on
    with a "-" or a mark, or of any that goes on with a letter."""
    text, wanted = text.casefold(), f"@{name.casefold()}"
    others = tuple(f"@{one.casefold()}" for one in longer)
    at = text.find(wanted)
    while at >= 0:
        after = text[at + len(wanted) : at + len(wanted) + 1]
        if not (after.isalnum() or after == "_" or text.startswith(others, at)):
            return True
        at = text.find(wanted, at + 1)
    return False
