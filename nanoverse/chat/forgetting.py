"""What a player may have forgotten: what they said themselves, all that they said to somebody, and what they would have
said instead of their agent."""

from __future__ import annotations

import sqlite3

from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import Forgotten
from nanoverse.chat.text import mentions
from nanoverse.protocol import NEARBY, PRIVATE
from nanoverse.store import accounts, forgetting, messages
from nanoverse.store.forgetting import Looked


def message(
    connection: sqlite3.Connection, player: int, number: int, looked: Looked | None = None
) -> tuple[Forgotten, set[int]]:
    """Forget one message; returns it, and who could see it. `looked`: what `look` of the store found of it."""
    said = messages.visible(connection, player, number)
    if said is None:
        raise ChatError("There is no such message.")
    if said.sender != player or said.by_agent:
        raise ChatError("Only what you said yourself can be forgotten.")
    saw = set(messages.audience(connection, number))
    return Forgotten(forgetting.words(connection, player, [number], looked)), saw


def rewrite(connection: sqlite3.Connection, player: int, number: int) -> None:
    """Forget what the player would have said instead of this message of their agent's, taken back or not."""
    if not forgetting.rewrite(connection, player, number):
        raise ChatError("You have not rewritten this.")


def person(
    connection: sqlite3.Connection, player: int, peer: int, looked: Looked | None = None
) -> tuple[Forgotten, set[int]]:
    """Forget all that the player said to somebody, and what their agent learnt in that talk; returns it, and who could
    see any of it. `looked`: what was found of it."""
    said = said_to(connection, player, peer)
    nearby = [number for number, channel in said.items() if channel == NEARBY]
    # In the other channels the rest had the same audience.
    one_of_each = {channel: number for number, channel in said.items()}.values()
    saw = set().union(*(messages.audience(connection, number) for number in {*nearby, *one_of_each}))
    return Forgotten(forgetting.person(connection, player, peer, list(said), looked)), saw


def said_to(connection: sqlite3.Connection, player: int, peer: int) -> dict[int, int]:
    """What the player said to somebody, with its channel: in private, in reply to them or their agent, or with @their
    name."""
    other = accounts.by_id(connection, peer)
    if player == peer:
        raise ChatError("This needs another player than yourself.")
    if other is None:
        raise ChatError("There is no such player.")
    rows = connection.execute(
        "SELECT id, channel, recipient, text, reply_to IN (SELECT id FROM message WHERE sender = :peer)"
        " FROM message WHERE sender = :player AND NOT by_agent",
        {"player": player, "peer": peer},
    )
    name, everyone = other.name, [one.name for one in accounts.everyone(connection)]
    beginning = name.casefold()
    longer = [one for one in everyone if one.casefold().startswith(beginning) and one != name]
    return {
        number: channel
        for number, channel, recipient, text, replies in rows
        if (recipient == peer if channel == PRIVATE else replies or mentions(text, name, longer))
    }
