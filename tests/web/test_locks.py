"""The admin locks an account: its player is sent out and kept out with a sentence, its agent sleeps, all is kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgpack
import pytest
from house import House, Http, open_house
from wire import read

from nanoverse.app import running
from nanoverse.bench.bot import Bot
from nanoverse.config import Settings
from nanoverse.protocol import AGENT, ASLEEP, WORLD

LOCKED = "Your account is locked: You spam."
PASSWORD = "correct horse"
NOT_AN_ADMIN = (403, {"error": "You cannot lock yourself or another admin."})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Ann is the admin; agents take over after a second."""
    async with open_house(tmp_path, "Ann", "Bob", "Eve", away_seconds=1) as opened:
        await claim(opened, "Ann", str(opened.admin_link))
        yield opened


def of(house: House, name: str) -> contextlib.AbstractAsyncContextManager[Http]:
    return house.http(Cookie=f"nanoverse=token-of-{name}")


async def claim(house: House, name: str, link: str) -> None:
    async with of(house, name) as browser:
        assert (await browser.post("api/admin/claim", token=link.partition("token=")[2]))[0] == 200


async def lock(house: House, player: object, locked: object = True, **more: object) -> tuple[int, object]:
    async with of(house, "Ann") as ann:
        return await ann.post("api/admin/lock", player=player, locked=locked, **more)


async def farewell(socket: aiohttp.ClientWebSocketResponse) -> tuple[int, str]:
    """How the server closes a socket: its code and message."""
    async with asyncio.timeout(60):
        while (heard := await socket.receive()).type is aiohttp.WSMsgType.BINARY:
            pass
    assert heard.type is aiohttp.WSMsgType.CLOSE
    return int(heard.data), str(heard.extra)


async def sees_driven(bot: Bot, player: int, driver: int) -> None:
    for _ in range(400):
        if driver in [by for who, _, by in (await bot.ask("people"))[1]["people"] if who == player]:
            return
        await asyncio.sleep(0.3)  # looking has a limit
    pytest.fail(f"{player} is not driven by {driver}")


async def test_an_open_window_is_closed_and_no_other_opens(house: House) -> None:
    async with of(house, "Bob") as bob, house.player("Eve") as eve:
        async with bob.session.ws_connect(house.url + "ws") as window:
            await window.receive()
            assert await lock(house, "Bob", reason=" You\nspam. ") == (200, {})
            assert await farewell(window) == (4004, "Your account is locked.")
        async with bob.session.ws_connect(house.url + "ws") as window:
            assert await farewell(window) == (4004, "Your account is locked.")
        await sees_driven(eve, house.people["Bob"], ASLEEP)
        await eve.say("the others play on", WORLD)


async def test_who_is_locked_may_use_nothing_else_of_the_api(house: House) -> None:
    await lock(house, "Bob", reason="You spam.")
    async with of(house, "Bob") as bob:
        for path in ("me", "me/agent/conduct", "me/digest", "admin/status"):
            assert await bob.get(f"api/{path}") == (403, {"error": LOCKED}), path
        assert await bob.post("api/me/agent/newest") == (403, {"error": LOCKED})
        assert await bob.post("api/admin/claim", token="x") == (403, {"error": LOCKED})
        assert await bob.post("api/logout") == (200, {})


async def test_the_reason_is_told_to_who_knows_the_password_and_nobody_else(house: House) -> None:
    async with house.http("127.0.2.1") as mira:
        await mira.post("api/register", name="Mira", password=PASSWORD)
        await mira.post("api/logout")
        assert (await lock(house, "mira"))[0] == 200
        assert await mira.post("api/login", name="Mira", password="wrong horse") == (
            403,
            {"error": "There is no player with that name and password."},
        )
        sentence = (403, {"error": "Your account is locked.", "locked": True})
        assert (await mira.get("api/me"))[0] == 401
        assert await mira.post("api/login", name="Mira", password=PASSWORD) == sentence
        assert (await lock(house, "Mira", False))[0] == 200
        assert (await mira.post("api/login", name="Mira", password=PASSWORD))[0] == 200


async def test_who_is_locked_takes_their_data_along_and_deletes_their_account(house: House) -> None:
    async with house.http("127.0.2.2") as mira:
        _, me = await mira.post("api/register", name="Mira", password=PASSWORD)
        async with mira.session.ws_connect(house.url + "ws") as window:
            await window.send_bytes(msgpack.packb((10, 1, WORLD, 0, "my own words")))  # say
            while "done" not in [name for name, _ in read((await window.receive()).data)]:
                pass
        await mira.post("api/logout")
        await lock(house, "Mira", reason="You spam.")
        assert (await mira.post("api/login", name="Mira", password=PASSWORD))[0] == 403
        async with mira.session.get(house.url + "api/me/words.jsonl") as words:
            assert "my own words" in await words.text()
        assert (await mira.get("api/me/agent"))[1]["versions"] == []
        assert (await mira.get("api/me"))[0] == 403
        async with mira.session.ws_connect(house.url + "ws") as window:
            assert (await farewell(window))[0] == 4004
        assert (await mira.post("api/me/delete", password="wrong horse"))[0] == 403
        assert await mira.post("api/me/delete", password=PASSWORD) == (200, {})
        assert (await mira.get("api/me"))[0] == 401
    async with of(house, "Ann") as ann, house.player("Eve") as eve:
        assert (await ann.get("api/admin/status"))[1]["locked"] == []
        assert me["id"] not in [who for who, _, _ in (await eve.ask("people"))[1]["people"]]


async def test_no_lock_is_shaken_off_by_deleting_the_account_and_taking_its_name_again(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "nanoverse.web")
    async with house.http("127.0.2.3") as mira, of(house, "Ann") as ann, house.player("Eve") as eve:
        _, me = await mira.post("api/register", name="Mira", password=PASSWORD)
        await eve.ask("report", me["id"], 0, "She spams.")
        await lock(house, "Mira", reason="You spam.")
        assert await mira.post("api/me/delete", password=PASSWORD) == (200, {})
        assert (
            f"Player {me['id']} has deleted the account; 1 open reports of it by Eve go with it."
            in caplog.text
        )
        again = {"name": "MIRA", "password": PASSWORD}
        taken = "The name MIRA is taken, or looks like one that is."
        assert await mira.post("api/register", **again) == (409, {"error": taken})
        (kept,) = (await ann.get("api/admin/status"))[1]["barred"]
        assert kept == "Mira", "as the admin knew them"
        assert (await mira.post("api/admin/free", name=kept))[0] == 401
        assert await ann.post("api/admin/free", name=kept) == (200, {})
        assert "Ann lets anybody have the name Mira again" in caplog.text
        assert await ann.post("api/admin/free", name=kept) == (
            400,
            {"error": "That name is not kept from anybody."},
        )
        assert (await mira.post("api/register", **again))[0] == 200


async def test_the_agent_sleeps_while_its_player_is_locked_and_wakes_with_the_unlocking(house: House) -> None:
    bob = house.people["Bob"]
    async with house.player("Eve") as eve:
        await sees_driven(eve, bob, AGENT)
        await lock(house, "Bob")
        await sees_driven(eve, bob, ASLEEP)
        await asyncio.sleep(2.5)  # more than it takes an agent to take over
        await sees_driven(eve, bob, ASLEEP)
        await lock(house, "Bob", False)
        await sees_driven(eve, bob, AGENT)


async def test_nothing_is_lost_and_unlocking_lets_the_same_session_in(house: House) -> None:
    async with house.player("Bob") as bob:
        said = await bob.say("before", WORLD)
    await lock(house, "Bob")
    await lock(house, "Bob", False)
    async with house.player("Bob") as bob:
        _, history = await bob.ask("history", WORLD, 0, 0)
        assert [message[0] for message in history["messages"]] == [said]
        await bob.say("after", WORLD)


async def test_a_lock_outlasts_a_restart(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", "Bob") as house:
        await claim(house, "Ann", str(house.admin_link))
        await lock(house, "Bob", reason="You spam.")
    settings = Settings(
        data=tmp_path / "data",
        adapters=tmp_path / "adapters",
        model=str(tmp_path / "no model"),
        port=0,
        away_seconds=0,
    )
    async with running(settings) as world:
        again = House(world.url, None, tmp_path, house.people)
        async with of(again, "Bob") as bob, again.player("Ann") as ann:
            assert await bob.get("api/me") == (403, {"error": LOCKED})
            await asyncio.sleep(1.5)
            await sees_driven(ann, house.people["Bob"], ASLEEP)


async def test_no_admin_is_locked_by_themselves_or_by_another(house: House) -> None:
    assert await lock(house, "Ann") == NOT_AN_ADMIN
    async with of(house, "Ann") as ann:
        _, link = await ann.post("api/admin/link")
    await claim(house, "Eve", f"token={link['token']}")
    assert await lock(house, "Eve") == NOT_AN_ADMIN
    async with of(house, "Ann") as ann, of(house, "Eve") as eve:
        assert (await ann.get("api/me"))[0] == (await eve.get("api/me"))[0] == 200


async def test_only_the_admin_locks(house: House) -> None:
    async with of(house, "Bob") as bob, house.http() as stranger:
        for browser, status in ((bob, 403), (stranger, 401)):
            assert (await browser.post("api/admin/lock", player="Eve", locked=True))[0] == status
    async with of(house, "Eve") as eve:
        assert (await eve.get("api/me"))[0] == 200


@pytest.mark.parametrize(
    ("player", "locked", "reason", "refusal"),
    [
        ("Nobody", True, "", (404, "There is no player called 'Nobody'.")),
        (["Bob"], True, "", (404, "There is no player called \"['Bob']\".")),
        ("Bob", 1, "", (400, "Whether an account is locked is true or false.")),
        ("Bob", True, "x" * 201, (400, "A reason is a text of at most 200 characters.")),
        ("Bob", True, 7, (400, "A reason is a text of at most 200 characters.")),
    ],
)
async def test_what_is_no_lock_is_refused(
    house: House, player: object, locked: object, reason: object, refusal: tuple[int, str]
) -> None:
    assert await lock(house, player, locked, reason=reason) == (refusal[0], {"error": refusal[1]})
    async with of(house, "Bob") as bob:
        assert (await bob.get("api/me"))[0] == 200


async def test_the_admin_sees_who_is_locked_and_why_at_each_report_too(house: House) -> None:
    async with house.player("Eve") as eve:
        await eve.ask("report", house.people["Bob"], 0, "He spams.")
    async with of(house, "Ann") as ann:
        assert (await ann.get("api/admin/reports"))[1]["reports"][0]["locked"] is False
        await lock(house, "Bob", reason="די עם זה")
        assert (await ann.get("api/admin/reports"))[1]["reports"][0]["locked"] is True
        assert (await ann.get("api/admin/status"))[1]["locked"] == [
            {"player": "Bob", "reason": "די עם זה", "plots": 0}
        ]
    async with of(house, "Bob") as bob:
        assert await bob.get("api/me") == (403, {"error": "Your account is locked: די עם זה"})
