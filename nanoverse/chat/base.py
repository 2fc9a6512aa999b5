"""What all parts of chat have in common: the database, the limits, who is told, and who there is to talk to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from nanoverse.chat import limits
from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import Deliver, Said
from nanoverse.protocol import CHANNELS, PRIVATE
from nanoverse.store import accounts, messages
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.store.messages import Message


class Base:
    """`hears(sender)` gives the players within earshot; `deliver(event, recipients)` takes an event to players."""

    def __init__(
        self,
        database: Database,
        hears: Callable[[int], Iterable[int]],
        deliver: Deliver,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._database = database
        self._hears = hears
        self._deliver = deliver
        self._now = now
        self._buckets = limits.Buckets(now)
        self._witnesses: list[Callable[[sqlite3.Connection, Message], None]] = []
        self._listeners: list[Callable[[Said], None]] = []
        self._critics: list[Callable[[int], None]] = []

    def subscribe_writes(self, witness: Callable[[sqlite3.Connection, Message], None]) -> None:
        """`witness(connection, message)` is called for every message in the transaction that stores it, so that what it
        writes is committed with the message or not at all."""
        self._witnesses.append(witness)

    def subscribe(self, listener: Callable[[Said], None]) -> None:
        """`listener(said)` is called for every message, after it has been delivered."""
        self._listeners.append(listener)

    def subscribe_dislikes(self, listener: Callable[[int], None]) -> None:
        """`listener(player)` is called whenever somebody has disliked what that player's agent said."""
        self._critics.append(listener)

    def _disliked(self, owner: int) -> None:
        for critic in self._critics:
            critic(owner)


def audience(connection: sqlite3.Connection, message: int) -> tuple[int, ...]:
    return tuple(sorted(messages.audience(connection, message)))


def check_channel(player: int, channel: int, peer: int) -> None:
    if channel not in range(len(CHANNELS)):
        raise ChatError("There is no such channel.")
    if channel == PRIVATE and peer == player:
        raise ChatError("This needs another player than yourself.")


def check_people(connection: sqlite3.Connection, player: int, peer: int | None) -> str:
    """The player's name, if they and their peer exist."""
    found = accounts.by_id(connection, player)
    if found is None:
        raise ChatError("Your account is gone.")
    if peer is not None and accounts.by_id(connection, peer) is None:
        raise ChatError("There is no such player.")
    return found.name
