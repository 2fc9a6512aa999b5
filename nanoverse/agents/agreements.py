"""What two agree on in talk: noticed as it is said, kept for both, and told in their scenes until it is over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from nanoverse.agents.manners import names
from nanoverse.agents.proposals import Proposal, may_settle, proposal, says_it_is_over, says_yes
from nanoverse.protocol import NEARBY, PRIVATE
from nanoverse.store import accounts, agreements, messages
from nanoverse.store.agreements import Agreement
from nanoverse.store.clock import now_ms
from nanoverse.store.database import Database
from nanoverse.store.messages import Message
from nanoverse.world.bodies import Body
from nanoverse.world.constants import EARSHOT, UNIT
from nanoverse.world.simulation import Simulation

FEW = 6  # messages before a yes among which is what it says yes to …
SPAN = 600_000  # … and no more than so many ms before it


def note(connection: sqlite3.Connection, said: Message) -> None:
    """A message is being stored: if it says yes to what was proposed to its sender, by a human or to one, that is
    agreed on; if a human says in it that this is over, it is."""
    if not may_settle(said.text):
        return
    if said.channel == PRIVATE and not said.by_agent:  # there it may be over however long nothing was said
        peer = accounts.by_id(connection, said.to)
        if peer and says_it_is_over(said.text, peer.name):
            agreements.end_newest(connection, said.sender, peer.id, said.time)
            return
    for heard in _said_to(connection, said):
        if says_yes(said.text, heard.name):
            if (heard.by_agent and said.by_agent) or _agree(connection, heard, said):
                return
        elif says_it_is_over(said.text, heard.name) and not said.by_agent:
            agreements.end_newest(connection, said.sender, heard.sender, said.time)
            return
        if "?" in heard.text or says_it_is_over(heard.text, said.name):  # that is what was answered
            return


def _said_to(connection: sqlite3.Connection, said: Message) -> Iterator[Message]:
    """What a message may answer, the newest first: what was said to its sender just before, by one other."""
    other = 0
    for heard in reversed(messages.history(connection, said.sender, said.channel, said.to, said.id, FEW)):
        if said.time - heard.time > SPAN or (other and heard.sender not in (said.sender, other)):
            return
        if heard.sender != said.sender and _answers(connection, said, heard):
            other = heard.sender
            yield heard


def _answers(connection: sqlite3.Connection, said: Message, heard: Message) -> bool:
    if said.reply_to:  # an agent replies to the newest of some lines, a human to the one that they mean
        author = messages.visible(connection, said.sender, said.reply_to) if said.by_agent else None
        return heard.id == said.reply_to or (author is not None and author.sender == heard.sender)
    return (
        said.channel == PRIVATE
        or said.sender == heard.partner
        or said.name == heard.quoted_name
        or names(heard.text, said.name)
        or (said.channel == NEARBY and len(messages.audience(connection, heard.id)) == 2)
    )


def _agree(connection: sqlite3.Connection, proposed: Message, answered: Message) -> bool:
    """Keep what was agreed on, if anything was proposed; whether it was. What is over is not agreed on anew until it is
    proposed anew: "np" after "thanks" is no promise."""
    (here,) = connection.execute(
        "SELECT coalesce(json_extract(scene, '$.place'), '') FROM message WHERE id = ?", (proposed.id,)
    ).fetchone()
    found = proposal(proposed.text, proposed.name, answered.name, here)
    counter = proposal(answered.text, answered.name, proposed.name)
    if found is None or (counter and not _is_the_same(counter, found)):
        return False
    if agreements.is_over(connection, proposed.id, proposed.sender, answered.sender):
        return True
    for player, peer, text in (
        (proposed.sender, answered.sender, found.proposer),
        (answered.sender, proposed.sender, found.accepter),
    ):
        if text:
            one = Agreement(player, peer, answered.channel, proposed.id, answered.id, text, answered.time)
            agreements.add(connection, one)
    return True


def _is_the_same(counter: Proposal, found: Proposal) -> bool:
    """Whether a yes that proposes something itself repeats what it answers: "see you at Hollow Ford"."""
    what = (counter.proposer or counter.accepter).rsplit(" at ", maxsplit=1)[-1]
    return what.casefold() in f"{found.proposer};{found.accepter}".casefold()


async def standing(world: Simulation, db: Database, body: Body, channel: int, peer: int) -> tuple[str, ...]:
    """What stands in a scene of this body's for this channel, in private with `peer`. Who meets whom they wanted to
    meet, where they wanted to, has done so."""
    now = now_ms()
    found = await db.read(
        lambda c: agreements.standing(c, body.id, channel, peer if channel == PRIVATE else 0, now)
    )
    met = [one.answered for one in found if _is_met(world, body, one)]

    def end(connection: sqlite3.Connection) -> None:
        for answer in met:
            agreements.end(connection, answer, now)

    if met:
        db.write_soon(end)
    return tuple(one.text for one in found if one.answered not in met)


def _is_met(world: Simulation, body: Body, one: Agreement) -> bool:
    other = world.bodies.get(one.peer)
    place = world.place_name(body.x // UNIT, body.y // UNIT)
    return (
        other is not None
        and one.text.casefold() == f"meet {other.name} at {place}".casefold()
        and other in world.bodies_within(body.x, body.y, EARSHOT)
    )
