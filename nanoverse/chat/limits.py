"""How often a player may do what: token buckets, each limit declared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nanoverse.chat.errors import TooFast


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` at once, and `count` more every `seconds`; `refusal` is the sentence for one too many."""

    name: str
    count: int
    seconds: float
    refusal: str


SAY = Limit("say", 8, 10, "You are talking too fast; wait a moment.")
REACT = Limit("react", 20, 10, "Too many reactions at once; wait a moment.")
TYPING = Limit("typing", 10, 10, "Too much typing at once.")
HISTORY = Limit("history", 40, 10, "Too many pages at once; wait a moment.")
READ = Limit("read", 60, 10, "Too many read marks at once.")
ANSWERS = Limit("answers", 10, 30, "Too many answers at once; wait a moment.")
WRITE = Limit("write", 5, 20, "You are writing too fast; wait a moment.")
CONSENT = Limit("consent", 10, 10, "Too many changes of mind at once; wait a moment.")
SEARCH = Limit("search", 10, 10, "Too many searches at once; wait a moment.")
PEOPLE = Limit("people", 40, 10, "Too many looks at the list of players at once; wait a moment.")
SHUN = Limit("shun", 20, 20, "Too many changes of mind at once; wait a moment.")
ALLOW = Limit("allow", 20, 20, "Too many changes of mind at once; wait a moment.")
FORGET = Limit("forget", 10, 60, "Too much forgetting at once; wait a moment.")
ROLL_BACK = Limit("roll_back", 10, 60, "Too many roll-backs at once; wait a minute.")
IMPORT = Limit("import", 5, 60, "Too many files at once; wait a minute.")
EXPORT = Limit("export", 10, 60, "Too many files at once; wait a minute.")
PORTRAIT = Limit("portrait", 30, 60, "Too many looks at your agent at once; wait a moment.")
RANKS = Limit("ranks", 20, 20, "Too many looks at the leaderboard at once; wait a moment.")
CONNECT = Limit("connect", 30, 60, "You come back too often; wait a moment.")
FRIENDS = Limit("friends", 10, 30, "Too many changes of mind at once; wait a moment.")
REPORT = Limit("report", 5, 60, "Too many reports at once; wait a minute.")

_TIDY = 4096  # buckets; when there are so many, the full ones, which remember nothing, are thrown away


class TokenBucket:
    """Holds up to `count` tokens and gains `per_second`; the clock is the caller's and may jump."""

    __slots__ = ("_count", "_full_at", "_per_second")

    def __init__(self, count: int, per_second: float) -> None:
        self._count = count
        self._per_second = per_second
        self._full_at = float("-inf")  # when it is full again: all that there is to know of it

    def take(self, now: float, tokens: int = 1) -> bool:
        """Take so many tokens; False, and nothing taken, if there are fewer. `now` in seconds."""
        # A clock that was set back must not lock anyone out for longer than it takes to fill the bucket.
        full_at = min(max(self._full_at, now), now + self._count / self._per_second)
        if (full_at - now) * self._per_second > self._count - tokens + 1e-9:
            self._full_at = full_at
            return False
        self._full_at = full_at + tokens / self._per_second
        return True

    def is_full(self, now: float) -> bool:
        return self._full_at <= now


class Buckets:
    """One bucket for each limit and player; `now` gives milliseconds since 1970."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._buckets: dict[tuple[str, int], TokenBucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, limit: Limit, player: int) -> None:
        """Take one token; raises `TooFast` if there is none."""
        now, key = self._now() / 1000, (limit.name, player)
        if key not in self._buckets:
            if len(self._buckets) >= _TIDY:
                self._buckets = {
                    key: bucket for key, bucket in self._buckets.items() if not bucket.is_full(now)
                }
            self._buckets[key] = TokenBucket(limit.count, limit.count / limit.seconds)
        if not self._buckets[key].take(now):
            raise TooFast(limit.refusal)
