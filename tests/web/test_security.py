"""What a request must show, and what each answer forbids the browser to do."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from house import House, Http, open_house

from nanoverse.config import Settings
from nanoverse.store.errors import StoreError
from nanoverse.web.security import HEADER, allowed_names, host_allowed, middleware

pytestmark = pytest.mark.asyncio(loop_scope="module")

MISDIRECTED = (
    421,
    {"error": "This world is not known by that name; the server's --allowed-hosts can add it."},
)
FOREIGN = (403, {"error": "That request came from another site's page."})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("security")
    async with open_house(folder, "Ann", allowed_hosts="world.example, Other.example") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def browser(house: House) -> AsyncIterator[Http]:
    async with house.http(Cookie="nanoverse=token-of-Ann") as opened:
        yield opened


async def raw(house: House, request: bytes) -> str:
    """The first line of the answer to these very bytes."""
    port = int(house.url.rsplit(":", 1)[1].strip("/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    line = await asyncio.wait_for(reader.readline(), 60)
    writer.close()
    return line.decode()


def own_name() -> str:
    return socket.gethostname().lower()


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8080",
        "LOCALHOST",
        "127.0.0.1",
        "192.168.1.7:8080",
        "[::1]:8080",
        "[fe80::1]",
        f"{own_name()}:8080",
        f"{own_name()}.local",
        "world.example",
        "other.example:443",
    ],
)
async def test_the_world_is_known_by_its_own_names_and_by_any_number(browser: Http, host: str) -> None:
    assert (await browser.get("api/me", headers={"Host": host}))[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "evil.example:80@127.0.0.1",
        "localhost.",
        "[evil]",
    ],
)
async def test_a_foreign_name_that_points_here_reads_nothing(browser: Http, host: str) -> None:
    """DNS rebinding: the page of evil.example has its own name looked up again, and that is now our address."""
    assert await browser.get("api/me", headers={"Host": host}) == MISDIRECTED


async def test_a_request_without_a_host_is_refused_and_no_name_is_looked_up(house: House) -> None:
    assert " 421 " in await raw(house, b"GET /api/me HTTP/1.0\r\n\r\n")


async def test_only_the_names_that_were_given_are_added() -> None:
    names = allowed_names(Settings(allowed_hosts=" , World.Example ,"))
    assert "world.example" in names and "" not in names
    assert not host_allowed("", names)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"])
async def test_another_sites_page_is_refused_and_so_is_another_port(browser: Http, origin: str) -> None:
    assert await browser.get("api/me", headers={"Origin": origin}) == FOREIGN
    assert await browser.send("api/logout", json={}, headers={"Origin": origin}) == FOREIGN


async def test_our_own_page_is_let_in(browser: Http) -> None:
    assert (await browser.get("api/me", headers={"Origin": browser.url.rstrip("/")}))[0] == 200


async def test_a_foreign_page_cannot_open_the_socket(house: House) -> None:
    async with house.http(Cookie="nanoverse=token-of-Ann") as browser:
        headers = {
            "Origin": "http://evil.example",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }
        assert await browser.get("ws", headers=headers) == FOREIGN


async def test_what_changes_something_needs_the_header_that_no_form_can_set(browser: Http) -> None:
    assert await browser.send("api/logout", json={}, headers={HEADER: "0"}) == (
        403,
        {"error": "A request that changes something needs the header X-NanoVerse: 1."},
    )


async def test_every_answer_forbids_what_the_page_does_not_need(house: House, browser: Http) -> None:
    for path in ("", "static/js/index.js", "tables.json", "api/me", "nothing"):
        async with browser.session.get(house.url + path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy and "*" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "method, path, status, sentence",
    [
        ("GET", "nothing", 404, "There is nothing here."),
        ("GET", "static/../run.py", 404, "There is nothing here."),
        ("GET", "static/%2e%2e/run.py", 404, "There is nothing here."),
        ("DELETE", "api/me", 405, "That cannot be done here."),
        ("GET", "api/login", 405, "That cannot be done here."),
        ("POST", "api/login", 413, "That is too large."),
    ],
)
async def test_a_wrong_way_gets_one_sentence(
    house: House, browser: Http, method: str, path: str, status: int, sentence: str
) -> None:
    body = b"x" * 70_000 if method == "POST" else None
    async with browser.session.request(method, house.url + path, data=body) as response:
        assert (response.status, await response.json()) == (status, {"error": sentence})


async def test_headers_that_are_no_text_are_strangers(house: House) -> None:
    for header in (b"Cookie: nanoverse=\xff\xfe", b"Authorization: Bearer \xff\xfe"):
        request = b"GET /api/admin/status HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\n\r\n"
        assert " 401 " in await raw(house, request)


async def test_a_disk_that_is_full_is_said_in_a_sentence() -> None:
    async def save(_: web.Request) -> web.Response:
        raise StoreError("The disk is full and nothing was saved.")

    application = web.Application(middlewares=[middleware(Settings())])
    application.router.add_post("/save", save)
    async with TestClient(TestServer(application), headers={HEADER: "1"}) as client:
        response = await client.post("/save")
        assert (response.status, await response.json()) == (
            503,
            {"error": "The disk is full and nothing was saved."},
        )
