"""Which names a player may have, and when two of them look alike.

Letters of any script, digits, `_` and `-`; one script per name, but for the mixtures that languages really use.
After Unicode TR 39 (security mechanisms), with a small table of our own instead of the consortium's large one.
"""

from __future__ import annotations

import unicodedata

from nanoverse.chat.errors import ChatError
from nanoverse.protocol import MAX_NAME

MIN_NAME = 2
_MARKS = 2  # accents in a row; more would climb over the lines above

_LONGEST = 4 * MAX_NAME  # characters of a name before it is normalised

# What Unicode calls a letter or a mark though nothing is drawn for it, such as the selectors of variations.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)

_DIGITS = "0123456789"  # go with any script

# Scripts that are written together: the "highly restrictive" level of TR 39, section 5.2.
_TOGETHER = (
    {"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)

# Small letters (capitals are folded before) and digits onto the Latin letter that they, or their capitals, look like.
_LOOKS_LIKE = str.maketrans(
    {
        **dict(zip("01iı-", "olll_", strict=True)),
        **dict(zip("авекмнорстухіјѕһԁԛԝг", "abekmhopctyxljshdqwr", strict=True)),
        **dict(zip("αβεζηικμνορτυχωϳ", "abezhlkmnoptyxwj", strict=True)),
        **dict(zip("ɑɡɩʏ", "agly", strict=True)),
    }
)


def check(name: str) -> str:
    """The name as it is stored and shown; raises `ChatError` with one sentence if it is not allowed."""
    # Measured before it is normalised too: 100,000 characters are not worth the work.
    if not MIN_NAME <= len(name) <= _LONGEST or not MIN_NAME <= len(normal := _normal(name)) <= MAX_NAME:
        raise ChatError(f"A name has {MIN_NAME} to {MAX_NAME} characters.")
    marks = 0
    for character in normal:
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        if character in _INVISIBLE or not (category[0] in "LM" or category == "Nd" or character in "_-"):
            raise ChatError("A name consists of letters, digits, _ and -.")
        if marks > _MARKS:
            raise ChatError(f"A name has at most {_MARKS} accents on one letter.")
    scripts = {_script(character) for character in normal if character.isalnum() and character not in _DIGITS}
    if not any(character.isalpha() for character in normal) or unicodedata.category(normal[0])[0] == "M":
        raise ChatError("A name needs a letter, and no accent without one.")
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        raise ChatError("A name is written in one script; letters of several look too much alike.")
    return normal


def skeleton(name: str) -> str:
    """What two players' names must not share: equal for names that differ only in case or look alike. Of what is too
    long for a name only the beginning is looked at: 30,000 marks hold up the world for a second."""
    folded = _normal(_normal(name[: _LONGEST + 1]).casefold()).translate(_LOOKS_LIKE)
    return folded.replace("rn", "m").replace("vv", "w")


def _normal(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _script(character: str) -> str:
    """The first word of the Unicode name of a letter or digit is its script, as in CYRILLIC SMALL LETTER A."""
    script = unicodedata.name(character, "UNKNOWN").split()[0]
    return "ARABIC" if script in ("ARABIC-INDIC", "EXTENDED") else script  # EXTENDED ARABIC-INDIC DIGIT ZERO
