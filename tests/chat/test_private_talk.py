"""Whatever is said, nobody learns of private or distant talk that was not for them."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from place import Place

from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import DraftsOffered, ReactionChanged, Replaced, Said, Typing
from nanoverse.chat.speaking import Made
from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import drafts
from nanoverse.store.database import Database

PLAYERS = 4
PERSON = st.integers(1, PLAYERS)
SAYING = st.tuples(st.sampled_from([NEARBY, WORLD, PRIVATE]), PERSON, PERSON, st.sets(PERSON), st.booleans())
PROMPT = '{"scene":{},"turns":[]}'


@given(st.lists(SAYING, min_size=1, max_size=15))
@settings(max_examples=40)
def test_a_message_is_delivered_listed_and_counted_only_for_those_it_was_for(
    talk: list[tuple[int, int, int, set[int], bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_talk(Path(folder), talk))


async def _talk(folder: Path, talk: list[tuple[int, int, int, set[int], bool]]) -> None:
    async with await Database.open(folder, tick=0.0) as database:
        place = Place(database)
        for name in ("Ann", "Bob", "Eve", "Zoe"):
            await place.join(name)
        meant: dict[int, set[int]] = {}  # message -> for whom it is
        unread = dict.fromkeys(range(1, PLAYERS + 1), 0)
        for channel, sender, other, near, by_agent in talk:
            if channel == PRIVATE and sender == other:
                continue
            place.time += 60_000
            place.earshot[sender] = near
            for_whom = {NEARBY: near | {sender}, WORLD: set(unread), PRIVATE: {sender, other}}[channel]
            start = len(place.delivered)
            await place.chat.typing(sender, channel, other)
            number = await place.chat.say(
                sender,
                channel,
                other,
                "hm",
                made=Made(prompt=PROMPT) if by_agent else None,
            )
            if by_agent:
                await place.database.write(lambda c, n=number: drafts.add(c, n, "hmm", 0, PROMPT, 1))
            meant[number] = for_whom
            for player in for_whom - {sender}:
                unread[player] += 1
            for player in unread:
                if player != sender or by_agent:  # of one's own words there is nothing to like
                    await _meddle(place, player, number, player in for_whom)
            for event, recipients in place.delivered[start:]:
                assert set(recipients) <= for_whom, event
        for player, count in unread.items():
            place.time += 60_000
            seen = set()
            for channel, peer in [(NEARBY, 0), (WORLD, 0), *((PRIVATE, p) for p in unread if p != player)]:
                page = await place.chat.history(player, channel, peer, 0)
                seen |= {message.id for message in page.messages}
            assert seen == {number for number, for_whom in meant.items() if player in for_whom}
            assert sum(entry.count for entry in await place.chat.unread(player)) == count
            heard = {event.message.id for event in place.got(player, Said) if isinstance(event, Said)}
            assert heard == seen


async def _meddle(place: Place, player: int, message: int, allowed: bool) -> None:
    """React to a message and try to choose for it; who cannot see it must be refused."""
    place.time += 60_000
    if allowed:
        await place.chat.react(player, message, 1)
    else:
        for call in (
            place.chat.react(player, message, 1),
            place.chat.check_another(player, message),
            place.chat.pick(player, message, 1),
            place.chat.correct(player, message, "mine"),
        ):
            with pytest.raises(ChatError):
                await call


async def test_no_event_about_a_private_message_reaches_a_third_player(place: Place) -> None:
    ann, bob, eve = await place.join("Ann"), await place.join("Bob"), await place.join("Eve")
    place.earshot = {ann: {eve}, bob: {eve}}
    await place.chat.typing(bob, PRIVATE, ann)
    asked = await place.chat.say(bob, PRIVATE, ann, "where is the treasure?")
    answer = await place.chat.say(
        ann,
        PRIVATE,
        bob,
        "below the oak",
        made=Made(reply_to=asked, prompt=PROMPT),
    )
    await place.chat.react(bob, answer, 1)
    await place.chat.add_draft(bob, answer, "in the oak", 0)
    ((_, offered),) = [(to, event) for event, to in place.delivered if isinstance(event, DraftsOffered)]
    await place.chat.pick(bob, answer, offered.drafts[0].id)
    assert {type(event) for event, _ in place.delivered} == {
        Typing,
        Said,
        ReactionChanged,
        DraftsOffered,
        Replaced,
    }
    assert not any(eve in recipients for _, recipients in place.delivered)
