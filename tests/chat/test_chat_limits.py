"""Token buckets, on a clock that is moved by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse.chat import limits
from nanoverse.chat.errors import ChatError
from nanoverse.chat.limits import Buckets, Limit, TokenBucket

LIMIT = Limit("test", 4, 2, "Too many.")


class Clock:
    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


def test_a_full_bucket_gives_its_count_and_then_one_for_each_share_of_time() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    for _ in range(4):
        buckets.take(LIMIT, 1)
    with pytest.raises(ChatError, match="Too many"):
        buckets.take(LIMIT, 1)
    clock.ms += 499
    with pytest.raises(ChatError):
        buckets.take(LIMIT, 1)
    clock.ms += 1
    buckets.take(LIMIT, 1)
    with pytest.raises(ChatError):
        buckets.take(LIMIT, 1)


def test_players_and_limits_do_not_share_a_bucket() -> None:
    buckets = Buckets(Clock())
    for player, limit in ((1, LIMIT), (2, LIMIT), (1, Limit("other", 4, 2, ""))):
        for _ in range(4):
            buckets.take(limit, player)


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    bucket = TokenBucket(4, 2.0)
    assert all(bucket.take(10_000.0) for _ in range(4))
    assert not bucket.take(0.0)
    assert bucket.take(0.5)


@given(
    asked=st.lists(st.tuples(st.floats(0, 3), st.integers(1, 3)), max_size=60),
    count=st.integers(1, 6),
    rate=st.floats(0.5, 5),
)
def test_in_no_stretch_of_time_are_there_more_tokens_than_declared(
    asked: list[tuple[float, int]], count: int, rate: float
) -> None:
    bucket, now, taken = TokenBucket(count, rate), 0.0, []
    for gap, tokens in asked:
        now += gap
        if bucket.take(now, tokens):
            taken.append((now, tokens))
    for i, (start, _) in enumerate(taken):
        for j in range(i, len(taken)):
            assert (
                sum(tokens for _, tokens in taken[i : j + 1]) <= count + (taken[j][0] - start) * rate + 1e-6
            )


def test_many_tokens_are_taken_all_or_none() -> None:
    bucket = TokenBucket(4, 2.0)
    assert bucket.take(0.0, 3) and not bucket.take(0.0, 2) and bucket.take(0.0) and bucket.take(1.0, 2)
    assert not TokenBucket(4, 2.0).take(0.0, 5)


def test_buckets_that_remember_nothing_are_thrown_away() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    for player in range(5000):
        buckets.take(LIMIT, player)
    assert len(buckets) == 5000  # all of them still count
    clock.ms += 2000
    buckets.take(LIMIT, 5000)
    assert len(buckets) == 1


def test_speech_is_limited_to_eight_messages_in_ten_seconds() -> None:
    assert (limits.SAY.count, limits.SAY.seconds) == (8, 10)
