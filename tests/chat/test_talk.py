"""Saying, hearing, reacting and reading, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from place import Place

from nanoverse.chat import limits
from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import ReactionChanged, Said, Typing
from nanoverse.chat.reading import PAGE
from nanoverse.chat.speaking import Made
from nanoverse.protocol import MAX_TEXT, NEARBY, PRIVATE, WORLD
from nanoverse.store import accounts
from nanoverse.store.errors import StoreError
from nanoverse.store.unread import Unread

People = tuple[int, int, int]


def texts(place: Place, player: int) -> list[str]:
    return [event.message.text for event in place.got(player, Said) if isinstance(event, Said)]


async def test_nearby_talk_reaches_those_within_earshot_and_the_speaker(place: Place, people: People) -> None:
    ann, bob, eve = people
    place.earshot[ann] = {bob}
    number = await place.chat.say(ann, NEARBY, 0, " hello\x07 ")
    assert [texts(place, player) for player in people] == [["hello"], ["hello"], []]
    (page, nothing) = [(await place.chat.history(player, NEARBY, 0, 0)).messages for player in (bob, eve)]
    assert [message.id for message in page] == [number] and nothing == ()


async def test_world_talk_reaches_everyone(place: Place, people: People) -> None:
    await place.chat.say(people[0], WORLD, 0, "hello")
    assert [texts(place, player) for player in people] == [["hello"]] * 3


async def test_a_private_message_reaches_its_two_sides_wherever_they_are(
    place: Place, people: People
) -> None:
    ann, bob, eve = people
    place.earshot[ann] = {eve}
    await place.chat.say(ann, PRIVATE, bob, "psst")
    assert [texts(place, player) for player in people] == [["psst"], ["psst"], []]


async def test_an_agents_message_is_marked_with_its_version(place: Place, people: People) -> None:
    await place.chat.say(people[0], WORLD, 0, "hi", made=Made(version=7))
    (event,) = place.got(people[1], Said)
    assert isinstance(event, Said) and (event.message.by_agent, event.message.version) == (True, 7)


async def test_messages_are_delivered_in_the_order_of_their_ids_after_they_are_stored(
    place: Place, people: People
) -> None:
    stored_before_delivery = []
    place.chat.subscribe(lambda said: stored_before_delivery.append(place.database.commits))
    said = [place.chat.say(people[n % 3], WORLD, 0, str(n)) for n in range(24)]
    numbers = await asyncio.gather(*said)
    delivered = [event.message.id for event in place.got(people[0], Said) if isinstance(event, Said)]
    assert delivered == sorted(numbers) and len(delivered) == 24
    assert min(stored_before_delivery) > 3  # the three accounts were three commits


async def test_a_speaker_who_hangs_up_while_the_message_is_stored_is_still_heard(
    place: Place, people: People
) -> None:
    saying = asyncio.create_task(place.chat.say(people[0], WORLD, 0, "goodb-"))
    await asyncio.sleep(0)
    saying.cancel()
    await place.chat.say(people[1], WORLD, 0, "bye")
    assert saying.cancelled()
    assert texts(place, people[2]) == ["goodb-", "bye"]


async def test_a_listener_that_fails_keeps_the_message_from_nobody_else(
    place: Place, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Said] = []

    def broken(said: Said) -> None:
        raise LookupError("on purpose")

    place.chat.subscribe(broken)
    place.chat.subscribe(heard.append)
    number = await place.chat.say(people[0], WORLD, 0, "hello")
    assert [said.message.id for said in heard] == [number] and heard[0].recipients == people
    assert "on purpose" in caplog.text


async def test_what_cannot_be_stored_is_not_delivered(place: Place, people: People) -> None:
    pages = await place.database.write(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    await place.database.write(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    with pytest.raises(StoreError, match="disk is full"):
        for n in range(1000):
            place.time += 10_000
            await place.chat.say(people[0], WORLD, 0, f"{n} " + "x" * 400)
    last = (await place.chat.history(people[0], WORLD, 0, 0)).messages
    assert texts(place, people[1])[-PAGE:] == [message.text for message in last]


@pytest.mark.parametrize(
    ("channel", "to", "text", "why"),
    [
        (PRIVATE, 1, "hi", "another player than yourself"),
        (PRIVATE, 999, "hi", "no such player"),
        (PRIVATE, 0, "hi", "no such player"),
        (3, 0, "hi", "no such channel"),
        (-1, 0, "hi", "no such channel"),
        (WORLD, 0, " \n ", "nothing in this message"),
        (WORLD, 0, "x" * (MAX_TEXT + 1), "500 characters, not 501"),
    ],
)
async def test_what_cannot_be_said_is_refused_and_heard_by_nobody(
    place: Place, people: People, channel: int, to: int, text: str, why: str
) -> None:
    assert people[0] == 1
    with pytest.raises(ChatError, match=why):
        await place.chat.say(people[0], channel, to, text)
    assert place.delivered == []
    assert (await place.chat.history(people[0], WORLD, 0, 0)).messages == ()


async def test_a_player_whose_account_is_gone_cannot_speak(place: Place, people: People) -> None:
    await place.database.write(lambda c: accounts.delete(c, people[0]))
    with pytest.raises(ChatError, match="account is gone"):
        await place.chat.say(people[0], WORLD, 0, "hello?")


async def test_typing_is_shown_to_those_who_will_get_the_message(place: Place, people: People) -> None:
    ann, bob, eve = people
    place.earshot[ann] = {ann, bob}
    await place.chat.typing(ann, NEARBY, 0)
    await place.chat.typing(ann, PRIVATE, eve)
    await place.chat.typing(ann, WORLD, 0)
    assert place.delivered == [
        (Typing(NEARBY, ann, "Ann", 0), (bob,)),
        (Typing(PRIVATE, ann, "Ann", eve), (eve,)),
        (Typing(WORLD, ann, "Ann", 0), (bob, eve)),
    ]
    with pytest.raises(ChatError, match="no such player"):
        await place.chat.typing(ann, PRIVATE, 999)


async def test_a_reaction_is_told_to_all_who_see_the_message_with_its_counts(
    place: Place, people: People
) -> None:
    ann, bob, _ = people
    place.earshot[ann] = {bob}
    number = await place.chat.say(ann, NEARBY, 0, "a joke")
    for value in (1, -1, 0):
        await place.chat.react(bob, number, value)
    changes = [(event, to) for event, to in place.delivered if isinstance(event, ReactionChanged)]
    assert changes == [
        (ReactionChanged(number, 1, 0, bob, 1), (ann, bob)),
        (ReactionChanged(number, 0, 1, bob, -1), (ann, bob)),
        (ReactionChanged(number, 0, 0, bob, 0), (ann, bob)),
    ]


async def test_what_one_cannot_see_one_cannot_react_to(place: Place, people: People) -> None:
    ann, bob, eve = people
    place.earshot[ann] = {bob}
    for number in (
        await place.chat.say(ann, NEARBY, 0, "near"),
        await place.chat.say(ann, PRIVATE, bob, "psst"),
        999,
    ):
        with pytest.raises(ChatError, match="no such message"):
            await place.chat.react(eve, number, 1)
    with pytest.raises(ChatError, match="a like, a dislike or none"):
        await place.chat.react(ann, 1, 2)


async def test_ones_own_words_are_judged_by_others_and_those_of_ones_agent_by_oneself_too(
    place: Place, people: People
) -> None:
    ann, *_ = people
    own = await place.chat.say(ann, WORLD, 0, "how true")
    agents = await place.chat.say(ann, WORLD, 0, "how very true", made=Made())
    for value in (1, -1):
        with pytest.raises(ChatError, match=r"^Only others can like or dislike what you said yourself\.$"):
            await place.chat.react(ann, own, value)
        await place.chat.react(ann, agents, value)
    await place.chat.react(ann, own, 0)  # what was liked when that was not refused yet can be taken back
    page = await place.chat.history(ann, WORLD, 0, 0)
    assert [(message.likes, message.dislikes) for message in page.messages] == [(0, 0), (0, 1)]


async def test_history_comes_in_pages_and_says_whether_there_is_more(place: Place, people: People) -> None:
    for n in range(PAGE + 3):
        place.time += 2000
        await place.chat.say(people[0], WORLD, 0, str(n))
    newest = await place.chat.history(people[1], WORLD, 0, 0)
    assert [message.text for message in newest.messages] == [
        str(n) for n in range(3, PAGE + 3)
    ] and newest.more
    oldest = await place.chat.history(people[1], WORLD, 0, newest.messages[0].id)
    assert [message.text for message in oldest.messages] == ["0", "1", "2"] and not oldest.more


async def test_what_is_marked_as_read_is_no_longer_unread(place: Place, people: People) -> None:
    ann, bob, _ = people
    number = await place.chat.say(bob, PRIVATE, ann, "psst")
    await place.chat.say(bob, WORLD, 0, "hello")
    assert await place.chat.unread(ann) == [Unread(WORLD, 0, "", 1), Unread(PRIVATE, bob, "Bob", 1, 1)]
    await place.chat.mark_read(ann, PRIVATE, bob, number)
    await place.chat.mark_read(ann, WORLD, bob, 2**53 - 1)  # outside of private talk there is no peer
    assert await place.chat.unread(ann) == []
    with pytest.raises(ChatError, match="no such player"):
        await place.chat.mark_read(ann, PRIVATE, 999, number)


async def test_people_are_all_who_have_an_account(place: Place, people: People) -> None:
    assert [(player.id, player.name) for player in await place.chat.people(1)] == list(
        zip(people, ("Ann", "Bob", "Eve"), strict=True)
    )


CALLS: list[tuple[limits.Limit, Callable[[Place, int], Awaitable[object]]]] = [
    (limits.SAY, lambda place, n: place.chat.say(1, WORLD, 0, str(n))),
    (limits.REACT, lambda place, n: place.chat.react(2, 1, 1)),
    (limits.TYPING, lambda place, n: place.chat.typing(1, WORLD, 0)),
    (limits.HISTORY, lambda place, n: place.chat.history(1, WORLD, 0, 0)),
    (limits.HISTORY, lambda place, n: place.chat.agent_words(1, 0)),
    (limits.READ, lambda place, n: place.chat.mark_read(1, WORLD, 0, 1)),
    (limits.ANSWERS, lambda place, n: place.chat.correct(1, 2, str(n))),
    (limits.CONSENT, lambda place, n: place.chat.consent(1, 2, True)),
    (limits.PEOPLE, lambda place, n: place.chat.people(1)),
]


@pytest.mark.parametrize(("limit", "call"), CALLS)
async def test_one_too_many_is_refused_and_after_a_while_it_goes_on(
    place: Place, people: People, limit: limits.Limit, call: Callable[[Place, int], Awaitable[object]]
) -> None:
    assert people[:2] == (1, 2)
    assert await place.chat.say(1, WORLD, 0, "something to react to") == 1
    assert await place.chat.say(1, WORLD, 0, "something to correct", made=Made()) == 2
    place.time += 100_000
    for n in range(limit.count):
        await call(place, n)
    with pytest.raises(ChatError, match=limit.refusal):
        await call(place, 99)
    place.time += int(limit.seconds * 1000 / limit.count) + 1
    await call(place, 100)


@pytest.mark.parametrize("way", ["check_another", "pick"])
async def test_asking_and_picking_are_limited_too(place: Place, people: People, way: str) -> None:
    async def call() -> None:
        if way == "pick":
            await place.chat.pick(1, 999, 1)
        else:
            await place.chat.check_another(1, 999)

    for _ in range(limits.ANSWERS.count):
        with pytest.raises(ChatError, match="Only the one"):
            await call()
    with pytest.raises(ChatError, match=limits.ANSWERS.refusal):
        await call()
