"""What chat tells the connected players and the agents, always after the commit and in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nanoverse.store.drafts import Draft
from nanoverse.store.messages import Message


@dataclass(frozen=True, slots=True)
class Said:
    """A message as its sender sees it, for the players who may see it, its sender among them.

    `without_quote` are those of them who may not see what it replies to; `unheard` are players whom the sender does not
    hear in this channel.
    `message.partner` is the one who may ask for another answer to it.
    """

    message: Message
    recipients: tuple[int, ...]
    without_quote: frozenset[int] = frozenset()
    unheard: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ReactionChanged:
    """The counts of a message after player `by` set their reaction to `value`."""

    message: int
    likes: int
    dislikes: int
    by: int
    value: int


@dataclass(frozen=True, slots=True)
class Typing:
    """`sender` is writing; `to` is 0 unless private."""

    channel: int
    sender: int
    name: str
    to: int


@dataclass(frozen=True, slots=True)
class DraftsOffered:
    """The answers to choose from, for the partner, in an order that does not tell which was said first."""

    message: int
    drafts: tuple[Draft, ...]


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another answer was picked: from now on the message reads so."""

    message: int
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The player took back what their agent had said: from now on there is no such message."""

    message: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A player had words of theirs forgotten: from now on there are no such messages, and nobody has quoted them."""

    messages: tuple[int, ...]


Event = Forgotten | TakenBack | Said | ReactionChanged | Typing | DraftsOffered | Replaced
Deliver = Callable[[Event, tuple[int, ...]], None]  # the event and the players it is for
