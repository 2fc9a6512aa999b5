"""`bench world`, small: each figure is measured and means what it says. No figure is judged here: machines differ."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nanoverse.bench import growth, world
from nanoverse.bench.thin_line import thin_line

HEAD = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
MUCH = bytes(range(256)) * 4096  # 1 MiB


@pytest.fixture
async def pouring() -> AsyncIterator[tuple[str, list[asyncio.StreamReader]]]:
    """A server that answers a handshake and then sends as fast as it may; and what it can read of its clients."""
    heard: list[asyncio.StreamReader] = []

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(reader)
        writer.write(HEAD + MUCH)

    server = await asyncio.start_server(pour, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", heard


async def reach(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
    return await asyncio.open_connection(host, int(port))


async def test_behind_a_line_that_stands_still_there_is_the_handshake_and_nothing_else(
    pouring: tuple[str, list[asyncio.StreamReader]],
) -> None:
    url, heard = pouring
    async with thin_line(url, 0) as line:
        reader, writer = await reach(line)
        assert await reader.readexactly(len(HEAD)) == HEAD
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.3)
        writer.write(b"still here")
        assert await heard[0].readexactly(10) == b"still here"
        writer.close()


async def test_a_thin_line_lets_all_through_in_order_but_only_so_much_at_a_time(
    pouring: tuple[str, list[asyncio.StreamReader]],
) -> None:
    url, _ = pouring
    async with thin_line(url, 4000) as line:
        reader, writer = await reach(line)
        await reader.readexactly(len(HEAD))
        assert await reader.read(100_000) == MUCH[:1000]
        assert await reader.readexactly(1500) == MUCH[1000:2500]
        writer.close()


def test_who_walks_for_the_measurement_comes_back_so_that_no_new_land_is_timed() -> None:
    crowd = growth._Crowd(stored=4, away=2)
    before = {body.id: (body.x, body.y) for body in crowd._world.bodies.values()}
    crowd.seconds()
    assert {body.id: (body.x, body.y) for body in crowd._world.bodies.values()} == before


def test_the_cost_of_a_tick_is_told_for_more_chunks_and_for_more_players() -> None:
    figures = growth.figures(chunks=(4, 40), away=(2, 20))
    names = {"chunk_ms_p50", "chunk_ms_max", "tick_ratio_stored_chunks", "tick_ratio_players_away"}
    assert set(figures) == names and all(figure > 0 for figure in figures.values())


async def test_a_small_world_is_measured_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "JOINS", 2)
    monkeypatch.setattr(world, "_STEADY", 0.2)
    figures = await world.measure(3, 1, 2, ["--agents", "no"])
    asked = [
        "tick_ms_p99",
        "echo_ms_p99",
        "join_ms_p99",
        "bytes_per_step",
        "idle_bytes_per_s",
        "rss_mb",
        "kb_per_client",
    ]
    assert all(figures[name] == figures[name] for name in [*asked, "echo_ratio_slow_clients"])  # none is nan
    assert figures["dropped_clients"] == 0
    assert 0 < figures["bytes_per_step"] < 100


def test_the_model_that_was_measured_is_written_down_without_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def measured(*given: object) -> dict[str, float]:
        return {"tick_ms_p99": 1.0}

    monkeypatch.setattr(world, "measure", measured)
    monkeypatch.setattr(growth, "figures", dict)
    path = tmp_path / "figures.json"
    assert world.main(["--model", str(tmp_path / "gemma-3-1b-it"), "--json", str(path)]) == 0
    assert json.loads(path.read_text())["settings"]["model"] == "gemma-3-1b-it"
    assert str(tmp_path) not in path.read_text()


def test_where_no_system_tells_what_a_process_takes_that_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(world, "PROCESSES", tmp_path / "proc")
    assert world.main([]) == 1
    assert "which only Linux has" in capsys.readouterr().err
