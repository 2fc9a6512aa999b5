"""A lost connection: what a page sends again is done once, also over a cut line and over the server's end."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from pathlib import Path

import pytest
from house import House, build, give, open_house, settle
from wire import read

from nanoverse.bench.bot import Bot
from nanoverse.chat.limits import WRITE
from nanoverse.protocol import MOST_WAITING, PRIVATE, WORLD
from nanoverse.store import accounts, drafts, finds, handled, messages, scrolls
from nanoverse.store.database import Database
from nanoverse.web.client import Client
from nanoverse.web.visits import REMEMBERED, Visit, Visits
from nanoverse.world.inputs import Select
from nanoverse.world.recipes import RECIPES
from tests.world_server import start_world

PAGE, OTHER_PAGE = 4711, 4712
PLANKS = next(recipe for recipe in RECIPES if recipe.name == "planks")


async def answer(bot: Bot, ref: int, name: str, *values: object) -> int:
    """Send something as number `ref`; the id that comes with `done`."""
    done = bot.expect("done", lambda fields: fields["ref"] == ref)
    await bot.send(name, ref, *values)
    return int((await done)["id"])


async def cut(bot: Bot) -> None:
    """The line breaks without a goodbye, and without what the server has answered."""
    assert bot._socket is not None
    connection = bot._socket._response.connection
    assert connection is not None and connection.transport is not None
    connection.transport.abort()
    await bot.disconnect()


async def lines(bot: Bot, text: str) -> int:
    said = (await bot.ask("history", WORLD, 0, 0))[1]["messages"]
    return sum(message[5] == text for message in said)


def count(bot_inventory: dict[str, list[list[int]]]) -> int:
    return sum(many for block, many in bot_inventory["slots"] if block == PLANKS.makes)


async def test_a_line_cut_between_hearing_and_answering_says_and_makes_once(tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Maker")
    await give(tmp_path / "data", people["Maker"], 0, 0, ("wood", 8))
    async with open_house(tmp_path, "Ann") as house, house.player("Ann") as ann:
        house.people |= people
        maker = house.bot("Maker")
        await maker.connect(PAGE)
        heard = ann.expect("said", lambda said: said["text"] == "only once")
        assert maker._reader is not None
        maker._reader.cancel()
        await maker.send("craft", 6, PLANKS.id)
        await maker.send("say", 7, WORLD, 0, "only once")
        number = (await heard)["id"]
        await cut(maker)
        await maker.connect(PAGE)
        assert await answer(maker, 7, "say", WORLD, 0, "only once") == number
        await answer(maker, 6, "craft", PLANKS.id)
        await answer(maker, 6, "craft", PLANKS.id)
        assert await lines(maker, "only once") == 1
        await maker.disconnect()

        inventory = maker.expect("inventory")
        await maker.connect(OTHER_PAGE)
        assert count(await inventory) == PLANKS.count
        await answer(maker, 6, "craft", PLANKS.id)  # another page counts for itself
        await maker.close()


async def test_what_can_be_done_but_once_is_told_as_done_when_the_page_comes_back(tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ann", "Bob")
    ann, bob = people["Ann"], people["Bob"]

    def fill(connection: sqlite3.Connection) -> list[int]:
        asked = messages.insert(connection, WORLD, ann, "how are you?", 1)
        said = messages.insert(connection, WORLD, bob, "well", 2, by_agent=True, reply_to=asked.id)
        _, other = (drafts.add(connection, said.id, text, 0, "{}", 2) for text in ("well", "fine"))
        own = messages.insert(connection, WORLD, ann, "hm", 3, by_agent=True)
        drafts.correct(connection, own.id, ann, "hello", 4)
        messages.insert(connection, PRIVATE, ann, "hush", 5, recipient=bob)
        scrolls.put(connection, [scrolls.Scroll(1, 0, 0, "dig here", bob, 1)])
        finds.put(connection, [finds.Find(ann, "scroll", "1", "", "dig here", bob, 0, 0, 6)])
        return [asked.id, said.id, other.id, own.id]

    async with await Database.open(tmp_path / "data") as db:
        asked, said, other, own = await db.write(fill)
    async with open_house(tmp_path) as house:
        house.people |= people
        page = house.bot("Ann")
        await page.connect(PAGE)
        requests: list[tuple[str, tuple[object, ...]]] = [
            ("pick", (said, other)),
            ("forget_rewrite", (own,)),
            ("take_back", (own,)),
            ("forget_message", (asked,)),
            ("forget_person", (bob,)),
            ("report_scroll", (1, "rude")),
        ]
        done = [await answer(page, ref, name, *values) for ref, (name, values) in enumerate(requests, 1)]
        await cut(page)
        await page.connect(PAGE)
        again = [await answer(page, ref, name, *values) for ref, (name, values) in enumerate(requests, 1)]
        assert again == done
        await page.close()


async def test_what_was_written_before_a_break_is_not_paid_for_again(tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ann")
    await give(tmp_path / "data", people["Ann"], 0, 0, ("sign", 1))
    await build(tmp_path / "data", -1, -1, "...", "...", "...")
    async with open_house(tmp_path) as house:
        house.people |= people
        ann = house.bot("Ann")
        await ann.connect(PAGE)
        await answer(ann, 1, "place", 0, 1, 0)
        await answer(ann, 2, "write", 0, 1, "Ann's field")
        for _ in range(WRITE.count + 1):
            await cut(ann)
            await ann.connect(PAGE)
            await answer(ann, 2, "write", 0, 1, "Ann's field")
        await answer(ann, 3, "write", 0, 1, "Ann's garden")
        await ann.close()


async def test_what_one_page_began_to_dig_is_not_answered_to_another(tmp_path: Path) -> None:
    """Both number their messages from one: the other would take it for its own, and never send that again."""
    people = await settle(tmp_path / "data", "Ann")
    await give(tmp_path / "data", people["Ann"], 5, 5)
    await build(tmp_path / "data", 4, 4, "...", "..#", "...", **{"#": "crystal"})
    async with open_house(tmp_path) as house:
        house.people |= people
        first, second = house.bot("Ann"), house.bot("Ann")
        await first.connect(PAGE)
        begun = first.expect("digging")
        await first.send("dig", 2, 6, 5)
        await begun
        dug = second.expect("block", lambda fields: (fields["x"], fields["y"]) == (6, 5))
        await second.connect(OTHER_PAGE)
        await dug
        await second.ask("swap", 0, 1)
        await asyncio.gather(first.close(), second.close())
    async with await Database.open(tmp_path / "data") as db:
        assert await db.read(lambda c: handled.newest(c, people["Ann"], OTHER_PAGE, 10)) == [(1, 0)]


async def test_a_server_that_was_killed_after_its_commit_does_nothing_again(tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ann")
    await give(tmp_path / "data", people["Ann"], 0, 0, ("wood", 8))
    first = await start_world(tmp_path, "--agents", "no")
    try:
        ann = House(first.url, None, tmp_path, people).bot("Ann")
        await ann.connect(PAGE)
        number = await answer(ann, 1, "say", WORLD, 0, "before the end")
        await answer(ann, 2, "craft", PLANKS.id)
    finally:
        await first.stop(signal.SIGKILL)
        await ann.close()
    second = await start_world(tmp_path, "--agents", "no")
    try:
        ann = House(second.url, None, tmp_path, people).bot("Ann")
        inventory = ann.expect("inventory")
        await ann.connect(PAGE)
        assert await answer(ann, 1, "say", WORLD, 0, "before the end") == number
        await answer(ann, 2, "craft", PLANKS.id)
        assert count(await inventory) == PLANKS.count
        assert await lines(ann, "before the end") == 1
        await answer(ann, 3, "craft", PLANKS.id)  # what is new is done
    finally:
        await ann.close()
        await second.stop()


def told(visit: Visit) -> list[str]:
    frames, visit.outbox._frames = visit.outbox._frames, []
    return [name for frame in frames for name, _ in read(frame)]


async def test_all_that_a_page_can_wait_for_may_come_again_at_once() -> None:
    client = Client(1, "Ann", admin=False, visit=Visit(7))
    assert all(client.submit(Select(ref, 0)) for ref in range(1, MOST_WAITING + 1))
    assert not client.submit(Select(MOST_WAITING + 1, 0))
    assert len(client.take_inputs()) == MOST_WAITING


async def test_what_is_under_way_is_answered_when_it_ends_and_what_is_done_at_once(db: Database) -> None:
    visit = await Visits(db).open(1, PAGE)
    assert visit.begins(5)
    assert not visit.begins(5) and told(visit) == []
    visit.refused(5, "No.")
    assert told(visit) == ["refused"]
    assert not visit.begins(5) and told(visit) == ["refused"]


async def test_only_so_many_answers_are_remembered_and_what_comes_later_is_refused(db: Database) -> None:
    visit = await Visits(db).open(1, PAGE)
    for ref in range(1, 3 * REMEMBERED):
        assert visit.begins(ref)
        visit.done(ref)
    told(visit)
    assert len(visit._answers) == REMEMBERED
    assert not visit.begins(1) and told(visit) == ["refused"]


async def test_nobody_pushes_out_what_is_remembered_of_another_and_of_each_it_is_little(db: Database) -> None:
    visits = Visits(db)
    visit = await visits.open(1, PAGE)
    visit.begins(5)
    await asyncio.gather(*(visits.open(2, number) for number in range(1, 1100)))
    assert await visits.open(1, PAGE) is visit and not visit.begins(5)
    assert len(visits._visits[2]) < 10


async def test_a_client_that_sends_nothing_twice_is_not_remembered(db: Database) -> None:
    visit = await Visits(db).open(1, 0)
    assert visit.begins(5) and visit.begins(5)
    assert not visit._answers


async def test_what_is_kept_on_disk_is_bounded(db: Database) -> None:
    ann = (await db.write(lambda c: accounts.create(c, "Ann", "ann", "", 0, 1))).id
    far = handled.SPAN + 10
    await db.write(lambda c: handled.put(c, ann, PAGE, [(1, 0), (far, 3)], 1000))
    assert await db.read(lambda c: handled.newest(c, ann, PAGE, 9)) == [(far, 3)]
    await db.write(lambda c: handled.put(c, 999, PAGE, [(1, 0)], 1000))  # whose account is gone
    await Visits(db).open(ann, OTHER_PAGE)
    assert await db.read(lambda c: c.execute("SELECT count(*) FROM handled").fetchone()) == (0,)


@pytest.mark.parametrize("given", ["", "x", "-1", "²", "9" * 40])
async def test_a_page_number_that_is_none_is_as_if_there_were_none(tmp_path: Path, given: str) -> None:
    async with open_house(tmp_path, "Ann") as house:
        ann = house.bot("Ann")
        await ann.connect(given)  # type: ignore[arg-type]
        assert await ann.say("hello")
        assert await answer(ann, 1, "say", WORLD, 0, "again") != await answer(
            ann, 1, "say", WORLD, 0, "again"
        )
        await ann.close()
