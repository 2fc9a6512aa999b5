"""The manners of agents: when they speak, to whom, and when they let it be. All numbers are here.

Pure policy: times in seconds and the dice are passed in.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from nanoverse.protocol import PRIVATE, WORLD

JOIN_CHANCE = 0.3  # to answer nearby talk that is not meant for the agent
JOIN_PAUSE = 20.0  # and not again before this many seconds
FOLLOW_UP = 45.0  # for so long after it spoke to somebody, their next nearby line is taken as an answer
LINES_PER_MINUTE = 30  # of one agent, to everybody together
PAIR_LINES = 4  # two agents exchange so many lines at most …
PAIR_SPAN = 600.0  # … in so many seconds
GREET_SPAN = 900.0  # an agent greets the same person once in so many seconds
GREET_DISTANCE = 6  # tiles
WAKING_SPAN = 60.0  # "still waking up" is said to one person once in so many seconds


@dataclass(frozen=True, slots=True)
class Heard:
    """A line as one agent heard it."""

    channel: int
    speaker: int
    speaker_is_agent: bool
    named: bool  # the agent's name is said
    alone: bool  # no other agent or player could feel addressed: the speaker and this agent only


def names(text: str, name: str) -> bool:
    """Whether a text says a name, as a word of its own and in any case."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def named_first(text: str, candidates: Sequence[str]) -> list[str]:
    """Those of the names that a text says."""
    return [name for name in candidates if names(text, name)]


class Manners:
    """What one world's agents have said lately, and whether one of them should speak now."""

    def __init__(self) -> None:
        self._lines: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=LINES_PER_MINUTE))
        self._pairs: defaultdict[tuple[int, int], deque[float]] = defaultdict(
            lambda: deque(maxlen=PAIR_LINES)
        )
        self._spoke_to: dict[tuple[int, int], float] = {}
        self._joined: dict[int, float] = {}
        self._greeted: dict[tuple[int, int], float] = {}
        self._waking: dict[tuple[int, int], float] = {}

    def answers(self, agent: int, heard: Heard, now: float, dice: float) -> bool:
        """Whether `agent` answers what it heard; `dice` is uniform in [0, 1)."""
        if not self._has_breath(agent, now):
            return False
        if heard.speaker_is_agent and not self._pair_has_budget(agent, heard.speaker, now):
            return False
        if heard.channel == PRIVATE or heard.named:
            return True
        if heard.channel == WORLD:
            return False
        if now - self._spoke_to.get((agent, heard.speaker), -1e9) < FOLLOW_UP or heard.alone:
            return not heard.speaker_is_agent or dice < JOIN_CHANCE
        return dice < JOIN_CHANCE and now - self._joined.get(agent, -1e9) > JOIN_PAUSE

    def spoke(self, agent: int, partner: int, partner_is_agent: bool, now: float) -> None:
        """Note that an agent said something to a partner."""
        self._lines[agent].append(now)
        self._spoke_to[agent, partner] = self._joined[agent] = now
        if partner_is_agent:
            self._pairs[_pair(agent, partner)].append(now)

    def greets(self, agent: int, other: int, now: float) -> bool:
        """Whether an agent may greet somebody who came near; counts as done."""
        return self._once(self._greeted, agent, other, now, GREET_SPAN) and self._has_breath(agent, now)

    def says_waking(self, agent: int, other: int, now: float) -> bool:
        """Whether to say that the model is not there yet; counts as done."""
        return self._once(self._waking, agent, other, now, WAKING_SPAN)

    @staticmethod
    def _once(last: dict[tuple[int, int], float], agent: int, other: int, now: float, span: float) -> bool:
        if now - last.get((agent, other), -1e9) < span:
            return False
        last[agent, other] = now
        return True

    def _has_breath(self, agent: int, now: float) -> bool:
        lines = self._lines[agent]
        return len(lines) < LINES_PER_MINUTE or now - lines[0] > 60.0

    def _pair_has_budget(self, one: int, other: int, now: float) -> bool:
        lines = self._pairs[_pair(one, other)]
        return len(lines) < PAIR_LINES or now - lines[0] > PAIR_SPAN


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
