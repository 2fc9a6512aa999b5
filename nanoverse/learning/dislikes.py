"""When a version is taken back because people dislike what it says: the policy, over plain numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from nanoverse.learning import caps
from nanoverse.store.reactions import Reaction

LEAST_DISLIKED = 5  # replies of the new version that were disliked; the owner alone is enough
PERSON_LEAST = 2  # of them that one other person may answer for, however few there are: it takes three
TIMES = 2.0  # as large a share of its replies must be disliked as of those of the version before
LEAST_SHARE = 0.15  # of its replies, and what a version before that nobody disliked is counted as


@dataclass(frozen=True, slots=True)
class Tally:
    """How much one version said, and what people thought of it."""

    replies: int
    reactions: Sequence[Reaction]

    @property
    def disliked(self) -> int:
        """How many of the replies count as disliked.

        The owner settles a reply; else it is disliked if more dislike than like it, and is then put down to one of
        those: to nobody more than `PERSON_LEAST`, or their share.
        """
        owners = {one.message: one.like for one in self.reactions if one.owner}
        balance: Counter[int] = Counter()
        critics: defaultdict[int, list[int]] = defaultdict(list)
        for one in self.reactions:
            if one.message not in owners:
                balance[one.message] += 1 if one.like else -1
                if not one.like:
                    critics[one.message].append(one.player)
        unliked = [people for message, people in critics.items() if balance[message] < 0]
        most = caps.most_of_one(Counter(one for people in unliked for one in people).values(), PERSON_LEAST)
        put_down: Counter[int] = Counter()
        for people in sorted(unliked, key=len):  # first those for which there is the least choice
            critic = min(people, key=lambda player: (put_down[player], player))
            put_down[critic] = min(put_down[critic] + 1, most)
        return put_down.total() + list(owners.values()).count(False)

    @property
    def share(self) -> float:
        return self.disliked / self.replies if self.replies else 0.0


def taken_back(before: Tally, now: Tally) -> str | None:
    """Why the new version is taken back, in a sentence; None if it stays."""
    if now.disliked < LEAST_DISLIKED:
        return None
    if now.share < LEAST_SHARE or now.share <= TIMES * before.share:
        return None
    was = f"{100 * before.share:.0f} % of the version before" if before.replies else "nothing said before it"
    return (
        f"{now.disliked} of its {now.replies} replies were disliked, {100 * now.share:.0f} %, against {was};"
        " so the version before speaks again."
    )
