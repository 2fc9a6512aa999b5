"""The manners of agents: when they speak, to whom, and when they let it be. All numbers are here.

Pure policy: times in seconds and the dice are passed in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

from nanoverse.protocol import PRIVATE, WORLD
from nanoverse.store.conducts import ACT, WATCH

JOIN_CHANCE = 0.3  # to answer nearby talk that is not meant for the agent
JOIN_PAUSE = 20.0  # and not again before this many seconds
FOLLOW_UP = 45.0  # for so long after it spoke to somebody, their next nearby line is taken as an answer
LINES_PER_MINUTE = 60  # of one agent, to everybody together: more than the chat lets one friend ask
PAIR_LINES = 4  # two agents exchange so many lines at most …
PAIR_SPAN = 600.0  # … in so many seconds
GREET_SPAN = 900.0  # an agent greets the same person once in so many seconds
GREET_DISTANCE = 6  # tiles
GREETED_AT_ONCE = 20  # people for whom an agent is looked for together; in a crowd they take turns
WELCOME_SPAN = 60.0  # somebody is greeted by one of all agents in so many seconds
WAKING_SPAN = 60.0  # "still waking up" is said to one person once in so many seconds
_TIDY = 1024  # keys of a budget; when there are more, those that have their whole budget back are dropped


@dataclass(frozen=True, slots=True)
class Heard:
    """A line as one agent heard it."""

    channel: int
    speaker: int
    speaker_is_agent: bool
    named: bool  # the agent's name is said
    alone: bool  # no other agent or player could feel addressed: the speaker and this agent only
    elsewhere: bool = False  # it is plainly meant for somebody else who hears it


def names(text: str, name: str) -> bool:
    """Whether a text says a name, as a word of its own and in any case; "Mira" is not said in "Mira-Lou".

    Asked for every agent that hears a line, so without a regular expression: more than 512 of them are not kept.
    """
    text, name = text.casefold(), name.casefold()
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not _goes_on(text[max(0, at - 2) : at][::-1]) and not _goes_on(text[end : end + 2]):
            return True
        at = text.find(name, at + 1)
    return False


def called(text: str) -> str:
    """The name that a line calls as it begins, folded ("mira" in "Mira, come here"); '' if it calls none."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return first.rstrip(",!?:").casefold() if first[-1:] in {",", "!", "?", ":"} else ""


def _goes_on(beside: str) -> bool:
    """Whether a word does not end where these two characters begin; names may have a "-" in them."""
    character = beside.removeprefix("-")[:1]
    return character.isalnum() or character == "_"


class Budget:
    """At most `count` of something within any `span` seconds, for each key; what is older is forgotten."""

    def __init__(self, count: int, span: float) -> None:
        self._count = count
        self._span = span
        self._spent: dict[Hashable, deque[float]] = {}
        self._tidy_at = _TIDY

    def __len__(self) -> int:
        return len(self._spent)

    def has_room(self, key: Hashable, now: float) -> bool:
        spent = self._spent.get(key)
        return spent is None or len(spent) < self._count or now - spent[0] >= self._span

    def spend(self, key: Hashable, now: float) -> None:
        self._spent.setdefault(key, deque(maxlen=self._count)).append(now)
        if len(self._spent) > self._tidy_at:
            self._spent = {k: spent for k, spent in self._spent.items() if now - spent[-1] < self._span}
            self._tidy_at = max(_TIDY, 2 * len(self._spent))

    def take(self, key: Hashable, now: float) -> bool:
        """Spend one if there is room; whether there was."""
        if room := self.has_room(key, now):
            self.spend(key, now)
        return room


class Manners:
    """What one world's agents have said lately, and whether one of them should speak now."""

    def __init__(self) -> None:
        self._lines = Budget(LINES_PER_MINUTE, 60.0)
        self._pairs = Budget(PAIR_LINES, PAIR_SPAN)
        self._spoke_to = Budget(1, FOLLOW_UP)
        self._joined = Budget(1, JOIN_PAUSE)
        self._greeted = Budget(1, GREET_SPAN)
        self._welcomed = Budget(1, WELCOME_SPAN)
        self._waking = Budget(1, WAKING_SPAN)

    def answers(self, agent: int, heard: Heard, now: float, dice: float, level: int = ACT) -> bool:
        """Whether `agent` answers what it heard; `dice` is uniform in [0, 1), one throw for all who hear the line:
        so a crowd is not more talkative than one. `level` is its player's wish (`store.conducts`): one that only
        watches answers nothing, and one that may not act does not join in either."""
        if level == WATCH or not self._lines.has_room(agent, now):
            return False
        if heard.speaker_is_agent and not self._pairs.has_room(_pair(agent, heard.speaker), now):
            return False
        if heard.channel == PRIVATE or heard.named:
            return True
        if heard.channel == WORLD or heard.elsewhere:
            return False
        if heard.alone or not self._spoke_to.has_room((agent, heard.speaker), now):
            return not heard.speaker_is_agent or dice < JOIN_CHANCE
        return level == ACT and dice < JOIN_CHANCE and self._joined.has_room(agent, now)

    def spoke(self, agent: int, partner: int, partner_is_agent: bool, now: float) -> None:
        """Note that an agent said something to a partner."""
        self._lines.spend(agent, now)
        self._spoke_to.spend((agent, partner), now)
        self._joined.spend(agent, now)
        if partner_is_agent:
            self._pairs.spend(_pair(agent, partner), now)

    def may_be_greeted(self, other: int, now: float) -> bool:
        """Whether somebody has not been greeted just now, by whomever."""
        return self._welcomed.has_room(other, now)

    def greets(self, agent: int, other: int, now: float, level: int = ACT) -> bool:
        """Whether an agent may greet somebody who came near; counts as done."""
        return (
            level == ACT
            and self._lines.has_room(agent, now)
            and self.may_be_greeted(other, now)
            and self._greeted.take((agent, other), now)
            and self._welcomed.take(other, now)
        )

    def says_waking(self, agent: int, other: int, now: float) -> bool:
        """Whether to say that the model is not there yet; counts as done."""
        return self._waking.take((agent, other), now)


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
