"""How a player writes, in figures that they can recognise themselves in.

Pure: from texts and their times to a `Profile`. It is what the player's page shows; no training reads it.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST = 8  # of each kind of favourite
OFTEN = 3  # messages that a word or phrase must occur in to be a favourite
LONGEST_PHRASE = 4  # words
HOUR_MS = 3_600_000

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Pictographs, the dingbats and symbols that are drawn like them, and flags; a skin tone or a joiner goes with its sign.
_EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[\U0001f300-\U0001f3fa\U0001f400-\U0001faff\u2600-\u27bf]"
    "(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\U0001f300-\U0001faff\u2600-\u27bf])*)"
    r"|(?<!\S)(?:[:;=xX8]['^-]?[)(DPpOo3/|]+|<3+|\^\^|[oO]_[oO])(?!\S)"
)
# English words that say nothing of who says them. A favourite of another language may be such a word.
_COMMON = frozenset(
    re.findall(
        r"\S+",
        """
    a about after all also am an and any are as at be because been but by can come could did do does for from get go got
    had has have he her here him his how i i'm if in into is it it's its just know let like made make me more my no not
    now of off on one or our out over see she so some than that that's the their them then there these they this to too
    two up us very was we well were what when where which who why will with would yes you you're your don't can't i'll
    i've didn't
    """,
    )
)


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares are of the messages, from 0 to 1; `hours` counts them by the hour of the day, UTC.

    `length` is the usual number of words (the median). Favourites come with the number of messages they are in.
    """

    messages: int
    length: float
    lower_case: float
    shouted: float
    ends_bare: float
    exclaims: float
    asks: float
    trails_off: float
    with_emoji: float
    emoji: tuple[tuple[str, int], ...]
    words: tuple[tuple[str, int], ...]
    phrases: tuple[tuple[str, int], ...]
    hours: tuple[int, ...]


def profile(texts: Sequence[str], times: Sequence[int]) -> Profile | None:
    """The manner of these messages (`times` in ms since 1970); None if there are none."""
    if not texts:
        return None

    def share(which: Iterable[bool]) -> float:
        return sum(which) / len(texts)

    ends = [_EMOJI.sub("", text).rstrip()[-1:] for text in texts]
    emoji = [_EMOJI.findall(text) for text in texts]
    hours = Counter(time // HOUR_MS % 24 for time in times)
    return Profile(
        messages=len(texts),
        length=float(statistics.median(len(_WORD.findall(text)) for text in texts)),
        lower_case=share(text == text.lower() != text.upper() for text in texts),
        shouted=share(len(text) > 2 and text == text.upper() != text.lower() for text in texts),
        ends_bare=share(end.isalnum() for end in ends),
        exclaims=share(end == "!" for end in ends),
        asks=share(end in ("?", "？", "؟") for end in ends),
        trails_off=share("..." in text or "…" in text for text in texts),
        with_emoji=share(map(bool, emoji)),
        emoji=tuple(Counter(sign for signs in emoji for sign in dict.fromkeys(signs)).most_common(MOST)),
        words=tuple(favourite_words(texts)),
        phrases=tuple(favourite_phrases(texts)),
        hours=tuple(hours[hour] for hour in range(24)),
    )


def favourite_words(texts: Iterable[str], often: int = OFTEN) -> list[tuple[str, int]]:
    """Words in at least `often` of the messages that are not everybody's, the most frequent first."""
    counts = Counter(word for text in texts for word in set(_words(text)) if word not in _COMMON)
    return _most(counts, often)


def favourite_phrases(texts: Iterable[str], often: int = OFTEN) -> list[tuple[str, int]]:
    """Runs of up to four words, two of them not everybody's, in at least `often` messages.

    One that only occurs inside a longer one is left out.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        words = _words(text)
        runs = {
            tuple(words[i : i + size])
            for size in range(2, LONGEST_PHRASE + 1)
            for i in range(len(words) - size + 1)
        }
        counts.update(run for run in runs if sum(word not in _COMMON for word in run) > 1)
    frequent = {run: count for run, count in counts.items() if count >= often}
    inside = {
        run[i : i + size]
        for run, count in frequent.items()
        for size in range(2, len(run))
        for i in range(len(run) - size + 1)
        if frequent.get(run[i : i + size]) == count
    }
    whole = Counter({" ".join(run): count for run, count in frequent.items() if run not in inside})
    return _most(whole, often)


def new_words(before: Sequence[str], since: Sequence[str]) -> tuple[list[str], list[str]]:
    """Words and phrases that a player took up: in two or more messages of `since`, and in none of `before`."""
    earlier = [" ".join(_words(text)) for text in before]
    known = {word for line in earlier for word in line.split(" ")}
    words = [word for word, _ in favourite_words(since, 2) if word not in known]
    phrases = [
        phrase
        for phrase, _ in favourite_phrases(since, 2)
        if not any(f" {phrase} " in f" {line} " for line in earlier)
    ]
    return words, phrases


def _words(text: str) -> list[str]:
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


def _most(counts: Counter[str], often: int) -> list[tuple[str, int]]:
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(text, count) for text, count in ranked if count >= often][:MOST]
