"""A player's words are forgotten: the rows go, and what was derived from them.

What agents learnt from them is noted in `store.forgotten` and goes in their next lesson; where no night will hold one,
`learning.unlearning` sees to it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import accounts, agreements, consents, forgotten, prompts
from nanoverse.store.consents import ALLOWED
from nanoverse.store.database import Database
from nanoverse.store.forgotten import Since

SPAN = 5_000  # messages of which one read looks through the drafts

# Drafts of replies of :player's agent that :peer, whose name is :name, had part in.
_REPLIES = (
    f"({prompts.speaks('draft.prompt')} OR EXISTS (SELECT 1 FROM message"
    f" WHERE message.id = draft.message AND channel = {PRIVATE} AND recipient = :peer))"
    " AND draft.message IN (SELECT id FROM message WHERE sender = :player)"
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found out before any words are forgotten, so that nobody's writing waits for it.

    Of the drafts up to `draft` only `drafts` hold them; up to `message` only the `learners` (None: not known) have
    said something with which they were learnt.
    """

    draft: int = 0
    drafts: tuple[int, ...] = ()
    message: int = 0
    learners: frozenset[int] | None = None


async def look(db: Database, player: int, which: Callable[[sqlite3.Connection], Collection[int]]) -> Looked:
    """Look for what was derived from the messages that `which` tells, before `words` or `person` forgets them."""

    def begin(connection: sqlite3.Connection) -> tuple[dict[str, Any], Looked] | None:
        said, author = _said(connection, player, which(connection)), accounts.by_id(connection, player)
        if author is None or not said:
            return None
        draft, message = (
            connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
            for table in ("draft", "message")
        )
        learners = frozenset(forgotten.learners(connection, player, said))
        return _values(author.name, said), Looked(draft, (), message, learners)

    begun = await db.read(begin)
    if begun is None:
        return Looked()
    values, looked = begun
    drafts: list[int] = []
    for after in range(values["first"], looked.message, SPAN):
        span = {**values, "after": after, "to": after + SPAN}
        found = await db.read(
            partial(_prompted, where="draft.message > :after AND draft.message <= :to", values=span)
        )
        drafts += [draft for draft, _ in found]
    return replace(looked, drafts=tuple(drafts))


def words(
    connection: sqlite3.Connection, player: int, messages: Collection[int], looked: Looked | None = None
) -> tuple[int, ...]:
    """Forget these messages, as far as the player wrote them with their own hands; returns which they were. `looked`:
    what `look` found of them.

    With them go, whoever's they are: drafts whose prompts hold them, what was agreed on in them, answers to them that
    were shown beside others, and handled reports of them. A report that is open stays until it is handled: nobody gets
    rid of a complaint so.
    """
    author, said = accounts.by_id(connection, player), _said(connection, player, messages)
    if author is None or not said:
        return ()
    numbers, texts, values = tuple(said), set(said.values()), _values(author.name, said)
    first, seen = min(numbers), looked or Looked()
    prompted = _prompted(
        connection,
        "draft.message > :first"
        " AND (draft.id > :draft OR draft.id IN (SELECT value FROM json_each(:drafts)))",
        {**values, "draft": seen.draft, "drafts": json.dumps(seen.drafts)},
    )
    learners = seen.learners
    if learners is None:
        learners = frozenset(forgotten.learners(connection, player, numbers))
    else:  # whoever has spoken since may have learnt from them, too, but in no lesson before that
        late = accounts.speakers(connection, seen.message)
        forgotten.mark(connection, late - {player}, Since(seen.message + 1))
    forgotten.mark(connection, (learners | {owner for _, owner in prompted}) - {player}, Since(first))
    forgotten.mark(connection, [player], Since(first), own=True)
    connection.executemany("DELETE FROM draft WHERE id = ?", [(draft,) for draft, _ in prompted])
    connection.execute(f"DELETE FROM unsent WHERE {prompts.says('unsent.prompt')}", values)
    connection.execute(
        "DELETE FROM answered WHERE asker = ? AND heard IN (SELECT value FROM json_each(?))",
        (player, values["texts"]),
    )
    _show_less(connection, player, first, texts)
    ids = json.dumps(numbers)
    agreements.forget_messages(connection, ids)
    connection.execute(
        "DELETE FROM report WHERE handled IS NOT NULL AND message IN (SELECT value FROM json_each(?))", (ids,)
    )
    connection.execute("DELETE FROM message WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    return numbers


def _said(connection: sqlite3.Connection, player: int, messages: Collection[int]) -> dict[int, str]:
    """The texts of those of these messages that the player wrote with their own hands, by message."""
    return dict(
        connection.execute(
            "SELECT id, text FROM message WHERE sender = ? AND NOT by_agent"
            " AND id IN (SELECT value FROM json_each(?))",
            (player, json.dumps(list(messages))),
        )
    )


def _values(name: str, said: Mapping[int, str]) -> dict[str, Any]:
    """What queries for prompts want that hold these texts of `name`."""
    return {"name": name, "texts": json.dumps(list(set(said.values()))), "first": min(said)}


def _prompted(connection: sqlite3.Connection, where: str, values: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The drafts there of which the prompts hold the words, and whose agents' they are."""
    return connection.execute(
        "SELECT draft.id, message.sender FROM draft CROSS JOIN message ON message.id = draft.message"
        f" WHERE {where} AND {prompts.says('draft.prompt')}",
        values,
    ).fetchall()


def person(
    connection: sqlite3.Connection,
    player: int,
    peer: int,
    messages: Collection[int],
    looked: Looked | None = None,
) -> tuple[int, ...]:
    """Forget these messages of the player's, who said them to `peer`, and what else the player's agent had from `peer`:
    their words as context, what was preferred to its replies to them, consent, and what the two agreed on. What `peer`
    said is theirs and stays. `looked` as for `words`.
    """
    other = accounts.by_id(connection, peer)
    if other is None:
        return words(connection, player, messages, looked)
    values = {"player": player, "peer": peer, "name": other.name}
    # First what needs the drafts, which tell to whom a reply was, the consents, which tell what was learnt from, and
    # the talk that those were about.
    _rewrites_of_replies(connection, player, values)
    consent(connection, player, peer)
    gone = words(connection, player, messages, looked)
    first = connection.execute(
        f"SELECT min(id) FROM message WHERE sender = :peer AND (channel = {WORLD} OR recipient = :player OR"
        f" (channel = {NEARBY} AND id IN (SELECT message FROM heard WHERE player = :player)))",
        {"player": player, "peer": peer},
    ).fetchone()[0]
    if first is not None:
        forgotten.mark(connection, [player], Since(first))
    forgotten.unlearn(connection, player, peer)
    agreements.forget_between(connection, player, peer)
    connection.execute(f"DELETE FROM draft WHERE {_REPLIES}", values)
    connection.execute(
        f"DELETE FROM unsent WHERE player = :player AND (peer = :peer OR {prompts.speaks('unsent.prompt')})",
        values,
    )
    connection.execute(
        "DELETE FROM answered WHERE asker = :peer"
        " AND version IN (SELECT id FROM adapter_version WHERE player = :player)",
        values,
    )
    _tell_no_talk(connection, values)
    return gone


def _tell_no_talk(connection: sqlite3.Connection, values: dict[str, object]) -> None:
    """Nothing that the player or their agent said, or would have said, to others tells that they talked with :peer."""
    own = "message IN (SELECT id FROM message WHERE sender = :player)"
    for table, column, at, whose in (
        ("message", "scene", "$", "sender = :player"),
        ("draft", "prompt", "$.scene", own),
        ("unsent", "prompt", "$.scene", "player = :player"),
    ):
        connection.execute(
            f"UPDATE {table} SET {column} = {prompts.without_talk(column, at)}"
            f" WHERE {whose} AND {prompts.talked(column, at)}",
            values,
        )


def _rewrites_of_replies(connection: sqlite3.Connection, player: int, values: dict[str, object]) -> None:
    """What a player rewrote of their agent's replies to somebody are their own words to them. Of what was private also
    that whose draft is gone already."""
    which = (
        f"message.id IN (SELECT draft.message FROM draft WHERE {_REPLIES}) OR"
        f" (message.sender = :player AND message.channel = {PRIVATE} AND message.recipient = :peer)"
    )
    (first,) = connection.execute(
        "SELECT min(correction.first) FROM correction JOIN message ON message.id = correction.message"
        f" WHERE ({which}) AND {ALLOWED}",
        values,
    ).fetchone()
    if first is not None:
        forgotten.mark(connection, [player], Since(version=first), own=True)
    connection.execute(
        f"DELETE FROM correction WHERE message IN (SELECT id FROM message WHERE {which})", values
    )


def consent(connection: sqlite3.Connection, player: int, peer: int) -> None:
    """`player` agrees no longer that agents learn from the private talk of these two; what they learnt of it goes."""
    if consents.mutual(connection, player, peer):
        forgotten.private(connection, player, peer)
    consents.put(connection, player, peer, False, 0)


def rewrite(connection: sqlite3.Connection, player: int, message: int) -> bool:
    """Let go of what a player would have said instead of this message of their agent's; returns whether there was such.

    Nothing else was derived from it than versions; they go, unless it is private and may not have been learnt from.
    """
    row = connection.execute(
        f"SELECT correction.first, {ALLOWED} FROM correction JOIN message ON message.id = correction.message"
        " WHERE correction.message = ? AND correction.player = ?",
        (message, player),
    ).fetchone()
    if row is None:
        return False
    first, allowed = row
    if allowed:
        forgotten.mark(connection, [player], Since(version=first), own=True)
    connection.execute("DELETE FROM correction WHERE message = ?", (message,))
    return True


def imported(connection: sqlite3.Connection, player: int) -> int:
    """Let go of all that a player brought from elsewhere; returns how many lines that were."""
    (first,) = connection.execute("SELECT min(id) FROM imported WHERE player = ?", (player,)).fetchone()
    if first is not None:
        forgotten.mark(connection, [player], Since(imported=first), own=True)
    return connection.execute("DELETE FROM imported WHERE player = ?", (player,)).rowcount


def _show_less(connection: sqlite3.Connection, player: int, first: int, texts: Collection[str]) -> None:
    """What the player is shown as learnt by versions that have seen message `first` names no word or phrase of these
    texts."""
    said = [text.casefold() for text in texts]

    def left(shown: str) -> str:
        return json.dumps(
            [each for each in json.loads(shown) if not any(each.casefold() in text for text in said)]
        )

    rows = connection.execute(
        "SELECT version, words, phrases FROM learnt JOIN adapter_version ON adapter_version.id = learnt.version"
        " WHERE player = ? AND seen_message >= ?",
        (player, first),
    ).fetchall()
    connection.executemany(
        "UPDATE learnt SET words = ?, phrases = ? WHERE version = ?",
        [(left(some), left(phrases), version) for version, some, phrases in rows],
    )
