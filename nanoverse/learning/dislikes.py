"""When a version is taken back because people dislike what it says: the policy, over plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_DISLIKED = 5  # replies of the new version that were disliked
LEAST_PEOPLE = 2  # who disliked any of them; the owner alone is enough
TIMES = 2.0  # as large a share of its replies must be disliked as of those of the version before
LEAST_SHARE = 0.15  # of its replies, and what a version before that nobody disliked is counted as


@dataclass(frozen=True, slots=True)
class Tally:
    """What one version said, and how much of that was disliked, by how many people; `owner`: also by its player.

    A message counts as disliked if more dislike than like it, or if its owner dislikes it.
    """

    replies: int
    disliked: int
    people: int
    owner: bool

    @property
    def share(self) -> float:
        return self.disliked / self.replies if self.replies else 0.0


def taken_back(before: Tally, now: Tally) -> str | None:
    """Why the new version is taken back, in a sentence; None if it stays."""
    if now.disliked < LEAST_DISLIKED or (now.people < LEAST_PEOPLE and not now.owner):
        return None
    if now.share < LEAST_SHARE or now.share <= TIMES * before.share:
        return None
    was = f"{100 * before.share:.0f} % of the version before" if before.replies else "nothing said before it"
    return (
        f"{now.disliked} of its {now.replies} replies were disliked, {100 * now.share:.0f} %, against {was};"
        " so the version before speaks again."
    )
