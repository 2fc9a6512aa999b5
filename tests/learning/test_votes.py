"""Likes and dislikes: whose count, and how much."""

from __future__ import annotations

from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.learning.votes import FEWEST, OWNER_WEIGHT, VOTER_LEAST, Vote, enough, judged

OWNER, BOB, EVE = 1, 2, 3


def votes(voter: int, messages: range, like: bool) -> list[Vote]:
    return [
        Vote(message, voter, voter == OWNER, like, Scene("Ann"), (Turn("Bob", "hi"),), f"reply {message}")
        for message in messages
    ]


def labels(found: list[Vote]) -> dict[str, tuple[bool, int]]:
    return {one.reply: (one.liked, one.weight) for one in judged(found)}


def both_kinds() -> list[Vote]:
    """By the owner, as many as it takes, on messages from 1000 on."""
    return votes(OWNER, range(1000, 1000 + FEWEST), True) + votes(OWNER, range(2000, 2000 + FEWEST), False)


def test_too_few_of_either_kind_say_nothing() -> None:
    found = judged(both_kinds())
    assert len(found) == 2 * FEWEST and enough(found)
    assert not enough(found[1:]) and not enough(found[:-1]) and not enough([])


def test_the_owner_counts_twice_and_settles_a_message() -> None:
    crowd = [vote for voter in range(10, 15) for vote in votes(voter, range(1), False)]
    assert labels([*votes(OWNER, range(1), True), *crowd])["reply 0"] == (True, OWNER_WEIGHT)


def test_others_decide_by_majority_and_a_draw_says_nothing() -> None:
    others = [
        *votes(BOB, range(2), True),
        *votes(EVE, range(1), False),
        *votes(4, range(1), False),
        *votes(EVE, range(1, 2), False),
    ]
    found = labels(others)
    assert found["reply 0"] == (False, 1)
    assert "reply 1" not in found


def test_one_person_alone_is_heard_only_so_often_and_by_their_newest_votes() -> None:
    found = labels(votes(EVE, range(30), False))
    assert list(found) == [f"reply {message}" for message in range(30 - VOTER_LEAST, 30)]


def test_among_many_votes_one_person_has_at_most_a_quarter_of_those_that_count() -> None:
    many = [
        vote for voter in range(10, 16) for vote in votes(voter, range(100 * voter, 100 * voter + 10), True)
    ]
    found = labels([*votes(EVE, range(60), False), *many])
    assert sum(not liked for liked, _ in found.values()) == 20, "beside the 60 of others"


def test_three_accounts_turn_no_agent_however_much_they_vote() -> None:
    crowd = [
        vote for voter in (7, 8, 9) for vote in votes(voter, range(100 * voter, 100 * voter + 90), False)
    ]
    assert len(judged(crowd)) == 3 * VOTER_LEAST
