"""Which likes and dislikes count, and how much: the policy, over plain data.

One vote per person and message is what the store keeps. Here one message becomes one judgement: the owner's vote
settles it, however many others voted; else the majority of the others does. Among those no single person counts for
more than a share, so that nobody alone, and no crowd against the owner, can turn an agent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from nanoverse.learning.dialogue import Scene, Turn

FEWEST = 16  # messages that must be liked, and as many that must be disliked, before any of it is learnt from
OWNER_WEIGHT = (
    2  # times that a message judged by the owner is shown, where one judged by others is shown once
)
VOTER_SHARE = 0.25  # of all votes of others that one person's may be …
VOTER_LEAST = 8  # … though never fewer than this; their newest count


@dataclass(frozen=True, slots=True)
class Vote:
    """What `voter` thinks of `reply`, which an agent gave to a prompt; `owner`: the agent is the voter's own."""

    message: int
    voter: int
    owner: bool
    like: bool
    scene: Scene
    turns: tuple[Turn, ...]
    reply: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An agent's reply that is wanted, or is not; `weight`: how often it is shown."""

    scene: Scene
    turns: tuple[Turn, ...]
    reply: str
    liked: bool
    weight: int


def judged(votes: Sequence[Vote]) -> list[Judged]:
    """The judgements of these votes (oldest first); none unless there are `FEWEST` of both kinds."""
    others = [vote for vote in votes if not vote.owner]
    cap = max(VOTER_LEAST, int(VOTER_SHARE * len(others)))
    used: Counter[int] = Counter()
    balance: defaultdict[int, int] = defaultdict(int)
    for vote in reversed(others):
        used[vote.voter] += 1
        if used[vote.voter] <= cap:
            balance[vote.message] += 1 if vote.like else -1
    owners = {vote.message: vote.like for vote in votes if vote.owner}
    found = []
    for message, vote in {vote.message: vote for vote in votes}.items():
        if message in owners:
            found.append(Judged(vote.scene, vote.turns, vote.reply, owners[message], OWNER_WEIGHT))
        elif balance[message]:
            found.append(Judged(vote.scene, vote.turns, vote.reply, balance[message] > 0, 1))
    likes = sum(one.liked for one in found)
    return found if min(likes, len(found) - likes) >= FEWEST else []
