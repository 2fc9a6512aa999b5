"""What somebody proposes to another in plain English, and whether the other says yes to it.

Only a small set of proposals is known, each by its own words, and only English. What comes of one is a phrase of a few
words for a scene, in the words that the starter has learnt (`starter/scenes.py`); it is read by a model and by nothing
else, and asks nothing of the world.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nanoverse.learning.cleaning import unfit
from nanoverse.learning.dialogue import one_line
from nanoverse.world.blocks import BY_ID

LONGEST = 80  # characters of what is agreed
_LONGEST_YES = 100  # characters; who says more says more than yes

_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_GOODS = frozenset(
    word for block in BY_ID.values() for word in (block.name, block.name.rsplit(" ", maxsplit=1)[-1])
)

_OPENERS = "hey|hi|hello|ok|okay|so|and|then|well|oh|yes|now|maybe|please|pls"
_LEAD = (  # only a clause that begins so: "you did not meet me at the lake" proposes nothing
    rf"(?:^|[.,;:!?…])\s*(?:(?:{_OPENERS})\b[\s,]*){{0,3}}(?:(?:can|could|will|would) (?:you|u) )?(?:(?:please|pls) )?"
)
_LET = "(?:let'?s|let us|shall we|we should|we could|(?:can|could) we|do you (?:want to|wanna)|wanna|how about we)"
_HOUR = "noon|midday|night|midnight|dawn|dusk|sunrise|sunset"
_PART = "(?:the|this) (?:morning|afternoon|evening|night)"
_TIME = (
    "(?:tomorrow(?: (?:morning|evening|night|afternoon|at noon))?|tonight|today|now|later|soon"
    rf"|at (?:{_HOUR})|(?:in )?{_PART})"
)
_TIMES = (  # what of it is kept, as the starter knows it
    ("tomorrow", "tomorrow"),
    ("night|midnight|tonight", "at night"),
    ("evening|dusk|sunset", "in the evening"),
    ("morning|dawn|sunrise", "in the morning"),
    ("noon|midday", "at noon"),
)
_STOP = (
    "and|or|to|with|when|if|so|but|for|then|because|please|pls|that|which|who|you|u|i|we|me|us|not|after|before|until"
    "|ok|okay|together"
)
_END = rf"(?=\s*(?:[^\w\s'-]|$)| (?:{_STOP}|{_TIME})\b)"
_WORD = rf"(?!(?:{_STOP})\b)[^\W_][\w'-]{{0,19}}"
_PLACE = rf"(?:(?:at|in|near|by|on) (?!(?:{_HOUR}|{_PART})\b)(?P<place>{_WORD}(?: {_WORD}){{0,4}}?)|(?P<here>here))"
_TO_PLACE = rf"to (?P<place>{_WORD}(?: {_WORD}){{0,4}}?)"
_THEN = rf"(?: (?P<after>{_TIME}))?{_END}"
_COUNT = rf"\d{{1,3}}|an?|some|the|{'|'.join(_NUMBERS)}"
_GOODS_OF = rf"(?P<goods>{_WORD}(?: {_WORD}){{0,2}}?)"
_THING = rf"(?:(?P<count>{_COUNT}) )?{_GOODS_OF}(?! for (?:{_COUNT})\b){_END}"
_PRICE = rf"for (?P<price_count>{_COUNT}) (?P<price>{_WORD}(?: {_WORD}){{0,2}}?){_END}"
_FOR_A_PRICE = rf"(?P<count>{_COUNT}) {_GOODS_OF} {_PRICE}"
_BUILDING = rf"(?P<building>(?:an?|the|my|our|your) {_WORD}(?: {_WORD}){{0,2}}?)(?:(?= (?:at|in|near|by|on)\b)|{_END})"

_MEET = "meet {other} at {place}{time}"
_BUILD = "build {building} with {other}"
_DIG = "dig {goods} with {other}"
_GO = "go to {place} with {other}"
_SELL = "trade {count}{goods} for {price_count}{price}"
_BUY = "trade {price_count}{price} for {count}{goods}"
# How each is proposed, and what it comes to for who proposes it and for who says yes.
_KINDS = tuple(
    (re.compile(_LEAD + pattern, re.I), proposers, accepters)
    for pattern, proposers, accepters in (
        (
            rf"(?:{_LET} )?meet(?: me| us| up| again)?(?: (?P<before>{_TIME}))? {_PLACE}{_THEN}",
            _MEET,
            _MEET,
        ),
        (rf"see you(?: (?P<before>{_TIME}))? {_PLACE}{_THEN}", _MEET, _MEET),
        (rf"come (?:over )?{_TO_PLACE}{_THEN}", _MEET, _MEET),
        (rf"wait(?: for me)? {_PLACE}{_THEN}", _MEET, "wait at {place}"),
        (rf"i(?:'ll| will) wait(?: for you)? {_PLACE}{_THEN}", "wait at {place}", _MEET),
        (rf"(?P<verb>bring|give) me {_THING}", "", "{verb} {other} {count}{goods}"),
        (rf"i(?:'ll| will| can) (?P<verb>bring|give) you {_THING}", "{verb} {other} {count}{goods}", ""),
        (rf"(?:i(?:'ll| will| can) (?:give|bring|trade) you|{_LET} trade) {_FOR_A_PRICE}", _SELL, _BUY),
        (rf"(?:give|bring|trade) me {_FOR_A_PRICE}", _BUY, _SELL),
        (rf"help me (?:to )?build {_BUILDING}", _BUILD, "help {other} build {building}"),
        (rf"{_LET} build {_BUILDING}", _BUILD, _BUILD),
        (rf"(?:help me (?:to )?|{_LET} )(?:dig|mine)(?: for)? {_THING}", _DIG, _DIG),
        (rf"(?:{_LET} go|come with me) {_TO_PLACE}{_THEN}", _GO, _GO),
        (rf"show me the way {_TO_PLACE}{_THEN}", "", "show {other} the way to {place}"),
    )
)
_VAGUE = re.compile(r"\b(?:my|your|his|her|their|here|there|it|this|somewhere|anywhere)\b", re.I)

_YES = re.compile(
    r"(?<!\w)(?:y+e+s+|yea+h*|ye[pa]+|yup|aye|o+k+(?:a+y+|ey)?|k+|sure(?: thing)?|deal|agreed|fine|all ?right|of course"
    r"|gladly|with pleasure|absolutely|definitely|certainly|perfect|(?:good|great|nice) idea"
    r"|sounds (?:good|great|fine)|will do|count me in|no problem|np|it'?s a deal|let'?s do (?:it|that)"
    r"|see you (?:there|then)|(?:i(?:'ll| will)(?: come| be there| do (?:it|that))?|i'?m in|why not)(?=\W*$))\b",
    re.I,
)
_NO = re.compile(
    r"\b(?:no|nope|nah|not|never|but|if|unless|until|maybe|perhaps|instead|rather|sorry|busy|cannot|cant|dont|wont|\w+n't)\b"
    r"|\?",
    re.I,
)
_OVER = re.compile(
    r"\W*(?:never ?mind|forget (?:about )?(?:it|that)|let'?s not|(?:let'?s )?(?:call it off|cancel (?:it|that))"
    r"|(?:it'?s |all |we'?re |i'?m )?done|(?:we|i) did it|here you (?:go|are))(?:,? (?:then|now|please|sorry))?\W*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What it comes to for each of the two, e.g. "meet Bob at Hollow Ford tomorrow"; "": nothing for that one."""

    proposer: str
    accepter: str


def proposal(text: str, proposer: str, accepter: str, here: str = "") -> Proposal | None:
    """What `proposer` asks of `accepter` in a message; `here` is where the former stood, if that is known."""
    text = _plain(text, accepter)
    for pattern, proposers, accepters in _KINDS:
        if (found := pattern.search(text)) and (facts := _facts(found, here)):
            return _worded(facts, proposer, accepter, proposers, accepters)
    return None


def may_settle(text: str) -> bool:
    """Whether a message can be a yes, or say that something is over, whoever it is for: most are neither."""
    return len(text) <= _LONGEST_YES and bool(_YES.search(text) or _OVER.search(text))


def says_yes(text: str, to: str) -> bool:
    """Whether a message to somebody of this name is a plain yes, with no if and no but."""
    text = re.sub(r"^\W+", "", _plain(text, to))
    found = _YES.match(text)
    return found is not None and len(text) <= _LONGEST_YES and not _NO.search(text, found.end())


def says_it_is_over(text: str, to: str) -> bool:
    """Whether a message to somebody of this name says that what was agreed is off, or done."""
    return _OVER.fullmatch(_plain(text, to)) is not None


def _plain(text: str, name: str) -> str:
    """One line with single spaces and straight apostrophes, in which the one spoken to is not called by their name."""
    words = one_line(text).replace("’", "'").split()
    called = f"@{name}".casefold()
    for at, word in enumerate(words):
        bare = word.rstrip(",.:;!?")
        if f"@{bare.lstrip('@')}".casefold() == called:
            words[at] = word[len(bare) :]
    return " ".join(filter(None, words))


def _facts(found: re.Match[str], here: str) -> dict[str, str] | None:
    """What a proposal names, by the slots of the wordings; None where that is nothing that can be kept."""
    said = {slot: words for slot, words in found.groupdict().items() if words}
    facts = {"verb": said.get("verb", "").lower(), "building": said.get("building", "")}
    facts["place"] = here if "here" in said else said.get("place", "")
    for slot in ("goods", "price"):
        facts[slot] = said.get(slot, "").lower()
    for slot in ("count", "price_count"):
        count = said.get(slot, "").lower()
        facts[slot] = f"{_NUMBERS.index(count) + 1 if count in _NUMBERS else count} " if count else ""
    when = f"{said.get('before', '')} {said.get('after', '')}".lower()
    facts["time"] = next((f" {told}" for words, told in _TIMES if re.search(rf"\b(?:{words})\b", when)), "")
    owned = re.compile("(?:my|your) ", re.I)
    if any(_VAGUE.search(owned.sub("", facts[slot], count=1)) for slot in ("place", "building")):
        return None
    if not all(_is_known(facts[slot]) for slot in ("goods", "price") if slot in said):
        return None
    return facts if any(facts[slot] for slot in ("place", "building", "goods")) else None


def _is_known(goods: str) -> bool:
    """Whether the world has such a thing: who asks for "a minute" is owed nothing."""
    singles = {goods, goods.removesuffix("s"), goods.removesuffix("es"), re.sub("ies$", "y", goods)}
    return not _GOODS.isdisjoint(singles | {one.rsplit(" ", maxsplit=1)[-1] for one in singles})


def _worded(
    facts: dict[str, str], proposer: str, accepter: str, proposers: str, accepters: str
) -> Proposal | None:
    """The phrases of both sides; None if one of them is too long, or nothing to learn from."""
    told = []
    for wording, other, mine, yours in (
        (proposers, accepter, "my", f"{accepter}'s"),
        (accepters, proposer, f"{proposer}'s", "my"),
    ):
        owned = {
            slot: re.sub("^your ", f"{yours} ", re.sub("^my ", f"{mine} ", words, flags=re.I), flags=re.I)
            for slot, words in facts.items()
        }
        phrase = wording.format(other=other, **owned)
        if len(phrase) > LONGEST or (phrase and unfit(phrase)):
            return None
        told.append(phrase)
    return Proposal(*told)
