"""Another answer, and what the owner would have said: the rules for second thoughts about what an agent said.

The partner of an agent's message (the human whom it answered) may ask for other answers and picks one of them, once.
The owner may say at any time what they would have said instead; that is stored, and shown to nobody else. They may also
take it back, which is a dislike that removes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import DraftsOffered, Replaced
from nanoverse.store import agreements, drafts, messages, reactions, shuns
from nanoverse.store.drafts import Draft
from nanoverse.store.messages import Message

MOST = 4  # drafts of one message, the text that was said among them


def open_to(connection: sqlite3.Connection, player: int, message: int) -> tuple[Message, list[Draft]]:
    """The message and its drafts, if `player` may still choose among them; not if the agent's player does not hear
    them there any more."""
    said = messages.visible(connection, player, message)
    if said is None or said.partner != player:
        raise ChatError("Only the one whom an agent answered can choose another answer.")
    if said.sender in shuns.deaf_to(connection, player, said.channel):
        raise ChatError("There is no other answer to this.")
    if said.picked:
        raise ChatError("An answer has been picked already.")
    return said, drafts.of(connection, message)


def add(
    connection: sqlite3.Connection, player: int, message: int, text: str, version: int, now: int
) -> list[Draft]:
    """Store one more draft; returns all of them. What another draft says already is refused, and one too many.

    It has the prompt of the others as that reads by now: some of it may have been forgotten since it was asked for.
    """
    _, made = open_to(connection, player, message)
    if len(made) >= MOST or text in {draft.text for draft in made}:
        raise ChatError("No other answer came to mind.")
    return [*made, drafts.add(connection, message, text, version, made[0].prompt, now)]


def offer(message: int, made: Iterable[Draft]) -> DraftsOffered:
    """Ordered by their text, so that the place of a draft does not tell which was said first."""
    return DraftsOffered(message, tuple(sorted(made, key=lambda draft: draft.text)))


def pick(connection: sqlite3.Connection, player: int, message: int, draft: int, now: int) -> Replaced:
    said, made = open_to(connection, player, message)
    picked = {each.id: each for each in made}.get(draft)
    if picked is None or len(made) < 2:
        raise ChatError("This answer is not among those to choose from.")
    drafts.pick(connection, picked, player, now)
    if picked.text != said.text:
        agreements.end(connection, message, now)
    return Replaced(message, picked.text, picked.version)


def correct(connection: sqlite3.Connection, player: int, message: int, text: str, now: int) -> None:
    _check_own(connection, player, message, "Only what your own agent said can be corrected.")
    drafts.correct(connection, message, player, text, now)


def take_back(connection: sqlite3.Connection, player: int, message: int, now: int) -> None:
    _check_own(connection, player, message, "Only what your own agent said can be taken back.")
    reactions.put(connection, message, player, -1, now)
    messages.take_back(connection, message, now)
    agreements.end(connection, message, now)


def _check_own(connection: sqlite3.Connection, player: int, message: int, refusal: str) -> None:
    said = messages.visible(connection, player, message)
    if said is None or said.sender != player or not said.by_agent:
        raise ChatError(refusal)
