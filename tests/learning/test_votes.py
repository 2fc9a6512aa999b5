"""Likes and dislikes: whose count, and how much."""

from __future__ import annotations

from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.learning.votes import FEWEST, OWNER_WEIGHT, VOTER_LEAST, Vote, judged

OWNER, BOB, EVE = 1, 2, 3


def votes(voter: int, messages: range, like: bool) -> list[Vote]:
    return [
        Vote(message, voter, voter == OWNER, like, Scene("Ann"), (Turn("Bob", "hi"),), f"reply {message}")
        for message in messages
    ]


def labels(found: list[Vote]) -> dict[str, tuple[bool, int]]:
    return {one.reply: (one.liked, one.weight) for one in judged(found)}


def enough() -> list[Vote]:
    """By the owner, of both kinds, on messages from 1000 on."""
    return votes(OWNER, range(1000, 1000 + FEWEST), True) + votes(OWNER, range(2000, 2000 + FEWEST), False)


def test_too_few_of_either_kind_say_nothing() -> None:
    assert len(judged(enough())) == 2 * FEWEST
    assert judged(enough()[1:]) == []
    assert judged(enough()[:-1]) == []
    assert judged([]) == []


def test_the_owner_counts_twice_and_settles_a_message() -> None:
    crowd = [vote for voter in range(10, 15) for vote in votes(voter, range(1), False)]
    assert labels([*enough(), *votes(OWNER, range(1), True), *crowd])["reply 0"] == (True, OWNER_WEIGHT)


def test_others_decide_by_majority_and_a_draw_says_nothing() -> None:
    others = [
        *votes(BOB, range(2), True),
        *votes(EVE, range(1), False),
        *votes(4, range(1), False),
        *votes(EVE, range(1, 2), False),
    ]
    found = labels([*enough(), *others])
    assert found["reply 0"] == (False, 1)
    assert "reply 1" not in found


def test_one_person_alone_is_heard_only_so_often_and_by_their_newest_votes() -> None:
    found = labels([*enough(), *votes(EVE, range(30), False)])
    heard = [int(reply.removeprefix("reply ")) for reply in found if int(reply.removeprefix("reply ")) < 1000]
    assert heard == list(range(30 - VOTER_LEAST, 30))


def test_among_many_votes_one_person_has_at_most_a_quarter() -> None:
    many = [
        vote for voter in range(10, 16) for vote in votes(voter, range(100 * voter, 100 * voter + 10), True)
    ]
    found = labels([*votes(EVE, range(60), False), *many, *enough()])
    assert sum(not liked and weight == 1 for liked, weight in found.values()) == 30, "of 120 votes of others"
