"""Replies that quote, search in what one may see, and who is named with an @."""

from __future__ import annotations

import pytest
from place import Place

from nanoverse.chat import limits, reading
from nanoverse.chat.errors import ChatError, TooFast
from nanoverse.chat.events import Said
from nanoverse.protocol import MAX_TEXT, NEARBY, PRIVATE, WORLD
from nanoverse.store.messages import QUOTED

People = tuple[int, int, int]


async def test_a_reply_shows_what_it_replies_to_to_those_who_saw_it(place: Place, people: People) -> None:
    ann, bob, eve = people
    place.earshot[ann] = {bob}
    place.earshot[bob] = {ann, eve}
    asked = await place.chat.say(ann, NEARBY, 0, "where is the ford?")
    answer = await place.chat.say(bob, NEARBY, 0, "north", quote=asked)
    for player, quoted in ((ann, ("Ann", "where is the ford?")), (eve, ("", ""))):
        page = await place.chat.history(player, NEARBY, 0, 0)
        assert (page.messages[-1].quoted_name, page.messages[-1].quoted) == quoted
    said = place.got(bob, Said)[-1]
    assert said.message.id == answer and said.without_quote == {eve}  # type: ignore[union-attr]


async def test_a_long_message_is_quoted_by_its_beginning(place: Place, people: People) -> None:
    ann, bob, _ = people
    asked = await place.chat.say(ann, WORLD, 0, "x" * MAX_TEXT)
    await place.chat.say(bob, WORLD, 0, "well", quote=asked)
    assert len((await place.chat.history(ann, WORLD, 0, 0)).messages[-1].quoted) == QUOTED


async def test_only_what_was_heard_in_the_same_conversation_is_replied_to(
    place: Place, people: People
) -> None:
    ann, bob, eve = people
    secret = await place.chat.say(ann, PRIVATE, bob, "for Bob")
    public = await place.chat.say(ann, WORLD, 0, "for all")
    for sender, channel, to, quote in (
        (eve, WORLD, 0, secret),
        (eve, PRIVATE, ann, secret),
        (bob, WORLD, 0, secret),
        (bob, PRIVATE, eve, secret),
        (bob, PRIVATE, ann, public),
        (bob, WORLD, 0, 999),
    ):
        with pytest.raises(ChatError, match="not in this conversation"):
            await place.chat.say(sender, channel, to, "what?", quote=quote)


async def test_a_search_finds_what_one_may_see_and_nothing_else(place: Place, people: People) -> None:
    ann, bob, eve = people
    place.earshot[bob] = {ann}
    await place.chat.say(bob, WORLD, 0, "A river, far away")
    await place.chat.say(bob, NEARBY, 0, "this RIVER")
    await place.chat.say(bob, PRIVATE, ann, "your river")
    await place.chat.say(bob, PRIVATE, eve, "Eve's river, 100%")
    await place.chat.say(bob, WORLD, 0, "a lake")
    found = {player: await place.chat.search(player, " River ", 0) for player in people}
    texts = {player: [m.text for m in each.messages] for player, each in found.items()}
    assert texts[ann] == ["your river", "this RIVER", "A river, far away"]
    assert texts[eve] == ["Eve's river, 100%", "A river, far away"] and len(texts[bob]) == 4
    assert [m.text for m in (await place.chat.search(eve, "%", 0)).messages] == ["Eve's river, 100%"]
    assert {each.before for each in found.values()} == {0}


async def test_a_search_goes_on_where_it_stopped(
    place: Place, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = people[0]
    monkeypatch.setattr(reading, "FOUND", 2)
    monkeypatch.setattr(reading, "SPAN", 4)
    said = [await place.chat.say(ann, WORLD, 0, text) for text in ("a1", "b", "b", "a2", "a3", "b", "a4")]
    place.time += 60_000
    found, before, pages = [], 0, 0
    while pages == 0 or before:
        page = await place.chat.search(ann, "a", before)
        found += [message.text for message in page.messages]
        before, pages = page.before, pages + 1
    assert found == ["a4", "a3", "a2", "a1"] and pages >= 2 and len(said) == 7


async def test_a_search_for_nothing_is_refused(place: Place, people: People) -> None:
    with pytest.raises(ChatError, match="Say what to look for"):
        await place.chat.search(people[0], "   ", 0)


async def test_searches_are_limited(place: Place, people: People) -> None:
    for _ in range(limits.SEARCH.count):
        await place.chat.search(people[0], "x", 0)
    with pytest.raises(TooFast, match="Too many searches"):
        await place.chat.search(people[0], "x", 0)


async def test_who_is_named_with_an_at_is_told_so_among_what_is_unread(place: Place, people: People) -> None:
    ann, bob, _ = people
    place.earshot[bob] = {ann}
    for text in ("hello @ann!", "hello Ann", "@Anna?", "mail@ann_b.example"):
        await place.chat.say(bob, WORLD, 0, text)
    await place.chat.say(bob, NEARBY, 0, "psst, @ANN")
    await place.chat.say(bob, PRIVATE, ann, "you")
    counts = {each.channel: (each.count, each.mentions) for each in await place.chat.unread(ann)}
    assert counts == {WORLD: (4, 1), NEARBY: (1, 1), PRIVATE: (1, 1)}
