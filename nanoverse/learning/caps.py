"""How much one day, one partner or one person may count for, so that no one can teach somebody else's agent.

The policy, over plain data. What a player says is their own, but who draws them into talk for days chooses what it is
about, and the likes, picks and dislikes of others are worth something only if they come from several people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence

# An evening's talk is some 60 messages, and a long day's 200. A flood is more, and fills less than a third of a window.
DAY_MOST = 300  # messages of one day (UTC, so that it is the same day wherever the server stands) …
PARTNER_SHARE = 0.5  # … and share of the window that may have been said to one partner …
# … though never fewer than this: who has a small window, or one friend, loses nothing by it.
PARTNER_LEAST = 200

PERSON_SHARE = 0.25  # of what others think of an agent that one person may say


def over(said: Sequence[tuple[int | None, str]], window: int) -> list[str | None]:
    """For each message, newest first, the reason to leave it out, or None if it counts.

    Messages are given by their day (None: it does not matter) and whom they were said to (empty: nobody in
    particular). What its day leaves out takes no room from its partner's share.
    """
    today = newest((day for day, _ in said), DAY_MOST)
    partners = (partner if partner and fits else None for (_, partner), fits in zip(said, today, strict=True))
    shared = newest(partners, max(PARTNER_LEAST, int(PARTNER_SHARE * window)))
    return [
        None if fits and shares else "partner" if fits else "day"
        for fits, shares in zip(today, shared, strict=True)
    ]


def newest(keys: Iterable[Hashable], most: int) -> list[bool]:
    """For each key, newest first, whether it is one of the `most` newest like it; there is no limit for None."""
    seen: Counter[Hashable] = Counter()
    found = []
    for key in keys:
        seen[key] += 1
        found.append(key is None or seen[key] <= most)
    return found


def most_of_one(counts: Collection[int], least: int) -> int:
    """How much of one person counts, where each has given so much: at most `PERSON_SHARE` of all that then counts, or
    `least`. Of all that was given, it would be the larger the more one gives alone."""
    fair = (
        most
        for most in range(max(counts, default=0), least, -1)
        if most <= PERSON_SHARE * sum(min(count, most) for count in counts)
    )
    return next(fair, least)
