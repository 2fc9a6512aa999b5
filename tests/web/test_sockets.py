"""One connection per player: how it begins, what it may send, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgpack
import pytest
import pytest_asyncio
from house import House, open_house, settle
from wire import read

from nanoverse import protocol
from nanoverse.bench.bot import Bot, Refused
from nanoverse.chat.reading import PAGE
from nanoverse.protocol import ELSEWHERE, MAX_FRAME, NEARBY, NOT_LOGGED_IN, PRIVATE, TOO_MANY, WORLD
from nanoverse.store import messages
from nanoverse.store.database import FILE, Database
from nanoverse.web.lines import BAD_FRAMES
from nanoverse.web.sockets import FRAMES_AT_ONCE

GOODBYE = b"You are here in another window."

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("sockets")
    await settle(folder / "data", "Writer")
    await say_much(folder / "data")
    async with open_house(folder, "Ann", "Bob", "Eve", "Tab", "Slow", "Hasty", away_seconds=3600) as opened:
        yield opened


async def say_much(data: Path) -> None:
    """A long page of the world's talk."""

    def write(connection: sqlite3.Connection) -> None:
        for number in range(PAGE):
            messages.insert(connection, WORLD, 1, "🦊" * 500, number)

    async with await Database.open(data) as db:
        await db.write(write)


async def ended(bot: Bot) -> int | None:
    """How the server closed the connection."""
    assert bot._reader is not None
    await asyncio.wait_for(bot._reader, 60)
    return bot.close_code


async def test_who_is_not_logged_in_is_told_so(house: House) -> None:
    async with house.http() as stranger, stranger.session.ws_connect(house.url + "ws") as ws:
        frame = await ws.receive()
        assert (frame.type, frame.data, frame.extra) == (
            aiohttp.WSMsgType.CLOSE,
            NOT_LOGGED_IN,
            "Log in first.",
        )


async def test_a_newcomer_is_told_who_and_where_they_are_before_anything_else(house: House) -> None:
    bot, heard = house.bot("Ann"), []
    bot.on_message = lambda name, values: heard.append(name)
    unread = bot.expect("unread")
    welcome = await bot.connect()
    await unread
    assert (welcome["you"], welcome["name"], welcome["version"]) == (bot.id, "Ann", protocol.VERSION)
    async with house.http() as browser:
        assert welcome["edition"] == (await browser.get("tables.json"))[1]["edition"]
    assert heard[:7] == ["welcome", "clock", "inventory", "land", "home", "fed", "chunk"] and "agent" in heard
    await bot.close()


async def test_who_comes_back_too_often_is_told_to_wait_and_nobody_else_is(house: House) -> None:
    async with house.http(Cookie="nanoverse=token-of-Hasty") as hasty:
        for _ in range(300):
            async with hasty.session.ws_connect(house.url + "ws") as window:
                first = await window.receive()
            if first.type is aiohttp.WSMsgType.CLOSE:
                break
    assert (first.data, first.extra) == (
        aiohttp.WSCloseCode.TRY_AGAIN_LATER,
        "You come back too often; wait a moment.",
    )
    async with house.player("Ann"):
        pass


async def test_the_second_window_takes_over_and_the_first_is_told(house: House) -> None:
    first, second = house.bot("Tab"), house.bot("Tab")
    await first.connect()
    await second.connect()
    assert await ended(first) == ELSEWHERE
    assert (await second.ask("select", 3))[0] == "done"
    await asyncio.gather(first.close(), second.close())


async def test_a_window_that_is_replaced_may_answer_the_farewell_before_the_line_is_cut(house: House) -> None:
    """Else its answer meets a closed socket, and what comes back (a reset) can take the close code with it."""
    reader, writer = await plain_client(house, "Tab")
    second = house.bot("Tab")
    await second.connect()
    farewell = b"\x88" + bytes([2 + len(GOODBYE)]) + ELSEWHERE.to_bytes(2) + GOODBYE
    await asyncio.wait_for(reader.readuntil(farewell), 60)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.2)
    writer.write(b"\x88\x82" + bytes(4) + ELSEWHERE.to_bytes(2))
    assert await asyncio.wait_for(reader.read(1), 60) == b"", "and then the server closes"
    writer.close()
    await second.close()


async def test_of_many_windows_that_open_at_once_one_stays_and_works(house: House) -> None:
    windows = []

    async def look(ws: aiohttp.ClientWebSocketResponse) -> int | None:
        async for frame in ws:
            if any(name == "done" for name, _ in read(frame.data)):
                return None
        return ws.close_code

    async with house.http(Cookie="nanoverse=token-of-Tab") as browser:
        connect = browser.session.ws_connect
        windows = await asyncio.gather(*(connect(house.url + "ws") for _ in range(5)))
        looks = {asyncio.create_task(look(ws)): ws for ws in windows}
        left = set(looks)
        while len(left) > 1:
            ended, left = await asyncio.wait(left, timeout=60, return_when=asyncio.FIRST_COMPLETED)
            assert {task.result() for task in ended} == {ELSEWHERE}
        (last,) = left
        await looks[last].send_bytes(pack(5, 1, 2))  # select
        assert await asyncio.wait_for(last, 60) is None


def pack(*values: object) -> bytes:
    return bytes(msgpack.packb(values))


@pytest.mark.parametrize(
    "frame, sentence",
    [
        (b"", "The frame is not one msgpack message."),
        (b"\xc1", "The frame is not one msgpack message."),
        (b"\x91" * 5000, "The frame is not one msgpack message."),
        (b"\xdd\xff\xff\xff\xff", "The frame is not one msgpack message."),
        (pack(1, 1, 1, 0) + b"\x00", "The frame is not one msgpack message."),
        (pack(10, 1, 1, 0, "hi")[:-2] + b"\xff\xff", "The frame is not one msgpack message."),
        (msgpack.packb({"kind": 1}), "The frame is not one msgpack message."),
        (msgpack.packb("hello"), "A message is an array that starts with its kind."),
        (pack(), "A message is an array that starts with its kind."),
        (pack("move"), "A message is an array that starts with its kind."),
        (pack(99), "There is no message of kind 99."),
        (pack(True, 1, 1, 0), "A message is an array that starts with its kind."),
        (pack(1, 1), "move takes 3 fields, not 1."),
        (pack(1, 1, 5, 0), "The move.dx must be from -1 to 1, not 5."),
        (pack(1, 1, 1.0, 0), "move.dx must be of type int."),
        (pack(2, 1, 10**9, 0), "The dig.x must be from -4000000 to 4000000, not 1000000000."),
        (pack(10, 1, 7, 0, "hi"), "The say.channel must be from 0 to 2, not 7."),
        (pack(10, 1, 1, 0, ""), "The length of say.text must be from 1 to 500, not 0."),
        (pack(10, 1, 1, 0, "x" * 501), "The length of say.text must be from 1 to 500, not 501."),
    ],
)
async def test_a_frame_that_the_table_does_not_allow_gets_one_sentence(
    house: House, frame: bytes, sentence: str
) -> None:
    async with house.player("Eve") as eve:
        refused = eve.expect("refused")
        await eve.send_raw(frame)
        assert await refused == {"ref": 0, "reason": sentence}
        assert (await eve.ask("select", 1))[0] == "done"  # and goes on


async def test_text_frames_are_refused_and_too_many_bad_frames_end_the_connection(house: House) -> None:
    async with house.player("Eve") as eve:
        refused = eve.expect("refused")
        assert eve._socket is not None
        await eve._socket.send_str("hello")
        assert (await refused)["reason"] == "A frame is binary msgpack."
        for _ in range(BAD_FRAMES):
            await eve.send_raw(b"\xc1")
        assert await ended(eve) == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_a_text_of_a_hundred_thousand_characters_ends_the_connection_and_nothing_else(
    house: House,
) -> None:
    async with house.player("Ann") as ann, house.player("Eve") as eve:
        await eve.send("say", 1, WORLD, 0, "x" * 100_000)
        assert await ended(eve) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
        assert await ann.say("still here")
    async with house.player("Eve"):
        pass  # and may come back


async def test_the_longest_text_is_said_in_any_script(house: House) -> None:
    async with house.player("Ann") as ann, house.player("Bob") as bob:
        heard = bob.expect("said")
        await ann.say("🦊" * 500)
        assert (await heard)["text"] == "🦊" * 500
        assert len(pack(10, 1, 1, 0, "🦊" * 500)) < MAX_FRAME


async def test_too_many_frames_end_the_connection_while_others_play_on(house: House) -> None:
    async with house.player("Ann") as ann, house.player("Eve") as eve:
        for _ in range(4 * FRAMES_AT_ONCE):
            try:
                await eve.send("ping", 1)
            except ConnectionError:
                break
        assert await ended(eve) == TOO_MANY
        step = ann.expect("you")
        await ann.send("move", 1, 0, 1)
        await step


async def test_pings_of_the_line_itself_are_answered_and_count_as_frames(house: House) -> None:
    async with (
        asyncio.timeout(60),
        house.http(Cookie="nanoverse=token-of-Eve") as http,
        http.session.ws_connect(house.url + "ws", autoping=False) as line,
    ):
        await line.ping(b"there?")
        pongs = (frame.data async for frame in line if frame.type is aiohttp.WSMsgType.PONG)
        assert await anext(pongs) == b"there?"
        with contextlib.suppress(ConnectionError):
            for _ in range(4 * FRAMES_AT_ONCE):
                await line.ping()
        async for _ in pongs:
            pass
        assert line.close_code == TOO_MANY


async def test_a_player_who_walks_as_fast_as_a_browser_sends_is_never_cut_off(house: House) -> None:
    async with house.player("Ann") as ann:
        for ref in range(1, 41):
            await ann.send("move", ref, 1 if ref % 2 else -1, 0)
            await asyncio.sleep(0.05)
        assert (await ann.ask("select", 0))[0] == "done"


async def test_more_inputs_or_requests_than_may_wait_are_refused_each_with_its_number(house: House) -> None:
    async with house.player("Eve") as eve:
        refs = [eve.next_ref() for _ in range(110)]
        refused = eve.expect("refused", lambda f: f["reason"] == "That was too much at once.")
        for ref in refs:
            await eve.send("people", ref)
        assert (await refused)["ref"] in refs


async def test_a_script_in_a_message_is_text(house: House) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    async with house.player("Ann") as ann, house.player("Bob") as bob:
        heard = bob.expect("said")
        await ann.say(evil)
        assert (await heard)["text"] == evil
        history = (await bob.ask("history", WORLD, 0, 0))[1]
        assert history["messages"][-1][5] == evil


async def test_what_the_rules_forbid_is_refused_with_its_reason(house: House) -> None:
    async with house.player("Eve") as eve:
        for ask, reason in (
            (("place", 1_000_000, 0, 0), "There is nothing in that slot."),
            (("dig", 1_000_000, 0), "That is out of reach."),
            (("select", 26), "There is no slot 26 in the hot bar."),
            (("craft", 1), "For 4 planks you still need 1 wood."),
            (("craft", 99_999), "There is no such recipe."),
            (("say", PRIVATE, 99_999, "hi"), "There is no such player."),
            (("say", PRIVATE, eve.id, "hi"), "This needs another player than yourself."),
            (("say", WORLD, 0, "\u200b \u200b"), "There is nothing in this message."),
            (("react", 99_999, 1), "There is no such message."),
            (("pick", 99_999, 1), "Only the one whom an agent answered can choose another answer."),
            (("correct", 99_999, "no"), "Only what your own agent said can be corrected."),
        ):
            with pytest.raises(Refused, match=reason):
                await eve.ask(*ask)  # type: ignore[arg-type]


async def test_people_are_listed_with_who_drives_them(house: House) -> None:
    async with house.player("Ann") as ann:
        people = {p[1]: p[2] for p in (await ann.ask("people"))[1]["people"]}
        assert people["Ann"] == protocol.PLAYER and people["Slow"] == protocol.ASLEEP


async def test_a_ping_comes_back_with_the_tick(house: House) -> None:
    async with house.player("Ann") as ann:
        ticks = []
        for time in (17, 18):
            pong = ann.expect("pong", lambda f, time=time: f["time"] == time)
            await ann.send("ping", time)
            ticks.append((await pong)["tick"])
            await asyncio.sleep(0.12)
        assert ticks[1] > ticks[0] > 0


async def test_the_talk_of_two_is_not_heard_by_a_third(house: House) -> None:
    async with house.player("Ann") as ann, house.player("Bob") as bob, house.player("Eve") as eve:
        overheard: list[str] = []
        eve.on_message = lambda name, values: overheard.append(name) if name in ("said", "typing") else None
        typing, heard = bob.expect("typing"), bob.expect("said")
        await ann.send("typing", PRIVATE, bob.id)
        assert (await typing)["sender"] == ann.id
        number = await ann.say("psst", PRIVATE, bob.id)
        assert (await heard)["id"] == number
        liked = ann.expect("reaction")
        await bob.ask("react", number, 1)
        assert (await liked)["likes"] == 1
        with pytest.raises(Refused, match="There is no such message"):
            await eve.ask("react", number, 1)
        assert overheard == []


async def test_what_was_missed_is_unread_until_it_is_read(house: House) -> None:
    async with house.player("Ann") as ann:
        number = await ann.say("are you there?", PRIVATE, house.people["Bob"])
        bob = house.bot("Bob")
        unread = bob.expect("unread")
        await bob.connect()
        assert [PRIVATE, ann.id, "Ann"] in [u[:3] for u in (await unread)["unread"]]
        await bob.send("read", PRIVATE, ann.id, number)
        assert await bob.say("yes", NEARBY)  # requests are served in their order: the mark is set by now
        await bob.disconnect()
        unread = bob.expect("unread")
        await bob.connect()
        assert ann.id not in [u[1] for u in (await unread)["unread"]]
        await bob.close()


async def test_a_client_that_does_not_read_is_dropped_while_others_go_on(house: House) -> None:
    async with house.player("Ann") as ann:
        gone = ann.expect("driver", lambda f: f["id"] == house.people["Slow"] and f["driver"] == 0)
        writer = await deaf_client(house, "Slow")
        ask = masked(pack(13, 1, WORLD, 0, 0))
        for _ in range(40):  # a page of history is 100 kB
            if writer.is_closing():
                break
            writer.write(ask)
            await asyncio.sleep(0.01)
        await gone
        assert await ann.ask("select", 2)
        async with asyncio.timeout(60):  # nothing of the connection is left: who writes to it hears so
            while not writer.is_closing():
                writer.write(ask)
                await asyncio.sleep(0.05)


def masked(payload: bytes) -> bytes:
    """A client's binary frame, with a mask of zeros (RFC 6455, section 5.2)."""
    return b"\x82" + bytes([0x80 | len(payload)]) + bytes(4) + payload


async def deaf_client(house: House, name: str) -> asyncio.StreamWriter:
    """A socket that is open and never read, with the smallest of receive buffers."""
    return (await plain_client(house, name, limit=2048))[1]


async def plain_client(
    house: House, name: str, limit: int = 2**20
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket that is open and does nothing by itself; it takes in no more than about `limit` bytes unread."""
    port = int(house.url.rsplit(":", 1)[1].strip("/"))
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * limit)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=limit)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"Cookie: nanoverse=token-of-" + name.encode() + b"\r\n\r\n"
    )
    assert b"101" in await reader.readline()
    return reader, writer


async def test_a_server_that_stops_says_so_to_everybody_and_lets_nobody_in(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", "Bob") as house:
        bots = [house.bot("Ann"), house.bot("Bob")]
        for bot in bots:
            await bot.connect()
        back = asyncio.create_task(comes_back_at_once(house, bots[0]))
    assert [await ended(bot) for bot in bots] == [aiohttp.WSCloseCode.GOING_AWAY] * 2
    assert await back in (None, aiohttp.WSCloseCode.GOING_AWAY)
    await asyncio.gather(*(bot.close() for bot in bots))


async def comes_back_at_once(house: House, bot: Bot) -> int | None:
    """What a browser does when the connection ends: it tries again. How that ends; None if it does not begin."""
    await ended(bot)
    async with house.http(Cookie="nanoverse=token-of-Ann") as browser:
        try:
            async with browser.session.ws_connect(house.url + "ws") as ws:
                frame = await ws.receive()
                return frame.data if frame.type is aiohttp.WSMsgType.CLOSE else -1
        except (aiohttp.ClientError, OSError):
            return None


async def test_a_world_that_is_full_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", "Bob", max_clients=1) as house:
        async with (
            house.player("Ann"),
            house.http(Cookie="nanoverse=token-of-Bob") as browser,
            browser.session.ws_connect(house.url + "ws") as ws,
        ):
            assert (await ws.receive()).extra == "This world is full just now."
        async with house.player("Bob"):
            pass


async def test_who_comes_while_nothing_can_be_saved_hears_why_and_comes_in_afterwards(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path, "Ann", seed=3) as house,
        house.http(Cookie="nanoverse=token-of-Ann") as ann,
    ):
        url = f"{house.url}ws?visit=7"
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with ann.session.ws_connect(url) as socket:
                farewell = await socket.receive()
        assert (farewell.data, farewell.extra) == (
            aiohttp.WSCloseCode.TRY_AGAIN_LATER,
            "Another program holds the database locked. Close it and try again.",
        )
        async with ann.session.ws_connect(url) as socket:
            assert "welcome" in [name for name, _ in read((await socket.receive()).data)]
