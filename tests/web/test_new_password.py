"""A new password ends every session there was: chosen by its player, or given by the owner of the data folder.

Each test knocks from an address of its own, because the limits count by address.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from house import House, Http, open_house, settle

from nanoverse.bench.bot import Bot
from nanoverse.cli import main
from nanoverse.commands import password
from nanoverse.config import Settings
from nanoverse.store import accounts
from nanoverse.store.database import Database
from nanoverse.web.naming import Nobody
from nanoverse.web.passwords import PasswordHasher
from nanoverse.web.visits import Visit, Visits

OLD, NEW = "correct horse", "battery staple"
LOG_IN = (401, {"error": "Log in first."})
WRONG = (403, {"error": "There is no player with that name and password."})


@contextlib.asynccontextmanager
async def mira_in_two_browsers(house: House) -> AsyncIterator[tuple[Http, Http]]:
    async with house.http() as one, house.http() as other:
        await one.post("api/register", name="Mira", password=OLD)
        await other.post("api/login", name="Mira", password=OLD)
        yield one, other


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, "Ann") as opened:
        yield opened


async def closed(window: aiohttp.ClientWebSocketResponse) -> int | None:
    while (await window.receive(timeout=60)).type is aiohttp.WSMsgType.BINARY:
        pass
    return window.close_code


async def test_who_chooses_a_new_password_stays_and_everybody_else_is_logged_out(house: House) -> None:
    async with mira_in_two_browsers(house) as (mira, thief):
        (stolen,) = mira.session.cookie_jar  # this very session may be known to somebody, too
        async with thief.session.ws_connect(house.url + "ws") as window:
            await window.receive()
            assert await mira.post("api/me/password", old=OLD, new=NEW) == (200, {})
            assert await closed(window) == aiohttp.WSCloseCode.SERVICE_RESTART
        async with thief.session.ws_connect(house.url + "ws") as window:
            assert await closed(window) == 4001
        assert await thief.get("api/me") == LOG_IN
        assert (await mira.get("api/me"))[0] == 200
        async with house.http(Cookie=f"{stolen.key}={stolen.value}") as other:
            assert await other.get("api/me") == LOG_IN
        async with mira.session.ws_connect(house.url + "ws") as window:
            assert (await window.receive()).type is aiohttp.WSMsgType.BINARY
        assert await thief.post("api/login", name="Mira", password=OLD) == WRONG
        assert (await thief.post("api/login", name="Mira", password=NEW))[0] == 200


async def test_no_window_opens_with_a_session_that_ends_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, changed = asyncio.Event(), asyncio.Event()
    look_up = Visits.open

    async def slowly(self: Visits, player: int, number: int) -> Visit:
        known.set()
        await changed.wait()
        return await look_up(self, player, number)

    async with mira_in_two_browsers(house) as (mira, thief):
        with monkeypatch.context() as patch:
            patch.setattr(Visits, "open", slowly)
            async with thief.session.ws_connect(house.url + "ws") as window:
                await known.wait()
                assert (await mira.post("api/me/password", old=OLD, new=NEW))[0] == 200
                changed.set()
                assert (await window.receive(timeout=60)).type is aiohttp.WSMsgType.CLOSE
                assert window.close_code == aiohttp.WSCloseCode.SERVICE_RESTART


@pytest.mark.parametrize("leaves", [False, True])
async def test_who_logs_in_with_a_password_that_changes_meanwhile_stays_outside(
    house: House, monkeypatch: pytest.MonkeyPatch, leaves: bool
) -> None:
    verified, changed = asyncio.Event(), asyncio.Event()
    verify = PasswordHasher.verify

    async def slowly(self: PasswordHasher, given: str, stored: str | None) -> bool:
        found = await verify(self, given, stored)
        if not verified.is_set():  # the thief's, which comes first
            verified.set()
            await changed.wait()
        return found

    async with mira_in_two_browsers(house) as (mira, thief):
        await thief.post("api/logout")
        monkeypatch.setattr(PasswordHasher, "verify", slowly)
        entering = asyncio.create_task(thief.post("api/login", name="Mira", password=OLD))
        await verified.wait()
        if leaves:
            assert await mira.post("api/me/delete", password=OLD) == (200, {})
        else:
            assert await mira.post("api/me/password", old=OLD, new=NEW) == (200, {})
        changed.set()
        assert await entering == WRONG
        assert await thief.get("api/me") == LOG_IN


async def test_an_answer_to_a_new_password_is_guarded_like_all_others(house: House) -> None:
    async with mira_in_two_browsers(house) as (mira, _):
        body = {"old": OLD, "new": NEW}
        async with mira.session.post(house.url + "api/me/password", json=body) as response:
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "HttpOnly" in response.headers["Set-Cookie"]


async def test_without_the_old_password_or_a_good_new_one_nothing_changes(house: House) -> None:
    async with mira_in_two_browsers(house) as (mira, other):
        for body, answer in (
            ({"old": "wrong horse", "new": NEW}, (403, {"error": "That is not your password."})),
            ({"old": OLD, "new": "short"}, (400, {"error": "A password has 8 to 200 characters."})),
            ({"old": OLD}, (400, {"error": "Your password is needed."})),
        ):
            assert await mira.post("api/me/password", **body) == answer
        assert (await other.get("api/me"))[0] == 200
    async with house.http() as stranger:
        assert await stranger.post("api/me/password", old=OLD, new=NEW) == LOG_IN


async def test_old_passwords_cannot_be_tried_without_end(tmp_path: Path) -> None:
    async with open_house(tmp_path, login_per_minute=1) as house, mira_in_two_browsers(house) as (mira, _):
        assert (await mira.post("api/me/password", old="wrong horse", new=NEW))[0] == 403
        assert await mira.post("api/me/password", old=OLD, new=NEW) == (
            429,
            {"error": "Too many attempts; wait a minute."},
        )
        # Nor by what else asks for it: each of its own would be as many more guesses.
        assert (await mira.post("api/me/delete", password=OLD))[0] == 429


def given(printed: str) -> str:
    first, *_ = printed.splitlines()
    assert first.startswith("The new password of Mira is ")
    return first.rpartition(" ")[2]


async def test_a_forgotten_password_is_replaced_in_the_running_world(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with mira_in_two_browsers(house) as (mira, other):
        async with mira.session.ws_connect(house.url + "ws") as window:
            await window.receive()
            assert await password.run(Settings(data=house.folder / "data"), "MIRA") == 0
            assert await closed(window) == aiohttp.WSCloseCode.SERVICE_RESTART
        assert await mira.get("api/me") == LOG_IN
        new = given(capsys.readouterr().out)
        assert (await other.post("api/login", name="Mira", password=new))[0] == 200


async def test_not_even_the_admin_gives_others_passwords_from_a_browser(house: House) -> None:
    async with house.http(Cookie="nanoverse=token-of-Ann") as ann:
        token = str(house.admin_link).partition("token=")[2]
        assert (await ann.post("api/admin/claim", token=token))[0] == 200
        assert await ann.post("api/admin/password", player="Ann") == (
            403,
            {"error": "Only the owner of the data folder may do that."},
        )


async def test_a_forgotten_password_is_replaced_while_no_world_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_house(tmp_path) as house, house.http() as mira:
        await mira.post("api/register", name="Mira", password=OLD)
    assert await password.run(Settings(data=tmp_path / "data"), "Mira") == 0
    new = given(capsys.readouterr().out)
    async with open_house(tmp_path) as again:
        bot = Bot(again.url)
        await bot.login("Mira", new)
        await bot.close()
    with pytest.raises(Nobody):
        await password.run(Settings(data=tmp_path / "data"), "Nobody")


def test_the_command_says_in_one_sentence_that_there_is_no_such_player(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(settle(tmp_path))
    assert main(["password", "Nobody", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "There is no player called 'Nobody'.\n"


async def test_of_two_new_passwords_at_once_one_counts(tmp_path: Path) -> None:
    async with await Database.open(tmp_path) as db:
        mira = (await db.write(lambda c: accounts.create(c, "Mira", "mira", "first", 0, 1))).id
        for new, done in (("second", True), ("third", False)):
            assert (
                await db.write(lambda c, new=new: accounts.set_password(c, mira, new, instead_of="first"))
                is done
            )
        assert await db.read(lambda c: accounts.password(c, mira)) == "second"
