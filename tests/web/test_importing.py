"""A player brings their own words and adapter from another world; what cannot be taken is told in one sentence each."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import threading
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.base_protocol import BaseProtocol
from brought import adapter, harmful, packed
from house import Http, open_house, settle

from nanoverse.learning import admission, foreign
from nanoverse.learning.adapter import Stopped
from nanoverse.learning.admission import NOT_WORSE, UNKNOWN, WORSE_THAN_BASE
from nanoverse.learning.folders import OWNER
from nanoverse.learning.verdict import FORGOT
from nanoverse.protocol import WORLD
from nanoverse.store import drafts, forgotten, imports, lessons, messages
from nanoverse.store.database import FILE, Database
from nanoverse.web import imported_adapter, imported_words

NOW = 4_000_000_000_000  # far in the future


def lying(folder: Path) -> list[str]:
    """What lies in the world's folder of adapters, but for the world's own mark."""
    return [path.name for path in (folder / "adapters").iterdir() if path.name != OWNER]


def line(text: Any, time: Any = 1000, channel: Any = "world") -> str:
    return json.dumps({"text": text, "time": time, "channel": channel, "to": ""})


async def bring(http: Http, body: Any, path: str = "api/me/words") -> tuple[int, dict[str, Any]]:
    return await http.send(path, data=body)


async def test_the_world_goes_on_while_a_file_of_very_many_lines_is_read() -> None:
    content = aiohttp.StreamReader(BaseProtocol(asyncio.get_running_loop()), 2**16)
    content.feed_data(b"x\n" * 10_000)
    content.feed_eof()
    read = turns = 0

    async def others() -> None:
        nonlocal turns
        while read < 10_000:
            turns += 1
            await asyncio.sleep(0)

    going_on = asyncio.create_task(others())
    async for _ in imported_words.lines(content):
        read += 1
    await going_on
    assert turns > 50


async def test_a_file_that_does_not_go_on_arriving_keeps_its_player_from_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported_words, "RECEIVE_S", 0.05)
    async with (
        asyncio.timeout(60),
        open_house(tmp_path, "Ann") as house,
        house.http(Cookie="nanoverse=token-of-Ann") as http,
    ):

        async def endless() -> AsyncIterator[bytes]:
            yield line("one").encode()
            await asyncio.Event().wait()

        slow = {"error": "The file took more than 0 minutes to arrive."}
        assert await bring(http, endless()) == (408, slow)
        assert (await bring(http, line("two").encode()))[1] == {"taken": 1, "refused": []}


async def test_words_are_taken_line_by_line_and_each_kind_of_bad_line_is_told(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann") as house, house.http(Cookie="nanoverse=token-of-Ann") as http:
        lines = [
            line("good one"),
            line("good one"),
            line("\u0000 another\u202e one ", 2000, "nearby"),
            line("hush", 3000, "private"),
            "not json",
            "[1, 2]",
            '{"text": "no time or channel"}',
            line(7),
            line("   "),
            line("x" * 501),
            line("when?", "noon"),
            line("when?", True),
            line("tomorrow", NOW),
            line("x" * 9000),
            "",
        ]
        status, answer = await bring(http, "\n".join(lines).encode())
        assert (status, answer["taken"]) == (200, 2)
        assert set(answer["refused"]) == {
            "Not taken, being here already: 1.",
            "Not taken, said in private to somebody who has not agreed here: 1.",
            "Not taken, being no JSON objects with a text, a time and a channel: 4.",
            "Not taken, having no text that could be a message here: 2.",
            "Not taken, having a time that is not one, or has not come yet: 3.",
            "Not taken, being too long: 1.",
        }
        assert await bring(http, line("good one").encode()) == (
            200,
            {"taken": 0, "refused": ["Not taken, being here already: 1."]},
        )
        portrait = (await http.get("api/me/agent"))[1]
        assert (portrait["imported"], portrait["profile"]["messages"]) == (2, 2)
        async with house.player("Ann") as ann:
            assert (await ann.ask("search", "good", 0))[1]["messages"] == [], "nobody is shown them"
        assert (await http.post("api/me/words/forget"))[1] == {"gone": 2}
        with sqlite3.connect(tmp_path / "data" / FILE) as connection:
            assert connection.execute("SELECT player FROM forgotten WHERE own").fetchall() == [
                (house.people["Ann"],)
            ]
        assert (await http.get("api/me/agent"))[1]["imported"] == 0
        async with house.http() as stranger:
            assert (await bring(stranger, b""))[0] == 401


async def test_an_export_is_read_without_doubling_anything(tmp_path: Path) -> None:
    ann = (await settle(tmp_path / "data", "Ann"))["Ann"]

    def live(connection: sqlite3.Connection) -> None:
        messages.insert(connection, WORLD, ann, "said here", 5000)
        said = messages.insert(connection, WORLD, ann, "Good day.", 6000, by_agent=True)
        drafts.correct(connection, said.id, ann, "hiya~", 7000)
        imports.add(connection, ann, [("brought", 1000)], 10, 8000)

    async with await Database.open(tmp_path / "data") as db:
        await db.write(live)
    async with open_house(tmp_path) as house, house.http(Cookie="nanoverse=token-of-Ann") as http:
        async with http.session.get(house.url + "api/me/words.jsonl") as response:
            export = await response.read()
        assert await bring(http, export) == (
            200,
            {"taken": 0, "refused": ["Not taken, being here already: 3."]},
        )
    async with (
        open_house(tmp_path / "elsewhere", "Ann") as house,
        house.http(Cookie="nanoverse=token-of-Ann") as http,
    ):
        assert (await bring(http, export))[1] == {"taken": 3, "refused": []}, (
            "a rewrite is her own words, too"
        )
        async with http.session.get(house.url + "api/me/words.jsonl") as response:
            again = await response.read()
        assert [json.loads(row)["text"] for row in again.splitlines()] == ["brought", "said here", "hiya~"]
    async with open_house(tmp_path) as house, house.http(Cookie="nanoverse=token-of-Ann") as http:
        assert (await bring(http, again))[1]["taken"] == 0, "nor when they come back from there"


async def test_a_file_is_bounded_in_bytes_lines_and_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported_words, "MOST_BYTES", 2**20)
    monkeypatch.setattr(imported_words, "MOST_LINES", 3)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 2**16

    async with open_house(tmp_path, "Ann") as house, house.http(Cookie="nanoverse=token-of-Ann") as http:
        assert await bring(http, endless()) == (
            413,
            {"error": "A file may have 1 MB; nothing of this one was taken."},
        )
        many = "\n".join(line(f"number {i}") for i in range(5)).encode()
        room = "Not taken, for want of room: 2."
        assert await bring(http, many) == (200, {"taken": 3, "refused": [room]})
        assert (await bring(http, line("one more").encode()))[1]["taken"] == 0
        for _ in range(2):
            await bring(http, b"")
        assert (await bring(http, b""))[0] == 429


async def test_what_was_brought_is_learnt_from_in_the_order_of_time(tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ann")
    ann = people["Ann"]
    async with await Database.open(tmp_path / "data") as db:
        await db.write(lambda c: messages.insert(c, WORLD, ann, "said here", 5000))
    async with open_house(tmp_path) as house, house.http(Cookie="nanoverse=token-of-Ann") as http:
        await bring(
            http, "\n".join([line("older", 1000), line("newer", 9000), line("said here", 5000)]).encode()
        )
    with sqlite3.connect(tmp_path / "data" / FILE) as connection:
        found = [(one.text, one.context) for one in lessons.own_messages(connection, ann, 10)]
        assert found == [("older", ()), ("said here", ()), ("newer", ())]
        assert [text for text, _ in lessons.own_texts(connection, ann, 2)] == ["newer", "said here"]
        assert forgotten.since(connection, ann) is None


async def awake(http: Http) -> None:
    async with asyncio.timeout(120):
        while (await http.get("api/me/agent"))[1]["model"]["state"] != "ready":  # noqa: ASYNC110
            await asyncio.sleep(1)  # it may not be asked for without end


def adapters_on_disk(folder: Path) -> dict[str, Any]:
    """Settings of each adapter, by where it lies, and None for what else lies there."""
    return {
        str(path.relative_to(folder)): json.loads((path / "adapter_config.json").read_text())
        if (path / "adapter_config.json").is_file()
        else None
        for path in folder.glob("*/*")
    }


PATH = "api/me/agent/adapter"
ARRIVED = {"state": "waiting", "reason": "", "version": 0, "live": False}


async def judged(http: Http) -> dict[str, Any]:
    """What became of the adapter that was brought."""
    async with asyncio.timeout(300):
        while (answer := (await http.get(PATH))[1])["state"] != "done":  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return answer


async def state(http: Http, *wanted: str) -> None:
    async with asyncio.timeout(120):
        while (await http.get(PATH))[1]["state"] not in wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def talked(folder: Path, player: int, count: int) -> None:
    """The player has said so many things, in the database of a world that does not run."""

    def say(connection: sqlite3.Connection) -> None:
        for i in range(count):
            messages.insert(
                connection, WORLD, player, f"I have put {i} {WOOD[i % 5]} planks on the roof", 5000 + i
            )

    async with await Database.open(folder / "data") as db:
        await db.write(say)


WOOD = ("oak", "pine", "birch", "willow", "old")


async def test_an_adapter_that_fits_becomes_a_version_and_no_other_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine is, no sixth file may come while five are judged.
    monkeypatch.setattr(imported_adapter, "IMPORT", replace(imported_adapter.IMPORT, seconds=3600))
    async with (
        open_house(tmp_path, "Ann", model="starter", night=False) as house,
        house.http(Cookie="nanoverse=token-of-Ann") as http,
    ):
        await awake(http)
        assert (await http.get(PATH))[1]["state"] == "none"
        bad = {
            "for another base model": adapter(base_model_name_or_path="gemma3-other"),
            "no readable adapter_config.json": adapter() | {"adapter_config.json": b"[" * 60_000},
            "not numbers": adapter(value=float("nan")),
            "must hold one adapter_model.safetensors; it holds 0": {
                "adapter_config.json": b"{}",
                "adapter_model.bin": b"pickle",
            },
        }
        for reason, files in bad.items():
            status, answer = await bring(http, packed(files), PATH)
            assert status == 400 and reason in answer["error"], answer
            assert str(tmp_path) not in answer["error"]
            assert (await http.get(PATH))[1]["state"] == "none"
        assert lying(tmp_path) == []
        astray = packed({f"../../{name}": content for name, content in adapter().items()})
        assert await bring(http, astray, PATH) == (202, ARRIVED)
        answer = await judged(http)
        assert (answer["live"], answer["reason"]) == (False, UNKNOWN), "she has said nothing here"
        (version,) = (await http.get("api/me/agent"))[1]["versions"]
        assert (version["id"], version["live"], version["imported"]) == (answer["version"], False, True)
        assert (version["waits"], version["note"]) == (True, UNKNOWN)
        ((place, config),) = adapters_on_disk(tmp_path / "adapters").items()
        assert place == f"{house.people['Ann']}/{version['id']}"
        assert config["target_modules"] == ["q_proj"], "no pattern of a stranger's"
        assert len(lying(tmp_path)) == 1
        assert (await http.post("api/me/agent/live", version=version["id"]))[0] == 200
        (version,) = (await http.get("api/me/agent"))[1]["versions"]
        assert (version["live"], version["waits"]) == (True, False)
        assert await bring(http, astray, PATH) == (429, {"error": "Too many files at once; wait a minute."})


async def test_with_words_here_to_judge_by_an_adapter_speaks_at_once_or_not_at_all(tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ann")
    await talked(tmp_path, people["Ann"], 20)
    async with (
        open_house(tmp_path, model="starter", night=False) as house,
        house.http(Cookie="nanoverse=token-of-Ann") as http,
    ):
        await awake(http)
        await bring(http, packed(adapter()), PATH)
        answer = await judged(http)
        assert (answer["live"], answer["reason"]) == (True, NOT_WORSE)
        assert (await http.get("api/me/agent"))[1]["versions"][0]["note"] == NOT_WORSE
        before = adapters_on_disk(tmp_path / "adapters")
        for harm, reason in ((adapter(value=1e4), WORSE_THAN_BASE), (harmful(), FORGOT)):
            assert (await bring(http, packed(harm), PATH))[0] == 202
            refusal = {"state": "done", "reason": f"Your adapter was not taken. {reason}"}
            assert await judged(http) == refusal | {"version": 0, "live": False}
        assert adapters_on_disk(tmp_path / "adapters") == before
        assert lying(tmp_path) == [str(people["Ann"])]
        (version,) = (await http.get("api/me/agent"))[1]["versions"]
        assert (version["id"], version["live"]) == (answer["version"], True)


@contextlib.contextmanager
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Whatever is judged takes until this is set, or until it is told to stop."""
    go, examine = threading.Event(), admission.examine

    def slowly(*given: Any) -> Any:
        stop = given[0].stop
        while not go.wait(0.01):
            if stop.is_set():
                raise Stopped
        return examine(*given)

    with monkeypatch.context() as patched:
        patched.setattr(admission, "examine", slowly)
        yield go


async def test_who_waits_is_told_so_and_a_slow_line_holds_up_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("Ann", "Bob", "Eve", "Dan")
    async with contextlib.AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(tmp_path, *names, model="starter", night=False))
        ann, bob, eve, dan = [
            await stack.enter_async_context(house.http(Cookie=f"nanoverse=token-of-{name}")) for name in names
        ]
        await awake(ann)
        go = stack.enter_context(held_up(monkeypatch))
        body, rest = packed(adapter()), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield body[:100]
            await rest.wait()
            yield body[100:]

        eves = asyncio.create_task(bring(eve, slow(), PATH))
        await state(eve, "arriving")
        assert await bring(ann, body, PATH) == (202, ARRIVED)
        await state(ann, "judging")
        assert await bring(bob, body, PATH) == (202, ARRIVED)
        other = "The adapter that you brought before has not been judged yet."
        for http in (ann, bob, eve):
            assert await bring(http, body, PATH) == (409, {"error": other})
        assert [(await http.get(PATH))[1]["state"] for http in (ann, bob, eve)] == [
            "judging",
            "waiting",
            "arriving",
        ]
        monkeypatch.setattr(imported_adapter, "MOST_AT_ONCE", 3)
        full = "Too many adapters are being brought at once; try again in a few minutes."
        assert await bring(dan, body, PATH) == (409, {"error": full})
        go.set()
        assert [(await judged(http))["version"] > 0 for http in (ann, bob)] == [True, True]
        rest.set()
        assert await eves == (202, ARRIVED)
        assert (await judged(eve))["version"] > 0


async def test_what_takes_too_long_to_arrive_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported_adapter, "RECEIVE_S", 0.05)
    async with (
        open_house(tmp_path, "Ann", model="starter", night=False) as house,
        house.http(Cookie="nanoverse=token-of-Ann") as http,
    ):
        await awake(http)

        async def endless() -> AsyncIterator[bytes]:
            yield b"x"
            await asyncio.Event().wait()

        status, answer = await bring(http, endless(), PATH)
        assert (status, answer) == (408, {"error": "The adapter took more than 0 minutes to arrive."})
        assert lying(tmp_path) == []
        assert (await http.get(PATH))[1]["state"] == "none"


async def test_a_world_that_ends_while_an_adapter_is_judged_ends_at_once_and_leaves_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(tmp_path, "Ann", model="starter", night=False))
        http = await stack.enter_async_context(house.http(Cookie="nanoverse=token-of-Ann"))
        await awake(http)
        stack.enter_context(held_up(monkeypatch))
        await bring(http, packed(adapter()), PATH)
        await state(http, "judging")
        async with asyncio.timeout(60):
            await stack.aclose()
    assert lying(tmp_path) == []
    with sqlite3.connect(tmp_path / "data" / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM adapter_version").fetchone() == (0,)


async def test_what_cannot_be_judged_is_not_taken_and_its_player_hears_of_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any) -> Any:
        raise RuntimeError(f"bad file in {tmp_path}")

    async with (
        open_house(tmp_path, "Ann", model="starter", night=False) as house,
        house.http(Cookie="nanoverse=token-of-Ann") as http,
    ):
        await awake(http)
        monkeypatch.setattr(admission, "examine", broken)
        await bring(http, packed(adapter()), PATH)
        answer = await judged(http)
        sentence = "Your adapter could not be judged, so it was not taken; the server's log says why."
        assert (answer["reason"], answer["version"]) == (sentence, 0)
        assert lying(tmp_path) == []


async def test_an_adapter_is_bounded_in_bytes_and_waits_until_agents_are_awake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "MOST_BYTES", 2**20)
    async with open_house(tmp_path, "Ann") as house, house.http(Cookie="nanoverse=token-of-Ann") as http:
        assert (await bring(http, b"", PATH))[0] == 409
        assert (await http.get(PATH))[1]["state"] == "none"
    async with (
        open_house(tmp_path, model="starter", night=False) as house,
        house.http(Cookie="nanoverse=token-of-Ann") as http,
    ):
        await awake(http)
        assert await bring(http, b"x" * (2**20 + 1), PATH) == (413, {"error": "An adapter may have 1 MB."})
        assert lying(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no zip", "not a zip archive"),
        (packed(adapter() | {f"{i}": b"" for i in range(100)}), "more than 100 files"),
        (
            packed(adapter() | {"copy/adapter_config.json": b"{}"}),
            "must hold one adapter_config.json; it holds 2",
        ),
        (
            packed(adapter() | {"adapter_config.json": b"\0" * (2**20 + 1)}, zipfile.ZIP_DEFLATED),
            "adapter_config.json in the archive has more than 1 MB",
        ),
        (packed(adapter())[:-40], "not a zip archive"),
    ],
    ids=["no zip", "many files", "twice", "bomb", "cut off"],
)
def test_archives_that_are_not_taken(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "archive.zip").write_bytes(content)
    (tmp_path / "adapter").mkdir()
    with pytest.raises(foreign.ForeignError, match=reason):
        foreign.unpack(tmp_path / "archive.zip", tmp_path / "adapter")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "LZMA"])
@pytest.mark.parametrize("whole", [True, False], ids=["bomb", "corrupted"])
def test_of_an_archive_whose_files_cannot_be_unpacked_by_and_by_nothing_is(
    tmp_path: Path, method: int, whole: bool
) -> None:
    content = bytearray(packed(adapter() | {"adapter_config.json": b"\0" * 16 * 2**20}, method))
    assert len(content) < 2**18
    if not whole:
        at = content.index(b"adapter_config.json") + 40
        content[at : at + 8] = b"\xff" * 8
    (tmp_path / "archive.zip").write_bytes(content)
    (tmp_path / "adapter").mkdir()
    tracemalloc.start()
    try:
        with pytest.raises(foreign.ForeignError, match="compressed in a way that is not read here"):
            foreign.unpack(tmp_path / "archive.zip", tmp_path / "adapter")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("claimed", [20_000, 2])
def test_an_archive_of_very_many_files_is_refused_before_each_is_looked_at(
    tmp_path: Path, claimed: int
) -> None:
    content = bytearray(packed({str(i): b"" for i in range(20_000)}))
    content[-14:-12] = content[-12:-10] = claimed.to_bytes(
        2, "little"
    )  # the number of entries, which may be a lie
    (tmp_path / "archive.zip").write_bytes(content)
    (tmp_path / "adapter").mkdir()
    tracemalloc.start()
    try:
        with pytest.raises(foreign.ForeignError, match="more than 100 files"):
            foreign.unpack(tmp_path / "archive.zip", tmp_path / "adapter")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_what_comes_out_is_counted_whatever_the_archive_claims(tmp_path: Path) -> None:
    content = bytearray(packed({"adapter_config.json": b"\0" * 3 * 2**20}, zipfile.ZIP_DEFLATED))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")  # the size in the directory
    (tmp_path / "archive.zip").write_bytes(content)
    (tmp_path / "adapter").mkdir()
    with pytest.raises(foreign.ForeignError):
        foreign.unpack(tmp_path / "archive.zip", tmp_path / "adapter")
    written = tmp_path / "adapter" / "adapter_config.json"
    assert written.stat().st_size <= 2**20
