"""Mute, block, report: who hears whom, what the blocked one learns, and what reaches the admin."""

from __future__ import annotations

import pytest
from place import Place

from nanoverse.chat import moderation
from nanoverse.chat.errors import ChatError, TooFast
from nanoverse.chat.events import ReactionChanged, Said, Typing
from nanoverse.chat.moderation import BLOCKED, HEARD, MUTED
from nanoverse.chat.speaking import Made
from nanoverse.protocol import NEARBY, PRIVATE, WORLD
from nanoverse.store import finds, reports, scrolls

People = tuple[int, int, int]


def texts(place: Place, player: int) -> list[str]:
    return [event.message.text for event in place.got(player, Said)]  # type: ignore[union-attr]


async def history(place: Place, player: int, channel: int, peer: int = 0) -> list[str]:
    return [m.text for m in (await place.chat.history(player, channel, peer, 0)).messages]


async def test_who_is_muted_is_not_heard_nearby_and_in_the_world_but_in_private(
    place: Place, people: People
) -> None:
    ann, bob, eve = people
    place.earshot[bob] = {ann, eve}
    await place.chat.shun(ann, bob, MUTED)
    await place.chat.say(bob, NEARBY, 0, "near")
    await place.chat.say(bob, WORLD, 0, "all", made=Made())
    await place.chat.say(bob, PRIVATE, ann, "you")
    assert texts(place, ann) == ["you"] and texts(place, eve) == ["near", "all"]
    assert texts(place, bob) == ["near", "all", "you"], "who is muted notices nothing"
    assert [await history(place, ann, channel, bob) for channel in (NEARBY, WORLD, PRIVATE)] == [
        [],
        [],
        ["you"],
    ]
    assert [(u.channel, u.count) for u in await place.chat.unread(ann)] == [(PRIVATE, 1)]


async def test_who_is_blocked_is_not_heard_at_all_nor_is_their_agent(place: Place, people: People) -> None:
    ann, bob, _ = people
    place.earshot[bob] = {ann}
    before = await place.chat.say(bob, PRIVATE, ann, "before", made=Made())
    await place.chat.shun(ann, bob, BLOCKED)
    place.delivered.clear()
    for by_agent in (False, True):
        await place.chat.say(bob, NEARBY, 0, "near", made=Made() if by_agent else None)
        await place.chat.say(bob, WORLD, 0, "all", made=Made() if by_agent else None)
        with pytest.raises(ChatError, match=r"^This message cannot be delivered\.$"):
            await place.chat.say(bob, PRIVATE, ann, "you", made=Made() if by_agent else None)
    await place.chat.react(bob, before, 1)
    assert place.got(ann, Said) == [] and place.got(ann, ReactionChanged) == []
    assert [await history(place, ann, channel, bob) for channel in (NEARBY, WORLD, PRIVATE)] == [[], [], []]
    assert await place.chat.unread(ann) == []


async def test_who_is_blocked_is_not_seen_typing(place: Place, people: People) -> None:
    ann, bob, _ = people
    place.earshot[bob] = {ann}
    await place.chat.shun(ann, bob, BLOCKED)
    await place.chat.typing(bob, NEARBY, 0)
    await place.chat.typing(bob, WORLD, 0)
    with pytest.raises(ChatError):
        await place.chat.typing(bob, PRIVATE, ann)
    assert place.got(ann, Typing) == []


async def test_who_blocks_somebody_does_not_write_to_them_either(place: Place, people: People) -> None:
    ann, bob, _ = people
    await place.chat.shun(ann, bob, BLOCKED)
    with pytest.raises(ChatError, match="You have blocked this player"):
        await place.chat.say(ann, PRIVATE, bob, "hello")


async def test_who_is_heard_again_is_heard(place: Place, people: People) -> None:
    ann, bob, _ = people
    assert [(s.name, s.blocked) for s in await place.chat.shun(ann, bob, BLOCKED)] == [("Bob", True)]
    assert [(s.name, s.blocked) for s in await place.chat.shun(ann, bob, MUTED)] == [("Bob", False)]
    assert await place.chat.shun(ann, bob, HEARD) == []
    await place.chat.say(bob, WORLD, 0, "all")
    assert texts(place, ann) == ["all"] and await place.chat.shunned(ann) == []


async def test_nobody_shuns_or_reports_themselves_or_nobody(place: Place, people: People) -> None:
    ann = people[0]
    for peer, why in ((ann, "another player than yourself"), (999, "no such player")):
        with pytest.raises(ChatError, match=why):
            await place.chat.shun(ann, peer, MUTED)
        with pytest.raises(ChatError, match=why):
            await place.chat.report(ann, peer, 0, "because")


async def test_one_player_shuns_only_so_many(
    place: Place, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, eve = people
    monkeypatch.setattr(moderation, "MOST_SHUNNED", 1)
    await place.chat.shun(ann, bob, MUTED)
    with pytest.raises(ChatError, match="1 players at most"):
        await place.chat.shun(ann, eve, MUTED)
    assert [shun.peer for shun in await place.chat.shunned(ann)] == [bob]


async def test_a_report_keeps_who_what_and_why_even_if_it_is_taken_back(place: Place, people: People) -> None:
    ann, bob, _ = people
    said = await place.chat.say(bob, PRIVATE, ann, "rude", made=Made())
    await place.chat.report(ann, bob, said, "  It is rude. ")
    await place.chat.take_back(bob, said)
    (report,) = await place.database.read(lambda c: reports.newest(c, 10))
    assert (report.reporter, report.name, report.text, report.by_agent) == ("Ann", "Bob", "rude", True)
    assert (report.reason, report.time, report.handled) == ("It is rude.", place.time, 0)


async def test_only_what_one_has_seen_of_that_player_is_reported(place: Place, people: People) -> None:
    ann, bob, eve = people
    private = await place.chat.say(bob, PRIVATE, eve, "for Eve")
    own = await place.chat.say(ann, WORLD, 0, "mine")
    for message in (private, own, 999):
        with pytest.raises(ChatError, match="no such message"):
            await place.chat.report(ann, bob, message, "because")


async def test_a_scroll_is_reported_with_its_words_by_who_found_it_and_by_nobody_else(
    place: Place, people: People
) -> None:
    ann, bob, eve = people
    hidden = [scrolls.Scroll(n, n, 0, f"rude {n}", bob, 1) for n in (1, 2)]
    found = [finds.Find(ann, "scroll", str(n), "", f"rude {n}", bob, n, 0, 1) for n in (1, 2)]
    await place.database.write(lambda c: scrolls.put(c, hidden))
    await place.database.write(lambda c: finds.put(c, found))
    await place.chat.report_scroll(ann, 1, "It is rude.")
    await place.chat.report_scroll(ann, 2, "This too.")
    with pytest.raises(ChatError, match="reported this already"):
        await place.chat.report_scroll(ann, 2, "This too.")
    told = await place.database.read(lambda c: reports.newest(c, 10))
    assert [(r.reporter, r.name, r.text, r.reason) for r in told] == [
        ("Ann", "Bob", "rude 2", "This too."),
        ("Ann", "Bob", "rude 1", "It is rude."),
    ]
    with pytest.raises(ChatError, match="found no such scroll"):
        await place.chat.report_scroll(eve, 1, "because")


async def test_a_report_of_a_scroll_stays_when_it_is_handled_and_can_be_opened_again(
    place: Place, people: People
) -> None:
    ann, bob, _ = people
    await place.database.write(lambda c: scrolls.put(c, [scrolls.Scroll(1, 0, 0, "rude", bob, 1)]))
    await place.database.write(lambda c: finds.put(c, [finds.Find(ann, "scroll", "1", "", "", bob, 0, 0, 1)]))
    await place.chat.report_scroll(ann, 1, "It is rude.")
    await place.database.write(lambda c: scrolls.recover(c, [1], 2))
    for handled in (5, None):
        assert await place.database.write(lambda c, at=handled: reports.handle(c, 1, at))
        (report,) = await place.database.read(lambda c: reports.newest(c, 10))
        assert (report.text, report.handled) == ("rude", handled or 0)


async def test_the_same_is_reported_again_only_when_it_was_handled(place: Place, people: People) -> None:
    ann, bob, _ = people
    await place.chat.report(ann, bob, 0, "because")
    with pytest.raises(ChatError, match="reported this already"):
        await place.chat.report(ann, bob, 0, "because")
    (report,) = await place.database.read(lambda c: reports.newest(c, 10))
    assert await place.database.write(lambda c: reports.handle(c, report.id, 5))
    await place.chat.report(ann, bob, 0, "again")
    found = await place.database.read(lambda c: reports.newest(c, 10))
    assert [(each.reason, each.handled) for each in found] == [("again", 0), ("because", 5)]


async def test_reports_are_bounded_in_number_and_in_time(place: Place, people: People) -> None:
    ann, bob, _ = people
    heard = [await place.chat.say(bob, WORLD, 0, f"{n}") for n in range(6)]
    for message in heard[:5]:
        await place.chat.report(ann, bob, message, "because")
    with pytest.raises(TooFast, match="Too many reports"):
        await place.chat.report(ann, bob, heard[5], "because")
    for number in range(moderation.MOST_OPEN_REPORTS - 5):
        place.time += 60_000
        await place.chat.report(ann, bob, await place.chat.say(bob, WORLD, 0, f"more {number}"), "because")
    place.time += 60_000
    with pytest.raises(ChatError, match="Your other reports come first"):
        await place.chat.report(ann, bob, heard[5], "because")
