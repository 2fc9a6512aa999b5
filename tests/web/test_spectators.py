"""Watching without an account: who is let in, what a spectator is shown, and that it can do nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from house import House, build, give, open_house, settle

from nanoverse import protocol
from nanoverse.bench.bot import Bot, Refused
from nanoverse.commands.control import find
from nanoverse.config import Settings
from nanoverse.protocol import AGENT, CLIENT, NEARBY, NOT_LOGGED_IN, PLAYER, PRIVATE, TOO_MANY, WORLD
from nanoverse.store import signs
from nanoverse.store.database import Database
from nanoverse.web import spectators
from nanoverse.web.spectators import (
    CHUNKS_AT_ONCE,
    FRAMES_AT_ONCE,
    GROWN_AT_ONCE,
    LIST_COST,
    NEAR_BODY,
    NEAR_SPAWN,
    ONLY_WATCHES,
)
from nanoverse.world.constants import CHUNK, UNIT, VIEW_RADIUS
from nanoverse.world.simulation import Simulation

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = 3
FAR = 1000  # chunks from the spawn where somebody sleeps all alone
MAY = {"ping", "look", "people", "watch", "follow"}
VIEW = (2 * VIEW_RADIUS + 1) ** 2
SPAWN = tuple(tile // CHUNK for tile in Simulation(SEED).spawn)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("watched")
    hermit = (await settle(folder / "data", "Hermit"))["Hermit"]
    await give(folder / "data", hermit, FAR * CHUNK + 5, 5)
    opened = open_house(folder, "Ann", "Bob", spectators=40, seed=SEED, away_seconds=3600)
    async with opened as house:
        house.people["Hermit"] = hermit
        yield house


class Spectator(Bot):
    """A page at /watch, and all that it was told."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.heard: list[tuple[str, list[Any]]] = []
        self.on_message = lambda name, values: self.heard.append((name, values))

    def chunks(self) -> set[tuple[int, int]]:
        """What it watches, by what it was told."""
        watched: set[tuple[int, int]] = set()
        for name, values in self.heard:
            if name == "chunk":
                watched.add((values[0], values[1]))
            elif name == "forget":
                watched.discard((values[0], values[1]))
        return watched

    async def pong(self) -> dict[str, Any]:
        pong = self.expect("pong")
        await self.send("ping", 1)
        fields: dict[str, Any] = await pong
        return fields

    def names(self) -> set[str]:
        return {name for name, _ in self.heard}


@contextlib.asynccontextmanager
async def watching(house: House) -> AsyncIterator[Spectator]:
    spectator = Spectator(house.url)
    try:
        await spectator.watch()
        yield spectator
    finally:
        await spectator.close()


async def refusal(house: House, address: str = "127.0.0.1") -> tuple[int, str]:
    """With which code and words somebody from there is turned away; 0 and nothing if they are let in."""
    async with house.http(address) as stranger, stranger.session.ws_connect(house.url + "ws/watch") as ws:
        frame = await ws.receive()
        return (frame.data, frame.extra) if frame.type is aiohttp.WSMsgType.CLOSE else (0, "")


async def tables(house: House) -> dict[str, Any]:
    async with house.http() as browser:
        return (await browser.get("tables.json"))[1]


async def test_unless_the_host_allows_it_nobody_watches(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann") as house:
        assert (await tables(house))["watch"] is False
        assert await refusal(house) == (NOT_LOGGED_IN, "This world is for its players only.")


async def test_a_spectator_is_shown_the_land_around_the_spawn_and_has_no_body(house: House) -> None:
    assert (await tables(house))["watch"] is True
    async with house.player("Ann") as ann, watching(house) as spectator:
        bodies = [body[1] for name, values in spectator.heard if name == "bodies" for body in values[0]]
        assert "Ann" in bodies
        name, (version, edition, you, own_name, admin, _, x, y) = spectator.heard[0]
        assert (name, version, you, own_name, admin) == ("welcome", protocol.VERSION, 0, "", False)
        assert edition == (await tables(house))["edition"]
        assert (x // (CHUNK * UNIT), y // (CHUNK * UNIT)) == SPAWN
        assert [name for name, _ in spectator.heard[1:3]] == ["clock", "chunk"]
        assert len(spectator.chunks()) == VIEW
        people = (await ann.ask("people"))[1]["people"]
        assert len(people) == 3


async def test_the_admin_sees_how_many_watch(house: House) -> None:
    owner = find(Settings(data=house.folder / "data"))
    assert owner
    async with watching(house), watching(house):
        assert (await owner.call("GET", "api/admin/status"))["watching"] == 2


async def test_a_spectator_sees_who_walks_and_nobody_sees_the_spectator(house: House) -> None:
    async with house.player("Ann") as ann:
        told: list[str] = []
        ann.on_message = lambda name, values: told.append(name)
        async with watching(house) as spectator:
            moved = spectator.expect("moves", lambda f: f["moves"][0][0] == ann.id)
            step = ann.expect("you")
            await ann.send("move", 1, 0, 1)
            await asyncio.gather(moved, step)
        await ann.ask("people")
        assert "you" in told and not {"bodies", "driver", "left", "gone"} & set(told)


async def test_nothing_that_is_said_reaches_a_spectator(house: House) -> None:
    async with house.player("Ann") as ann, house.player("Bob") as bob, watching(house) as spectator:
        heard = bob.expect("said", lambda f: f["channel"] == PRIVATE)
        await ann.send("typing", NEARBY, 0)
        for channel, to in ((NEARBY, 0), (WORLD, 0), (PRIVATE, bob.id)):
            await ann.say("psst", channel, to)
        await bob.ask("react", (await heard)["id"], 1)
        await spectator.pong()
        allowed = {"welcome", "clock", "chunk", "plots", "bodies", "driver", "moves", "pong"}
        assert spectator.names() <= allowed


def example(message: protocol.Message) -> list[Any]:
    """Fields that the table allows."""
    plain = {"int": 0, "text": "x", "bool": True}
    return [plain[field.kind] for field in message.fields]


@pytest.mark.parametrize("message", [m for m in CLIENT if m.name not in MAY], ids=lambda m: m.name)
async def test_all_else_is_refused_in_one_sentence(house: House, message: protocol.Message) -> None:
    async with watching(house) as spectator:
        refused = spectator.expect("refused")
        fields = example(message)
        has_ref = message.fields[0].name == "ref"
        if has_ref:
            fields[0] = 7
        await spectator.send(message.name, *fields)
        assert await refused == {"ref": 7 if has_ref else 0, "reason": ONLY_WATCHES}


async def test_a_session_makes_no_difference_to_who_watches(house: House) -> None:
    async with watching(house) as spectator:
        await spectator.disconnect()
        spectator.use_session(house.people["Ann"], "token-of-Ann")
        assert (await spectator.watch())["you"] == 0
        with pytest.raises(Refused, match=ONLY_WATCHES):
            await spectator.say("it is me")


async def test_the_pong_brings_the_tick_and_the_hour(house: House) -> None:
    async with watching(house) as spectator:
        clock = spectator.expect("clock")
        assert (await spectator.pong())["tick"] == (await clock)["tick"] > 0


async def test_a_spectator_reads_a_sign_that_is_in_sight(tmp_path: Path) -> None:
    writer = (await settle(tmp_path / "data", "Ann"))["Ann"]
    x, y = Simulation(SEED).spawn
    await build(tmp_path / "data", x, y, "S", S="sign")
    async with await Database.open(tmp_path / "data") as db:
        await db.write(lambda c: signs.put(c, [signs.Sign(x, y, "Welcome!", writer, 0)]))
    async with open_house(tmp_path, seed=SEED, spectators=1) as house, watching(house) as spectator:
        sign = spectator.expect("sign")
        await spectator.send("look", x + FAR * CHUNK, y)  # not in sight, and not answered
        await spectator.send("look", x, y)
        assert await sign == {"x": x, "y": y, "text": "Welcome!", "by": "Ann"}


async def test_a_spectator_looks_from_one_chunk_to_the_next_around_the_spawn_but_not_beyond(
    house: House,
) -> None:
    x, y = SPAWN
    async with watching(house) as spectator:
        await spectator.ask("watch", x + 1, y)
        reach = range(-VIEW_RADIUS, VIEW_RADIUS + 1)
        assert spectator.chunks() == {(x + 1 + dx, y + dy) for dx in reach for dy in reach}
        await spectator.ask("watch", x + NEAR_SPAWN, y)
        before = spectator.chunks()
        for chunk in ((x + NEAR_SPAWN + 1, y), (x, y - NEAR_SPAWN - 1), (FAR // 2, 0), (4_000_000, 0)):
            with pytest.raises(Refused, match="only where somebody is, or where everybody arrives"):
                await spectator.ask("watch", *chunk)
        assert spectator.chunks() == before


async def test_a_spectator_looks_around_somebody_far_away_but_not_beyond(house: House) -> None:
    async with watching(house) as spectator:
        await spectator.ask("watch", FAR + NEAR_BODY, 0)
        with pytest.raises(Refused, match="only where somebody is"):
            await spectator.ask("watch", FAR + NEAR_BODY + 1, 0)
        await spectator.ask("watch", *SPAWN)
        await spectator.ask("follow", house.people["Hermit"])
        assert (FAR, 0) in spectator.chunks() and len(spectator.chunks()) == VIEW
        with pytest.raises(Refused, match="There is no such player"):
            await spectator.ask("follow", 99_999)


async def test_a_spectator_goes_on_seeing_what_happens_where_it_looks(house: House) -> None:
    async with house.player("Hermit") as hermit, watching(house) as spectator:
        seen = spectator.expect("moves")
        await hermit.send("move", 1, 0, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(seen, 0.3)
        await spectator.ask("follow", hermit.id)
        seen = spectator.expect("moves", lambda f: f["moves"][0][0] == hermit.id)
        await hermit.send("move", 2, 0, -1)
        await seen


async def test_a_spectator_who_looks_around_too_fast_is_asked_to_wait(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectators, "CHUNKS_PER_SECOND", 0.001)  # nothing, however long this takes
    async with watching(house) as spectator:
        hops = 0
        with pytest.raises(Refused, match="looking around too fast"):
            while True:
                await spectator.ask("follow", house.people["Hermit"])
                await spectator.ask("watch", *SPAWN)
                hops += 2
        assert CHUNKS_AT_ONCE // VIEW - 2 <= hops <= CHUNKS_AT_ONCE // VIEW
        with pytest.raises(Refused, match="looking around too fast"):
            for _ in range(CHUNKS_AT_ONCE // LIST_COST + 2):
                await spectator.ask("people")
        here = SPAWN if SPAWN in spectator.chunks() else (FAR, 0)
        for _ in range(30):  # nothing new comes into sight
            await spectator.ask("watch", *here)


async def test_all_spectators_together_have_only_so_much_land_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectators, "GROWN_PER_SECOND", 1)
    hermits = await settle(tmp_path / "data", *(f"Hermit{number}" for number in range(5)))
    for number, hermit in enumerate(hermits.values(), 1):
        await give(tmp_path / "data", hermit, number * FAR * CHUNK + 5, 5)
    async with (
        open_house(tmp_path, spectators=9) as crowded,
        watching(crowded) as first,
        watching(crowded) as second,
    ):
        places = list(hermits.values())
        for number, hermit in enumerate(places[: GROWN_AT_ONCE // VIEW]):
            await (first if number % 2 else second).ask("follow", hermit)
        for spectator in (first, second):
            with pytest.raises(Refused, match="Too many are looking around at once"):
                await spectator.ask("follow", places[-1])
            for hermit in places[: GROWN_AT_ONCE // VIEW]:  # what is there costs nothing more
                await spectator.ask("follow", hermit)


async def test_only_who_is_awake_is_listed(house: House) -> None:
    async with house.player("Ann"), watching(house) as spectator:
        people = (await spectator.ask("people"))[1]["people"]
        assert people == [[house.people["Ann"], "Ann", PLAYER]]


async def test_agents_are_listed_too(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", spectators=1, away_seconds=0) as house, watching(house) as one:
        async with asyncio.timeout(60):
            while True:
                if people := (await one.ask("people"))[1]["people"]:
                    break
                await asyncio.sleep(2)
        assert people == [[house.people["Ann"], "Ann", AGENT]]


async def test_too_many_frames_end_the_connection(house: House) -> None:
    async with watching(house) as spectator:
        for _ in range(4 * FRAMES_AT_ONCE):
            try:
                await spectator.send("ping", 1)
            except ConnectionError:
                break
        assert spectator._reader is not None
        await asyncio.wait_for(spectator._reader, 60)
        assert spectator.close_code == TOO_MANY


async def test_no_more_watch_than_may_and_one_address_takes_half_of_the_places(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", spectators=3) as house, watching(house) as first, watching(house):
        code, words = await refusal(house)
        assert (code, words) == (
            aiohttp.WSCloseCode.TRY_AGAIN_LATER,
            "From your address as many are watching as may from one.",
        )
        async with house.http("127.0.0.2") as other, other.session.ws_connect(house.url + "ws/watch"):
            code, words = await refusal(house, "127.0.0.3")
            assert (code, words) == (
                aiohttp.WSCloseCode.TRY_AGAIN_LATER,
                "All places to watch from are taken just now.",
            )
            async with house.player("Ann"):  # players come in all the same
                pass
        assert await refusal(house, "127.0.0.3") == (0, "")
        await first.disconnect()
        assert await refusal(house) == (0, "")


async def test_one_address_does_not_come_and_go_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectators, "VISITS_PER_MINUTE", 2)
    async with open_house(tmp_path, "Ann", spectators=9) as house:
        answers = [await refusal(house) for _ in range(3)]
        assert [code for code, _ in answers] == [0, 0, aiohttp.WSCloseCode.TRY_AGAIN_LATER]
        assert answers[2][1] == "You come and go too often; wait a minute."
        assert await refusal(house, "127.0.0.2") == (0, "")


async def test_another_sites_page_cannot_watch(house: House) -> None:
    async with house.http() as stranger:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await stranger.session.ws_connect(
                house.url + "ws/watch", headers={"Origin": "http://evil.example"}
            )
        assert refused.value.status == 403


async def test_who_has_left_is_not_told_anything_any_more(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", spectators=1) as house:
        async with watching(house):
            assert (await refusal(house))[0] == aiohttp.WSCloseCode.TRY_AGAIN_LATER
        async with asyncio.timeout(60):
            while True:
                if await refusal(house) == (0, ""):
                    break
                await asyncio.sleep(0.02)


async def test_a_server_that_stops_says_so_to_who_watches(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", spectators=1) as house:
        spectator = Spectator(house.url)
        await spectator.watch()
    assert spectator._reader is not None
    await asyncio.wait_for(spectator._reader, 60)
    assert spectator.close_code == aiohttp.WSCloseCode.GOING_AWAY
    await spectator.close()
