"""Registering, logging in and out, and what is refused, over real HTTP.

Each test knocks from an address of its own, because the limits count by address.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from house import House, Http, open_house

from nanoverse.bench.bot import Bot
from nanoverse.protocol import NOT_LOGGED_IN
from nanoverse.store.database import FILE

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = "long enough"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("accounts")
    async with open_house(folder, "Ann", "Olly", register_per_hour=2, login_per_minute=2) as opened:
        yield opened


async def test_who_registers_is_logged_in_and_comes_back_with_the_session(house: House) -> None:
    async with house.http("127.0.1.1") as browser:
        status, player = await browser.post("api/register", name="Mira", password=GOOD)
        assert (status, player["name"], player["admin"]) == (200, "Mira", False)
        assert await browser.get("api/me") == (200, player)
        assert await browser.post("api/logout") == (200, {})
        assert await browser.get("api/me") == (401, {"error": "Log in first."})
        assert await browser.post("api/login", name="Mira", password=GOOD) == (200, player)
        assert await browser.get("api/me") == (200, player)
        # An old cookie is worth nothing, even if somebody kept it.
        (cookie,) = browser.session.cookie_jar
        await browser.post("api/logout")
        assert await browser.get("api/me", cookies={cookie.key: cookie.value}) == (
            401,
            {"error": "Log in first."},
        )


async def test_who_logs_out_in_one_tab_is_logged_out_in_all_and_in_no_other_browser(house: House) -> None:
    game = Bot(house.url)
    async with house.http("127.0.1.21") as elsewhere:
        try:
            await game.register("Tabitha", GOOD)
            await game.connect()
            await elsewhere.post("api/login", name="Tabitha", password=GOOD)
            await elsewhere.post("api/logout")
            pong = game.expect("pong")
            await game.send("ping", 7)
            await pong
            assert game.close_code is None
            await game.post("api/logout")  # in another tab of the game's browser
            assert game._reader is not None
            await asyncio.wait_for(game._reader, 60)
            assert game.close_code == NOT_LOGGED_IN
        finally:
            await game.close()


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    async with house.http("127.0.1.2") as browser:
        body = {"name": "Cookie", "password": GOOD}
        async with browser.session.post(house.url + "api/register", json=body) as response:
            cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


async def test_a_browser_is_somebody_else_in_each_world_of_one_machine(house: House, tmp_path: Path) -> None:
    """A browser takes the cookies of a host to all of its ports."""
    async with open_house(tmp_path) as second, house.http("127.0.1.18") as browser:
        there = Http(second.url, browser.session)
        assert (await browser.post("api/register", name="Twofold", password=GOOD))[0] == 200
        assert (await there.get("api/me"))[0] == 401
        assert (await there.post("api/register", name="Other", password=GOOD))[0] == 200
        assert (await browser.get("api/me"))[1]["name"] == "Twofold"
        await there.post("api/logout")
        assert (await there.get("api/me"))[0] == 401
        assert (await browser.get("api/me"))[1]["name"] == "Twofold"


@pytest.mark.parametrize("port", ["x", "70000", "99999999", "²", ""])
async def test_a_port_that_is_none_is_no_fault_of_the_server(house: House, port: str) -> None:
    headers = {"Host": f"127.0.0.1:{port}"}
    async with house.http("127.0.1.20") as browser:
        assert (await browser.get("api/me", headers=headers))[0] == 401


async def test_a_session_from_before_cookies_named_their_world_goes_on_until_its_player_leaves(
    house: House,
) -> None:
    async with house.http("127.0.1.19", Cookie="nanoverse=token-of-Olly") as browser:
        assert (await browser.get("api/me"))[1]["name"] == "Olly"
        assert (await browser.post("api/logout"))[0] == 200
        assert (await browser.get("api/me"))[0] == 401


async def test_where_registration_is_closed_only_those_with_an_account_come_in(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", registration="closed") as closed:
        async with closed.http() as browser:
            assert await browser.post("api/register", name="Mira", password=GOOD) == (
                403,
                {"error": "This world takes no new players just now."},
            )
            assert (await browser.get("tables.json"))[1]["register"] is False
        async with closed.player("Ann"):
            pass


@pytest.mark.parametrize("name", ["Ann", "ANN", "ann"])
async def test_a_name_that_is_taken_is_refused(house: House, name: str) -> None:
    async with house.http("127.0.1.3") as browser:
        status, answer = await browser.post("api/register", name=name, password=GOOD)
        assert (status, answer["error"]) == (409, f"The name {name} is taken, or looks like one that is.")


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("Аnn", "A name is written in one script; letters of several look too much alike."),  # Cyrillic А
        ("a\x00b", "A name consists of letters, digits, _ and -."),
        ("a\nb", "A name consists of letters, digits, _ and -."),
        ("Bob\u202e", "A name consists of letters, digits, _ and -."),
        ("<script>", "A name consists of letters, digits, _ and -."),
        ("a", "A name has 2 to 20 characters."),
        ("x" * 30_000, "A name has 2 to 20 characters."),
        ("\ud800\ud800", "That is not text."),
    ],
)
async def test_a_name_that_cannot_be_is_refused_with_the_reason(
    house: House, name: str, sentence: str
) -> None:
    async with house.http("127.0.1.4") as browser:
        assert await browser.post("api/register", name=name, password=GOOD) == (400, {"error": sentence})


async def test_a_name_that_looks_like_one_that_is_taken_is_refused(house: House) -> None:
    async with house.http("127.0.1.5") as browser:
        await browser.post("api/register", name="Oli", password=GOOD)
        status, answer = await browser.post("api/register", name="0l1", password=GOOD)
        assert status == 409 and "looks like" in answer["error"]


async def test_of_two_who_register_one_name_at_once_one_gets_it(house: House) -> None:
    async with house.http("127.0.1.6") as browser:
        answers = await asyncio.gather(
            *(browser.post("api/register", name="Twins", password=GOOD) for _ in range(2))
        )
    assert sorted(status for status, _ in answers) == [200, 409]


@pytest.mark.parametrize("password", ["short", "x" * 201])
async def test_a_password_has_a_length(house: House, password: str) -> None:
    async with house.http("127.0.1.7") as browser:
        assert await browser.post("api/register", name="Pass", password=password) == (
            400,
            {"error": "A password has 8 to 200 characters."},
        )


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(house: House) -> None:
    async with house.http("127.0.1.8") as browser:
        await browser.post("api/register", name="Eve", password=GOOD)
        for name in ("Eve", "Nobody"):
            assert await browser.post("api/login", name=name, password="not that one") == (
                403,
                {"error": "There is no player with that name and password."},
            )


@pytest.mark.parametrize("password", ["short", "x" * 201])
async def test_whoever_logs_in_with_what_cannot_be_a_password_hears_that_it_is_wrong(
    house: House, password: str
) -> None:
    async with house.http(f"127.0.1.{20 + len(password) // 100}") as browser:
        assert await browser.post("api/login", name="Ann", password=password) == (
            403,
            {"error": "There is no player with that name and password."},
        )


async def test_too_many_new_players_from_one_address_are_refused(house: House) -> None:
    async with house.http("127.0.1.9") as browser:
        answers = [(await browser.post("api/register", name=f"Crowd{n}", password=GOOD))[0] for n in range(3)]
        refused = await browser.post("api/register", name="Crowd9", password=GOOD)
    assert answers == [200, 200, 429]
    assert refused == (429, {"error": "Too many new players from your address; try again in a while."})
    async with house.http("127.0.1.10") as neighbour:
        assert (await neighbour.post("api/register", name="Crowd9", password=GOOD))[0] == 200


async def test_too_many_attempts_to_log_in_are_refused(house: House) -> None:
    async with house.http("127.0.1.11") as browser:
        answers = [await browser.post("api/login", name="Nobody", password="not that one") for _ in range(3)]
    assert [status for status, _ in answers] == [403, 403, 429]
    assert answers[-1][1] == {"error": "Too many attempts to log in; wait a minute."}


@pytest.mark.parametrize(
    "body, status, sentence",
    [
        (b"{", 400, "That is not JSON."),
        (b"\xff\xfe", 400, "That is not JSON."),
        (b"[" * 30_000, 400, "That is not JSON."),
        (b"[]", 400, "A request is a JSON object."),
        (b'{"name": "Ann"}', 400, "A name and a password are needed."),
        (b'{"name": 1, "password": "long enough"}', 400, "A name and a password are needed."),
        (b'{"name": "\\ud800\\ud800", "password": "long enough"}', 400, "That is not text."),
        (b'{"name": "Ann", "password": "\\ud800long enough"}', 400, "That is not text."),
        (b'{"name": "' + b"x" * 100_000 + b'"}', 413, "That is too large."),
    ],
)
@pytest.mark.parametrize("path", ["api/register", "api/login"])
async def test_a_request_that_makes_no_sense_gets_a_sentence(
    house: House, path: str, body: bytes, status: int, sentence: str
) -> None:
    async with house.http("127.0.1.12") as browser:
        assert await browser.send(path, data=body) == (status, {"error": sentence})


@pytest.mark.parametrize(
    "charset, address", [("punycode", "127.0.1.15"), ("utf-16", "127.0.1.16"), ("of-nobody", "127.0.1.17")]
)
async def test_a_request_is_utf_8_whatever_it_says_of_itself(
    house: House, charset: str, address: str
) -> None:
    body = '{"name": "Zoë", "password": "not that one"}'.encode()
    async with house.http(address) as browser:
        headers = {"Content-Type": f"application/json; charset={charset}"}
        assert await browser.send("api/login", data=body, headers=headers) == (
            403,
            {"error": "There is no player with that name and password."},
        )


async def test_what_is_sent_compressed_is_not_unpacked(house: House) -> None:
    """A few bytes could be made to fill the memory, and hold up the world meanwhile."""
    body = gzip.compress(b'{"name": "Ann", "password": "not that one"}')
    async with house.http("127.0.1.21") as browser:
        assert await browser.send("api/login", data=body, headers={"Content-Encoding": "gzip"}) == (
            400,
            {"error": "That is not JSON."},
        )


async def test_a_session_is_not_more_than_a_cookie(house: House) -> None:
    async with house.http() as browser:
        for value in ("token-of-nobody", "\udcff", "", "x" * 5000):
            cookie = {"Cookie": f"nanoverse={value}"}
            assert (await browser.get("api/me", headers=cookie))[0] == 401


async def test_a_new_player_is_seen_by_those_who_stand_where_they_arrive(house: House) -> None:
    async with house.player("Ann") as ann, house.http("127.0.1.13") as browser:
        seen = ann.expect("bodies", lambda f: any(body[1] == "Newcomer" for body in f["bodies"]))
        await browser.post("api/register", name="Newcomer", password=GOOD)
        await seen


async def test_the_session_opens_the_socket(house: House) -> None:
    async with house.http("127.0.1.14") as browser:
        await browser.post("api/register", name="Walker", password=GOOD)
        async with browser.session.ws_connect(house.url + "ws") as socket:
            assert (await socket.receive()).type is aiohttp.WSMsgType.BINARY


async def test_sessions_that_are_over_open_nothing_and_are_not_kept(house: House) -> None:
    hashed = hashlib.sha256(b"long-over").digest()
    with contextlib.closing(sqlite3.connect(house.folder / "data" / FILE)) as other:
        other.execute("INSERT INTO session VALUES (?, ?, 1, 2)", (hashed, house.people["Ann"]))
        other.commit()
        async with house.http("127.0.1.15") as browser:
            assert (await browser.get("api/me", headers={"Cookie": "nanoverse=long-over"}))[0] == 401
            await browser.post("api/register", name="Fresh", password=GOOD)
        found = other.execute("SELECT 1 FROM session WHERE token_hash = ?", (hashed,)).fetchall()
    assert found == []
