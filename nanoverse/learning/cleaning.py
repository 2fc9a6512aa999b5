"""Which of a player's messages are fit to learn from, and why the others are not.

Nothing here rewrites what a player said: a message is taken whole or left out whole, with a reason that can be
counted and shown. What is left out: nothing to learn (empty, bare links, bare commands), walls of text, whatever
looks like a secret, and near-identical repeats. A habit is not a repeat: a catchphrase inside different messages
survives, because only whole messages are compared.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nanoverse.learning.caps import DAY_MOST

LONGEST = 300  # characters; an agent's reply is shorter, and longer ones are mostly pasted
SHORT = 20  # characters of the normal form; "yes", "lol" and "good night" are said often, and that is a habit
SHORT_COPIES = 3  # of one short message; of a longer one a single copy is kept
ALIKE = 0.9  # Jaccard index of the trigrams: in a sentence, a typo or an added full stop is above, another word below

# What is said of so many messages that are left out, by the reason that is counted.
PLAIN = {
    "empty": "{} had no words",
    "too long": f"{{}} went over {LONGEST} characters",
    "command": "{} began with a slash, as commands do",
    "bare link": "{} held nothing but a link",
    "e-mail address": "{} held an e-mail address",
    "card number": "{} held what looked like a card number",
    "phone number": "{} held what looked like a phone number",
    "password": "{} looked like a password or a key",
    "repeat": "{} repeated another one of yours",
    "day": f"{{}} went over the {DAY_MOST} that count of one day",
    "partner": "{} went over what counts of talk with one person",
}

_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|net|org|io|gg|de|co\.uk)(?:/\S*)?(?=\s|$)", re.I)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w[\w.-]*")
_NUMBER = re.compile(r"(?<!\w)\+?\(?\d(?:[ ()./-]{0,2}\d){6,}")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
_SAID_SECRET = re.compile(
    r"\b(?:pass(?:word|code|phrase|wort|wd)?|pwd?|pin|token|api[ _-]?key|login)\b[^\w\n]{0,3}"
    r"(?:(?:is|are|ist|was)\b[^\w\n]{0,3}|[:=]\s*)\S",
    re.I,
)
# Where gold is may be a secret, too, and the talk of a world is full of those: only a single word is taken for a key.
_SAID_KEY = re.compile(
    r"\bsecret\b[^\w\n]{0,3}(?:(?:is|are|ist|was)\b[^\w\n]{0,3}|[:=]\s*)\S+\s*(?:$|[.,;!?](?:\s|$))", re.I
)
_EDGE = ".,;:!?~*()[]{}<>\"'`"


def unfit(text: str) -> str | None:
    """The reason to leave this message out, or None if it may be learnt from."""
    text = text.strip()
    if not text:
        return "empty"
    if len(text) > LONGEST:
        return "too long"
    if text.startswith("/"):
        return "command"
    if not re.search(r"\w", _LINK.sub("", text)) and _LINK.search(text):
        return "bare link"
    return _secret(text)


def faults(texts: Sequence[str]) -> list[str | None]:
    """For each text the reason to leave it out, or None if it is kept; of near-identical ones the first is kept."""
    found = [unfit(text) for text in texts]
    fit = [i for i, reason in enumerate(found) if reason is None]
    for i, again in zip(fit, repeats([texts[i] for i in fit]), strict=True):
        found[i] = "repeat" if again else None
    return found


def _secret(text: str) -> str | None:
    if _EMAIL.search(text):
        return "e-mail address"
    for number in _NUMBER.findall(text):
        digits = re.sub(r"\D", "", number)
        if 13 <= len(digits) <= 19 and _luhn(digits):
            return "card number"
        grouped = bool(re.search(r"\D", number))
        if len(digits) >= (7 if grouped else 9) and not _DATE.fullmatch(number):
            return "phone number"
    if (
        _SAID_SECRET.search(text)
        or _SAID_KEY.search(text)
        or any(map(_like_a_password, _LINK.sub("", text).split()))
    ):
        return "password"
    return None


def _luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _like_a_password(word: str) -> bool:
    """Eight or more characters that mix digits with both cases or with a symbol inside, or one long key."""
    word = word.strip(_EDGE)
    if len(word) < 8 or not re.search(r"\d", word) or not re.search(r"[^\W\d]", word):
        return False
    both_cases = word.lower() != word and word.upper() != word
    return both_cases or bool(re.search(r"[@#$%^&!]", word)) or bool(re.fullmatch(r"[\w+/=-]{20,}", word))


def repeats(texts: Sequence[str]) -> list[bool]:
    """For each text whether it repeats one that stands before it.

    Two texts are near-identical when they name the same numbers and the Jaccard index of the character trigrams of
    their normal forms is at least `ALIKE`. Candidates come from a prefix filter (Bayardo, Ma and Srikant, WWW
    2007): two sets as alike as that must share one of their rarest few members, so few pairs are ever compared.
    """
    forms = [_normal_form(text) for text in texts]
    numbers = [re.findall(r"\d+", form) for form in forms]
    grams = [frozenset(_trigrams(form)) for form in forms]
    rarity = Counter(gram for one in grams for gram in one)
    copies: Counter[str] = Counter()
    by_gram: dict[str, list[int]] = defaultdict(list)
    found: list[bool] = []
    for index, (form, own) in enumerate(zip(forms, grams, strict=True)):
        copies[form] += 1
        if len(form) < SHORT:
            found.append(copies[form] > SHORT_COPIES)
            continue
        rarest = sorted(own, key=lambda gram: (rarity[gram], gram))[: len(own) - int(ALIKE * len(own)) + 1]
        candidates = {other for gram in rarest for other in by_gram[gram]}
        repeated = any(
            numbers[index] == numbers[other] and len(own & grams[other]) >= ALIKE * len(own | grams[other])
            for other in candidates
        )
        found.append(repeated)
        if not repeated:
            for gram in rarest:
                by_gram[gram].append(index)
    return found


def _normal_form(text: str) -> str:
    """Letters and digits in one case, drawn-out letters once; a text without any stays as it is."""
    text = text.casefold()
    bare = " ".join(re.findall(r"\w+", text)) or text.strip()
    return re.sub(r"([^\W\d])\1+", r"\1", bare)


def _trigrams(form: str) -> Iterator[str]:
    return (form[i : i + 3] for i in range(len(form) - 2))


def in_words(left_out: Mapping[str, int]) -> list[str]:
    """What was left out, in plain words, e.g. `["2 looked like a password or a key"]`."""
    return [PLAIN.get(reason, f"{{}} {reason}").format(number) for reason, number in left_out.items()]


def count(reasons: Iterable[str]) -> dict[str, int]:
    """How often each reason came up, the most frequent first."""
    return dict(Counter(reasons).most_common())
