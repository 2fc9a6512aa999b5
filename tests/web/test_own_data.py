"""What a player takes along is theirs, all of it, and nobody else's."""

from __future__ import annotations

import io
import json
import sqlite3
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import torch
from house import House, open_house, settle

from nanoverse.adapter_files import WEIGHTS
from nanoverse.learning import saving
from nanoverse.learning.adapter import AdapterState
from nanoverse.protocol import PRIVATE, WORLD
from nanoverse.store import adapters, drafts, imports, messages
from nanoverse.store.database import Database
from nanoverse.web import own_data

STATE = AdapterState({"peft_type": "LORA"}, {"weight": torch.zeros(2)})


async def test_own_words_and_own_adapters_can_be_taken_along_and_no_others(tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ann", "Bob")
    ann, bob = people["Ann"], people["Bob"]

    def fill(connection: sqlite3.Connection) -> list[int]:
        for i in range(1005):  # more than one page
            messages.insert(connection, WORLD, ann, f"שלום {i}", i)
        messages.insert(connection, PRIVATE, ann, "hush", 2000, recipient=bob)
        said = messages.insert(connection, PRIVATE, ann, "her agent", 2001, recipient=bob, by_agent=True)
        drafts.correct(connection, said.id, ann, "hi!", 2004)
        messages.take_back(connection, said.id, 2005)
        of_his = messages.insert(connection, WORLD, bob, "his agent", 2001, by_agent=True)
        drafts.correct(connection, of_his.id, bob, "his", 2004)
        imports.add(connection, ann, [("elsewhere", 2003)], 10, 2006)
        imports.add(connection, bob, [("his", 2003)], 10, 2006)
        messages.insert(connection, WORLD, bob, "his", 2002)
        made = [adapters.add(connection, player, "base", 20, 0.3, "", 1) for player in (ann, ann, ann, bob)]
        for one in made[1:]:
            adapters.offer(connection, one.player, one.id, 1)
        return [one.id for one in made]

    async with await Database.open(tmp_path / "data") as db:
        unborn, whole, folderless, of_bob = await db.write(fill)
    saving.write(tmp_path / "adapters" / str(ann) / str(whole), STATE, "base")
    saving.write(tmp_path / "adapters" / str(bob) / str(of_bob), STATE, "base")

    async with open_house(tmp_path) as house:
        async with house.http(Cookie="nanoverse=token-of-Ann") as http:
            async with http.session.get(house.url + "api/me/words.jsonl") as response:
                assert response.status == 200
                lines = [json.loads(line) for line in (await response.text()).splitlines()]
            assert len(lines) == 1008
            assert lines[0] == {"text": "שלום 0", "time": 0, "channel": "world", "to": ""}
            assert lines[1005] == {"text": "hush", "time": 2000, "channel": "private", "to": "Bob"}
            assert lines[1006:] == [
                {"text": "elsewhere", "time": 2003, "channel": "world", "to": "", "imported": True},
                {"text": "hi!", "time": 2004, "channel": "private", "to": "Bob", "rewrite_of": "her agent"},
            ], "and what she brought, and what she would have said, though the message is taken back"
            async with http.session.get(house.url + f"api/me/agent/version-{whole}.zip") as response:
                assert response.status == 200
                archive = zipfile.ZipFile(io.BytesIO(await response.read()))
            unpacked = tmp_path / "unpacked"
            archive.extractall(unpacked)
            assert torch.equal(saving.read(unpacked).tensors["weight"], torch.zeros(2))
            for other in (unborn, folderless, of_bob, 10**14):
                assert await http.get(f"api/me/agent/version-{other}.zip") == (
                    404,
                    {"error": "There is no such version of your agent any more."},
                )
        async with house.http() as stranger:
            assert (await stranger.get("api/me/words.jsonl"))[0] == 401
            assert (await stranger.get(f"api/me/agent/version-{whole}.zip"))[0] == 401


LARGE = 64 * 2**20  # bytes: more than lies between a server and one who does not read


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Ann's agent has one version, and a large one."""
    ann = (await settle(tmp_path / "data", "Ann"))["Ann"]

    def fill(connection: sqlite3.Connection) -> str:
        version = adapters.add(connection, ann, "base", 20, 0.3, "", 1)
        adapters.offer(connection, ann, version.id, 1)
        return version.folder

    async with await Database.open(tmp_path / "data") as db:
        folder = tmp_path / "adapters" / await db.write(fill)
    saving.write(folder, STATE, "base")
    with (folder / WEIGHTS).open("r+b") as file:
        file.truncate(LARGE)
    async with open_house(tmp_path) as opened:
        yield opened


async def test_a_version_that_is_read_slowly_takes_no_memory_and_no_other_is_sent_beside_it(
    house: House,
) -> None:
    url = house.url + "api/me/agent/version-1.zip"
    async with house.http(Cookie="nanoverse=token-of-Ann") as http:
        tracemalloc.start()
        try:
            async with http.session.get(url) as slow:
                assert slow.status == 200 and slow.headers["X-Content-Type-Options"] == "nosniff"
                assert await http.get("api/me/agent/version-1.zip") == (
                    409,
                    {"error": "Your other file is still on its way."},
                )
                assert tracemalloc.get_traced_memory()[1] < LARGE / 4
                tracemalloc.stop()
                with zipfile.ZipFile(io.BytesIO(await slow.read())) as archive:
                    assert archive.testzip() is None
                    assert [one.file_size for one in archive.infolist()][1] == LARGE
        finally:
            tracemalloc.stop()
        async with http.session.get(url) as again:
            assert again.status == 200


async def read_after_a_cut(house: House, path: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What Ann gets when she asks once more, cut off the first time because she had not read all in time."""
    async with house.http(Cookie="nanoverse=token-of-Ann") as http:
        with monkeypatch.context() as patch:
            patch.setattr(own_data, "SEND_S", 0)
            with pytest.raises(aiohttp.ClientError):
                async with http.session.get(house.url + path) as response:
                    await response.read()
        async with http.session.get(house.url + path) as again:
            assert again.status == 200
            return await again.read()


async def test_who_does_not_read_in_time_is_cut_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(await read_after_a_cut(house, "api/me/agent/version-1.zip", monkeypatch)) > LARGE


@pytest.fixture
async def talkative(tmp_path: Path) -> AsyncIterator[House]:
    """Ann has said very much."""
    ann = (await settle(tmp_path / "data", "Ann"))["Ann"]

    def fill(connection: sqlite3.Connection) -> None:
        for time in range(32):
            messages.insert(connection, WORLD, ann, "x" * 2**20, time)

    async with await Database.open(tmp_path / "data") as db:
        await db.write(fill)
    async with open_house(tmp_path) as opened:
        yield opened


async def test_of_words_that_are_read_slowly_only_one_file_is_held(talkative: House) -> None:
    url = talkative.url + "api/me/words.jsonl"
    other = {"error": "Your other file is still on its way."}
    async with talkative.http(Cookie="nanoverse=token-of-Ann") as http:
        async with http.session.get(url) as slow:
            assert slow.status == 200 and slow.headers["X-Content-Type-Options"] == "nosniff"
            assert await http.get("api/me/words.jsonl") == (409, other)
            assert len((await slow.read()).splitlines()) == 32
        async with http.session.head(url) as head, http.session.get(url) as again:
            assert (head.status, again.status) == (405, 200)


async def test_who_does_not_read_their_words_in_time_is_cut_off(
    talkative: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = await read_after_a_cut(talkative, "api/me/words.jsonl", monkeypatch)
    assert len(words.splitlines()) == 32


@pytest.mark.parametrize(
    ("path", "times", "refusal"),
    [
        ("api/me/words.jsonl", 10, "Too many files at once; wait a minute."),
        ("api/me/agent", 30, "Too many looks at your agent at once; wait a moment."),
    ],
)
async def test_what_costs_the_server_much_is_not_asked_for_without_end(
    tmp_path: Path, path: str, times: int, refusal: str
) -> None:
    async with open_house(tmp_path, "Ann") as house, house.http(Cookie="nanoverse=token-of-Ann") as http:
        answers = []
        while len(answers) < 10 * times and 429 not in answers:
            async with http.session.get(house.url + path) as response:
                answers.append(response.status)
                last = await response.text()
        assert 429 in answers and json.loads(last) == {"error": refusal}
