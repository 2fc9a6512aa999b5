"""The choice of what an agent may do over HTTP, and its drafts on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from house import House, open_house
from salon import salon

from nanoverse.bench.bot import Refused
from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import Said
from nanoverse.chat.speaking import Made
from nanoverse.protocol import WORLD
from nanoverse.store import conducts, lessons
from nanoverse.store.database import FILE

CHOICE = {
    "level": 1,
    "quiet_from": 1320,
    "quiet_to": 420,
    "utc_offset": -300,
    "zone": "America/New_York",
    "learns": 0,
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, "Ann", "Bob") as opened:
        yield opened


async def test_a_choice_is_kept_and_shown(house: House) -> None:
    async with house.player("Ann") as ann:
        assert (await ann.get("api/me/agent/conduct"))["level"] == 3
        await ann.post("api/me/agent/conduct", **CHOICE)
        assert await ann.get("api/me/agent/conduct") == CHOICE


async def test_a_page_from_before_one_could_choose_whether_to_be_learnt_from_leaves_that_as_it_is(
    house: House,
) -> None:
    async with house.player("Ann") as ann:
        await ann.post("api/me/agent/conduct", **CHOICE)
        older = {name: value for name, value in CHOICE.items() if name != "learns"} | {"level": 2}
        await ann.post("api/me/agent/conduct", **older)
        assert await ann.get("api/me/agent/conduct") == CHOICE | {"level": 2}


@pytest.mark.parametrize(
    "zone",
    [
        "Nowhere/Known",
        "../../etc/passwd",
        "/etc/localtime",
        "America",
        "\0",
        "",
        "x" * 9999,
        7,
        None,
    ],
)
async def test_of_a_zone_that_is_not_known_the_offset_is_kept_alone(house: House, zone: object) -> None:
    async with house.player("Ann") as ann:
        await ann.post("api/me/agent/conduct", **CHOICE | {"zone": zone})
        assert await ann.get("api/me/agent/conduct") == CHOICE | {"zone": ""}


@pytest.mark.parametrize(
    "wrong", [{"level": 4}, {"quiet_to": 1440}, {"utc_offset": 841}, {"level": True}, {"learns": 2}]
)
async def test_what_cannot_be_is_refused_with_a_sentence(house: House, wrong: dict[str, int]) -> None:
    async with house.player("Ann") as ann:
        with pytest.raises(Refused, match="is a whole number from"):
            await ann.post("api/me/agent/conduct", **CHOICE | wrong)


def drafted(house: House, *texts: str) -> list[int]:
    connection = sqlite3.connect(house.folder / "data" / FILE, isolation_level=None)
    for text in texts:
        conducts.draft(connection, house.people["Ann"], WORLD, 0, 0, text, 0, "{}", 1)
    found = [each.id for each in conducts.unsent(connection, house.people["Ann"])]
    connection.close()
    return found


@pytest.mark.parametrize("text", ["north", "by the mill"])
async def test_a_draft_that_is_sent_waits_no_more_the_moment_it_is_said(tmp_path: Path, text: str) -> None:
    """Whenever the server is killed, it is said and gone, or neither."""
    left: list[int] = []

    def look(said: Said) -> None:
        with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as connection:
            left.append(len(conducts.unsent(connection, said.message.sender)))

    async with salon(tmp_path, "Ann") as place:
        ann, db = place.bots["Ann"], place.talk._db
        await db.write(lambda c: conducts.draft(c, ann.id, WORLD, 0, 0, "north", 0, "{}", 1))
        place.talk.chat.subscribe(look)
        await ann.ask("send_draft", 1, text)
        assert left == [0]


async def test_a_draft_that_is_gone_meanwhile_is_not_said_as_the_agents(tmp_path: Path) -> None:
    async with salon(tmp_path, "Ann", "Bob") as place:
        ann, bob, db = place.bots["Ann"].id, place.bots["Bob"].id, place.talk._db
        await db.write(lambda c: conducts.draft(c, ann, WORLD, 0, 0, "north", 0, "{}", 1))
        dropping = db.write(lambda c: conducts.drop(c, ann, 1))
        saying = place.talk.chat.say(ann, WORLD, 0, "north", made=Made(prompt="{}"), draft=1)
        with pytest.raises(ChatError, match="no such draft"):
            await asyncio.gather(dropping, saying)
        assert (await place.talk.chat.history(bob, WORLD, 0, 0)).messages == ()


async def test_a_draft_is_sent_as_the_agents_changed_as_ones_own_or_thrown_away(house: House) -> None:
    same, changed, unwanted = drafted(house, "north", "south", "up")
    async with house.player("Ann") as ann, house.player("Bob") as bob:
        assert len((await ann.get("api/me/digest"))["drafted"]) == 3
        with pytest.raises(Refused, match="no such draft"):
            await bob.ask("send_draft", same, "north")
        await ann.ask("send_draft", same, "north")
        await ann.ask("send_draft", changed, "by the mill")
        await ann.ask("send_draft", unwanted, "")
        with pytest.raises(Refused, match="no such draft"):
            await ann.ask("send_draft", same, "north")
        _, page = await bob.ask("history", WORLD, 0, 0)
        assert [(record[5], record[7]) for record in page["messages"]] == [
            ("north", True),
            ("by the mill", False),
        ]
        assert (await ann.get("api/me/digest"))["drafted"] == []
    connection = sqlite3.connect(house.folder / "data" / FILE)
    (preferred,) = lessons.preferences(connection, house.people["Ann"], 10)
    assert (preferred.chosen, preferred.rejected, preferred.sent) == ("by the mill", ("south",), True)
    assert [text for text, _ in lessons.own_texts(connection, house.people["Ann"], 10)] == ["by the mill"]
    connection.close()
