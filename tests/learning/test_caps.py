"""How much of one person counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nanoverse.learning.caps import PERSON_SHARE, most_of_one, newest


@given(st.lists(st.integers(1, 60), max_size=12), st.integers(1, 10))
def test_nobody_has_more_than_their_share_of_what_counts_and_nobody_could_have_more(
    counts: list[int], least: int
) -> None:
    most = most_of_one(counts, least)

    def fair(most: int) -> bool:
        return most <= PERSON_SHARE * sum(min(count, most) for count in counts)

    assert most >= least and (most == least or fair(most))
    assert not any(fair(more) for more in range(most + 1, max(counts, default=0) + 1))


def test_what_one_gives_alone_raises_nobodys_share() -> None:
    assert most_of_one([10] * 4, 2) == 10
    assert most_of_one([10, 10, 10, 500], 2) == 10
    assert most_of_one([500] * 3, 2) == 2


def test_of_each_the_newest_count_and_there_is_no_limit_for_nobody() -> None:
    assert newest(["Bob", "Eve", "Bob", None, "Bob", None], 1) == [True, True, False, True, False, True]
