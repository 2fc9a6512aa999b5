"""What a night learns from: a player's own words, and what was preferred to their agent's.

Nothing that is learnt from ever contains private words unless both sides have consented.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from nanoverse.protocol import IMPORTED, REWRITTEN, SAID, WORLD
from nanoverse.store import imports
from nanoverse.store.adapters import EVERYTHING, Seen
from nanoverse.store.consents import ALLOWED
from nanoverse.store.messages import IDS_BEFORE
from nanoverse.store.shuns import heeded

CONTEXT = 12  # messages before the player's own


@dataclass(frozen=True, slots=True)
class Line:
    """Something said before, as it reads now; `time` in ms."""

    speaker: str
    text: str
    by_agent: bool
    time: int


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A player's own human words; `scene` is JSON or None, `context` what they had seen just before, oldest first.

    In private `peer` is who got it, and `to` their name; otherwise 0 and empty. `after_forgotten`: what was heard right
    before it is to be forgotten, and not in the context.
    """

    id: int
    channel: int
    peer: int
    text: str
    time: int
    scene: str | None
    context: tuple[Line, ...]
    to: str
    after_forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Preference:
    """To one prompt (JSON), `chosen` was preferred to each of `rejected` by the player `by`: the owner if `corrected`,
    else the partner who picked it. `version` wrote what was said first; `time` in ms. If `sent`, the owner said it
    in the stead of a draft that waited for them, so it is one of their own messages, too."""

    message: int
    prompt: str
    chosen: str
    rejected: tuple[str, ...]
    corrected: bool
    version: int
    time: int
    by: int
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Vote:
    """A like or a dislike of what a player's agent said (`reply`) to a prompt (JSON); `owner`: the player's own."""

    message: int
    voter: int
    owner: bool
    like: bool
    prompt: str
    reply: str


def order(said: Collection[tuple[int, int]]) -> Callable[[int, int], tuple[int, int]]:
    """The key by which a player's own words are ordered, oldest first; `said` are the id and time (ms) of all of them.

    What was said here goes by its id, for a clock that was ahead would make its words the newest for ever. What was
    brought from elsewhere (id 0) has a time only, and stands by it among the others, because it may be as new as they
    are. There each of them counts as said no later than any that came after it.
    """
    times: dict[int, int] = {}
    bound = 2**63 - 1
    for number, time in sorted(said, reverse=True):
        if number:
            bound = times[number] = min(bound, time)
    return lambda number, time: (times.get(number, time), number)


@dataclass(frozen=True, slots=True)
class OwnWord:
    """A line of a player's own that may be learnt from; `time` in ms. `id` is that of the message or imported line; a
    rewrite has that of their agent's message, which `said` something else."""

    id: int
    channel: int
    text: str
    time: int
    said: str


# The lines of each kind (`nanoverse.protocol.OWN_WORDS`) before :before, the newest first.
_OWN_WORDS = {
    SAID: f"""SELECT id, channel, text, time, '' FROM message
        WHERE sender = :player AND NOT by_agent AND {ALLOWED} AND id < :before ORDER BY id DESC LIMIT :limit""",
    REWRITTEN: f"""SELECT message.id, channel, correction.text, correction.time, message.text
        FROM correction JOIN message ON message.id = correction.message
        WHERE correction.player = :player AND {ALLOWED} AND message.id < :before
        ORDER BY message.id DESC LIMIT :limit""",
    IMPORTED: f"""SELECT id, {WORLD}, text, time, '' FROM imported
        WHERE player = :player AND id < :before ORDER BY id DESC LIMIT :limit""",
}


def own_messages(connection: sqlite3.Connection, player: int, limit: int) -> list[OwnMessage]:
    """The newest `limit` messages that the player, not the agent, wrote, also elsewhere; oldest first.

    Imported ones have the id 0 and no context. Of thousands the contexts take most of a second: whoever others wait for
    reads the lines first and those in pieces.
    """
    return in_context(connection, player, own_lines(connection, player, limit))


def own_lines(connection: sqlite3.Connection, player: int, limit: int) -> list[OwnMessage]:
    """The same without what was said before them."""
    here = _own(connection, player, limit, ALLOWED)
    elsewhere = [
        OwnMessage(0, WORLD, 0, text, time, None, (), "")
        for text, time in imports.newest(connection, player, limit)
    ]
    own = [*here, *elsewhere]
    key = order([(one.id, one.time) for one in own])
    return sorted(own, key=lambda one: key(one.id, one.time))[-limit:]


def withheld_lines(connection: sqlite3.Connection, player: int, limit: int) -> list[OwnMessage]:
    """The newest `limit` of the player's own private messages that must not be learnt from, without what was said
    before them; oldest first.

    For nothing but making sure that nobody has.
    """
    return _own(connection, player, limit, f"NOT {ALLOWED}")


def in_context(connection: sqlite3.Connection, player: int, own: Iterable[OwnMessage]) -> list[OwnMessage]:
    """These messages of the player's with what they had seen just before."""
    return [_in_context(connection, player, one) if one.id else one for one in own]


def _own(connection: sqlite3.Connection, player: int, limit: int, which: str) -> list[OwnMessage]:
    rows = connection.execute(
        "SELECT id, channel, coalesce(recipient, 0), text, time, scene,"
        " coalesce((SELECT name FROM player WHERE player.id = recipient), '') FROM message"
        f" WHERE sender = ? AND NOT by_agent AND {which} ORDER BY id DESC LIMIT ?",
        (player, limit),
    ).fetchall()
    return [
        OwnMessage(number, channel, peer, text, time, scene, (), to)
        for number, channel, peer, text, time, scene, to in reversed(rows)
    ]


def own_texts(
    connection: sqlite3.Connection, player: int, limit: int, seen: Seen = EVERYTHING
) -> list[tuple[str, int]]:
    """Text and time of the same messages, without what was said before them; the newest first. Of those alone that were
    there when things had come as far as `seen`."""
    here = connection.execute(
        "SELECT id, text, time FROM message"
        f" WHERE sender = ? AND NOT by_agent AND {ALLOWED} AND id <= ? ORDER BY id DESC LIMIT ?",
        (player, seen.message, limit),
    ).fetchall()
    elsewhere = imports.newest(connection, player, limit, seen.imported)
    own = [*here, *((0, text, time) for text, time in elsewhere)]
    key = order([(number, time) for number, _, time in own])
    newest_first = sorted(own, key=lambda one: key(one[0], one[2]), reverse=True)
    return [(text, time) for _, text, time in newest_first[:limit]]


def own_page(
    connection: sqlite3.Connection, player: int, kind: int, before: int, limit: int
) -> list[OwnWord]:
    """Of what a player's agent may learn from the newest `limit` lines of a kind (`nanoverse.protocol.OWN_WORDS`)
    before line `before` (0: of all), the newest first."""
    values = {"player": player, "before": before or 2**63 - 1, "limit": limit}
    return [OwnWord(*row) for row in connection.execute(_OWN_WORDS[kind], values)]


def preferences(connection: sqlite3.Connection, player: int, limit: int) -> list[Preference]:
    """The newest `limit` corrections and as many picks of what the player's agent said, and as many of its drafts that
    the player changed before they sent them, oldest first.

    A correction is preferred to what was said, a picked draft to the drafts that were not picked, what was sent to the
    draft. Picks are taken from everybody in turn whom the player does not shun, so that nobody's many push those of
    others out.
    """
    rows = connection.execute(
        f"""
        SELECT * FROM (SELECT message.id AS number, said.prompt, correction.text, message.text, 1, first.version,
            correction.time AS time, message.sender, 0
            FROM correction JOIN message ON message.id = correction.message
            JOIN draft AS first ON first.id = (SELECT min(id) FROM draft WHERE message = message.id)
            LEFT JOIN pick ON pick.message = message.id
            JOIN draft AS said ON said.id = coalesce(pick.draft, first.id)
            WHERE message.sender = :player AND message.by_agent AND {ALLOWED}
            ORDER BY time DESC, number DESC LIMIT :limit)
        UNION ALL
        SELECT * FROM (SELECT message.id, draft.prompt, message.text, draft.text, 1, draft.version, message.time,
            message.sender, 1
            FROM draft JOIN message ON message.id = draft.message
            WHERE message.sender = :player AND NOT message.by_agent AND {ALLOWED}
            ORDER BY message.id DESC LIMIT :limit)
        UNION ALL
        SELECT * FROM (SELECT message.id, picked.prompt, picked.text, NULL, 0, first.version, pick.time, pick.player, 0
            FROM pick JOIN message ON message.id = pick.message
            JOIN draft AS picked ON picked.id = pick.draft
            JOIN draft AS first ON first.id = (SELECT min(id) FROM draft WHERE message = message.id)
            WHERE message.sender = :player AND message.by_agent AND {ALLOWED} AND {heeded("pick.player")}
            ORDER BY {_in_turn("pick")} LIMIT :limit)
        ORDER BY time, number
        """,
        {"player": player, "limit": limit},
    ).fetchall()
    found = []
    for number, prompt, chosen, said, corrected, version, time, by, sent in rows:
        others = (said,) if corrected else _texts(connection, number)
        rejected = tuple(dict.fromkeys(text for text in others if text != chosen))
        if rejected:
            found.append(
                Preference(number, prompt, chosen, rejected, bool(corrected), version, time, by, bool(sent))
            )
    return found


def votes(connection: sqlite3.Connection, player: int, limit: int) -> list[Vote]:
    """The newest `limit` votes of the player on what their agent said, and as many of others, oldest first.

    Those of others are taken from everybody in turn whom the player does not shun. Where another answer was picked,
    only what was said of that one counts.
    """
    given = f"""
        SELECT message.id AS number, reaction.player, reaction.player = message.sender, reaction.value > 0,
            said.prompt, said.text, reaction.time
        FROM reaction JOIN message ON message.id = reaction.message
        LEFT JOIN pick ON pick.message = message.id
        JOIN draft AS said
            ON said.id = coalesce(pick.draft, (SELECT min(id) FROM draft WHERE message = message.id))
        WHERE message.sender = :player AND message.by_agent AND message.taken_back IS NULL AND {ALLOWED}
            AND reaction.time >= coalesce(pick.time, 0) AND {heeded("reaction.player")}"""
    rows = connection.execute(
        f"""
        SELECT * FROM ({given} AND reaction.player = :player ORDER BY {_in_turn("reaction")} LIMIT :limit)
        UNION ALL
        SELECT * FROM ({given} AND reaction.player != :player ORDER BY {_in_turn("reaction")} LIMIT :limit)
        ORDER BY time, number
        """,
        {"player": player, "limit": limit},
    )
    return [
        Vote(number, voter, bool(owner), bool(like), prompt, reply)
        for number, voter, owner, like, prompt, reply, _ in rows
    ]


def note(connection: sqlite3.Connection, player: int, material: str) -> None:
    """A lesson made from `material` (a fingerprint) came to its end."""
    connection.execute("INSERT OR REPLACE INTO lesson VALUES (?, ?)", (player, material))


def newest(connection: sqlite3.Connection, player: int) -> str | None:
    """What the player's newest lesson was made from; None if there was none, or what came of it had to go."""
    row = connection.execute("SELECT material FROM lesson WHERE player = ?", (player,)).fetchone()
    return row[0] if row else None


def _in_turn(table: str) -> str:
    """The order in which everybody's newest row of `table` comes first, then everybody's second, and so on."""
    newest = f"{table}.time DESC, message.id DESC"
    return f"row_number() OVER (PARTITION BY {table}.player ORDER BY {newest}), {newest}"


def _texts(connection: sqlite3.Connection, message: int) -> tuple[str, ...]:
    rows = connection.execute("SELECT text FROM draft WHERE message = ? ORDER BY id", (message,))
    return tuple(text for (text,) in rows)


def _in_context(connection: sqlite3.Connection, player: int, one: OwnMessage) -> OwnMessage:
    rows = connection.execute(
        f"WITH page AS ({IDS_BEFORE[one.channel]} ORDER BY id DESC LIMIT :limit)"
        " SELECT player.name, message.text, message.by_agent, message.time, EXISTS (SELECT 1 FROM unlearnt"
        " WHERE unlearnt.player = :viewer AND unlearnt.peer = message.sender AND unlearnt.message >= message.id)"
        " FROM page JOIN message ON message.id = page.id JOIN player ON player.id = message.sender"
        " ORDER BY message.id",
        {"viewer": player, "peer": one.peer, "before": one.id, "limit": CONTEXT},
    ).fetchall()
    context = tuple(Line(name, text, bool(agent), time) for name, text, agent, time, gone in rows if not gone)
    return replace(one, context=context, after_forgotten=bool(rows) and bool(rows[-1][4]))
