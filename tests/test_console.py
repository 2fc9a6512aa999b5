"""What the owner sees on the console: the real `run.py`, in its own process, started, stopped, killed and misled."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from nanoverse import cli, protocol
from nanoverse.app import CONTROL, StartError, running
from nanoverse.bench.bot import Bot, Refused
from nanoverse.commands import admin, backup, retrain
from nanoverse.commands.control import CommandError, find
from nanoverse.config import Settings
from nanoverse.learning.folders import OWNER
from nanoverse.store import accounts, bodies, facts
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.constants import CHUNK, SLOTS, UNIT
from nanoverse.world.simulation import Simulation
from tests.engine.small_model import save_model
from tests.hub.hub_server import MODEL, Hub, hub_of
from tests.world_server import ROOT, WorldProcess, running_world

NO_MODEL = ("--model", "no such model folder")


async def stopped(world: WorldProcess, number: int) -> None:
    """Stop a world by a signal, cleanly."""
    assert await world.stop(number) == 0
    await world.reader  # type: ignore[attr-defined]
    assert world.lines[-1] == "Stopped. Everything is saved."
    assert not [line for line in world.lines if "Traceback" in line or "Error" in line]


async def test_a_world_says_where_it_is_and_how_to_become_its_admin_and_stops_cleanly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    async with running_world(tmp_path, *NO_MODEL) as world:
        link = await world.wait_for_line("Nobody is the admin yet.")
        assert f"{world.url}admin?token=" in link
        await world.wait_for_line("--host 0.0.0.0 opens it to your network")
        bot = Bot(world.url)
        await bot.register("Mira")
        await bot.connect()

        # A second one finds its way barred, by the folder or by the port, and says what to do.
        with pytest.raises(StoreError, match=f"Another NanoVerse is running on the data folder {folder}."):
            async with running(Settings(data=folder, adapters=tmp_path / "adapters", port=0)):
                pass
        port = int(world.url.rsplit(":", 1)[1].strip("/"))
        with pytest.raises(StartError, match=f"Port {port} is in use; stop what uses it, or choose another"):
            async with running(Settings(data=tmp_path / "other", adapters=tmp_path / "theirs", port=port)):
                pass

        # The owner's tools find the world, and only while it is there.
        assert await admin.run(Settings(data=folder)) == 0
        told = capsys.readouterr().out
        assert told.startswith("Nobody is the admin yet: register and open this link once: ")
        assert f"{world.url}admin?token=" in told

        # Without a model the world can be played, and says why nobody answers.
        failed = await world.wait_for_line("Agents stay silent; the world goes on without them.", 60)
        assert "no such model folder" in failed
        assert await bot.say("hello?")

        await stopped(world, signal.SIGTERM)
        assert bot._reader is not None
        await asyncio.wait_for(bot._reader, 60)
        assert bot.close_code == 1001
        assert find(Settings(data=folder)) is None
        await bot.close()


async def test_a_console_that_is_read_no_further_stops_nothing(tmp_path: Path) -> None:
    """As `python run.py | head -1` leaves it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "run.py"), *NO_MODEL, "--port", "0"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stderr
    try:
        url = (await process.stdout.readline()).decode().split()[-1]
        process.stdout._transport.close()  # type: ignore[attr-defined]
        bot = Bot(url)
        await bot.register("Mira")
        await bot.connect()
        assert await bot.say("hello?")
        await bot.close()
        process.send_signal(signal.SIGTERM)
        complaints = (await process.stderr.read()).decode()
        assert await process.wait() == 0
        assert "Traceback" not in complaints and "Error" not in complaints
    finally:
        if process.returncode is None:
            process.kill()


@pytest.mark.parametrize("what", ["removed", "moved", "replaced"])
async def test_a_world_whose_folder_is_gone_does_not_say_that_it_is_saved(tmp_path: Path, what: str) -> None:
    data = tmp_path / "data"
    async with running_world(tmp_path, *NO_MODEL) as world:
        bot = Bot(world.url)
        await bot.register("Mira")
        await bot.close()
        if what == "removed":
            shutil.rmtree(data)
        else:
            data.rename(tmp_path / "elsewhere")
        if what == "replaced":
            shutil.copytree(tmp_path / "elsewhere", data)
        assert await world.stop() == 1
        await world.reader  # type: ignore[attr-defined]
        assert not [line for line in world.lines if "Everything is saved" in line or "Traceback" in line]
        assert world.lines[-1].startswith(
            f"The world stopped, but its database {data / 'nanoverse.db'} is not"
        )
    if what == "moved":  # as the sentence says, it is all there
        async with await Database.open(tmp_path / "elsewhere") as db:
            assert [player.name for player in await db.read(accounts.everyone)] == ["Mira"]


@pytest.mark.parametrize(
    "options, status, sentence",
    [
        (("--port", "99999"), 2, "port must be from 0 to 65535, not 99999 (from the command line)."),
        (("--port", "many"), 2, "port must be a whole number, not 'many' (from the command line)."),
        (("--seed", "-1"), 2, "seed must be from 0 to 2.14748e+09, not -1 (from the command line)."),
        (("--device", "tpu"), 2, "device must be one of auto, cpu, cuda, not 'tpu' (from the command line)."),
        (("--data", "a file/data"), 1, "NanoVerse cannot start. The data folder a file/data cannot be used:"),
        (("--host", "256.0.0.1", "--port", "0"), 1, "NanoVerse cannot start. Cannot listen on 256.0.0.1:0:"),
        (("--host", "a..b", "--port", "0"), 1, "NanoVerse cannot start. Cannot listen on a..b:0: that is no"),
        (
            ("--data", "no room", "--port", "0"),
            1,
            "NanoVerse cannot start. The file no room/control.json cannot",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    status: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").write_text("")
    (tmp_path / "no room" / CONTROL).mkdir(parents=True)
    assert cli.main(["serve", *options]) == status
    assert capsys.readouterr().err.startswith(sentence)


def test_a_console_that_lacks_a_character_is_no_reason_to_fail(tmp_path: Path) -> None:
    """Such as one of a Latin-1 terminal, where the dots of "Stopping: saving the world …" are none."""
    words = (
        "import sys; from nanoverse import cli; cli.COMMANDS['serve'] = (lambda rest: print('…') or 0, '')"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{words}; sys.exit(cli.main(['serve']))"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"\\u2026\n", b"")


def test_an_unknown_option_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "--no-such-option"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2 and "unrecognized arguments: --no-such-option" in done.stderr


async def settle(data: Path, seed: int) -> int:
    """A world of this seed where Mira stands at the spawn with nine stones; returns her id. Nora has the next one."""
    x, y = Simulation(seed).spawn
    slots = ((by_name("stone").id, 9), *((AIR, 0),) * (SLOTS - 1))

    def write(connection: sqlite3.Connection) -> int:
        now = time.time_ns() // 1_000_000
        facts.put(connection, "seed", str(seed))
        player, other = (
            accounts.create(connection, name, name.lower(), "", 0, now) for name in ("Mira", "Nora")
        )
        for someone, token in ((player, b"token"), (other, b"another token")):
            hashed = hashlib.sha256(token).digest()
            accounts.open_session(connection, hashed, someone.id, now, now + 86_400_000)
        place = (x * UNIT + UNIT // 2, y * UNIT + UNIT // 2)
        bodies.put(connection, [bodies.Body(player.id, *place, 0, 0, slots)])
        return player.id

    async with await Database.open(data) as db:
        player = await db.write(write)
    return player


async def test_what_was_confirmed_before_a_power_cut_is_there_after_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    mira = await settle(data, seed=7)
    async with running_world(tmp_path, *NO_MODEL, "--commons", "0") as world:
        bot = Bot(world.url)
        bot.use_session(mira, "token")
        place = await bot.connect()
        built = await build_beside(bot, place["x"] // UNIT, place["y"] // UNIT)
        number = await bot.say("I was here")
        other = Bot(world.url)
        other.use_session(mira + 1, "another token")
        await other.connect()
        await other.ask("react", number, 1)
        await world.stop(signal.SIGKILL)
        await asyncio.gather(bot.close(), other.close())

    # What tells the tools where the world runs was left behind, and is no reason to believe it.
    assert (data / CONTROL).exists() and find(Settings(data=data)) is None
    assert await admin.run(Settings(data=data)) == 0
    assert (
        "Start the world. Nobody is the admin yet: register and open this link once"
        in capsys.readouterr().out
    )

    with pytest.raises(StartError, match="This world grew from seed 7; for one with seed 8 choose another"):
        async with running(Settings(data=data, adapters=tmp_path / "adapters", port=0, seed=8)):
            pass

    async with running_world(tmp_path, "--model", str(broken_model(tmp_path))) as world:
        bot = Bot(world.url)
        bot.use_session(mira, "token")
        inventory = bot.expect("inventory")
        chunks: dict[tuple[int, int], bytes] = {}
        bot.on_message = lambda name, v: chunks.update({(v[0], v[1]): v[3]}) if name == "chunk" else None
        await bot.connect()
        assert (await inventory)["slots"][0] == [by_name("stone").id, 8]
        history = (await bot.ask("history", protocol.WORLD, 0, 0))[1]
        assert [(m[0], m[5], m[9]) for m in history["messages"]] == [(number, "I was here", 1)]
        assert block_in(chunks, *built) == by_name("stone").id
        await bot.close()
        await stopped(world, signal.SIGINT)  # the broken model is still being looked at, or was already


async def test_a_console_that_allows_few_open_files_keeps_no_player_out(tmp_path: Path) -> None:
    """Each browser holds up to six connections beside its socket, and a console allows 1024 as a rule."""
    few = f"""
import resource, runpy, sys
sys.path.insert(0, {str(ROOT)!r})
resource.setrlimit(resource.RLIMIT_NOFILE, (128, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
runpy.run_path({str(ROOT / "run.py")!r}, run_name="__main__")
"""
    async with running_world(tmp_path, *NO_MODEL, python=("-c", few)) as world:
        url = urlsplit(world.url)
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                reader, writer = await asyncio.open_connection(url.hostname, url.port)
                stack.callback(writer.close)
                writer.write(f"GET /tables.json HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
                assert await asyncio.wait_for(reader.readline(), 60) == b"HTTP/1.1 200 OK\r\n"


async def test_a_world_on_the_starter_says_what_it_is_and_how_to_take_a_better_model(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        said = await world.wait_for_line("toy-sized model")
        for part in ("--model google/gemma-3-1b-it", "licence", "`hf auth login`", "local Gemma-3 folder"):
            assert part in said
        await stopped(world, signal.SIGTERM)


async def test_a_copy_of_a_world_leaves_the_adapters_of_the_original_alone(tmp_path: Path) -> None:
    """It goes by the same name, and would remove what the original has trained since."""
    data, copy, adapters = tmp_path / "data", tmp_path / "copy", tmp_path / "adapters"

    async def start(data: Path, adapters: Path = adapters) -> None:
        async with running(Settings(data=data, adapters=adapters, port=0, model="none such")):
            pass

    await start(data)
    shutil.copytree(data, copy)
    with pytest.raises(
        StartError, match=f"The adapters in {adapters} are those of the world in {data}, of which"
    ):
        await start(copy)
    with pytest.raises(CommandError, match="of which"):
        await retrain.run(Settings(data=copy, adapters=adapters), None)
    await start(copy, tmp_path / "its own")
    shutil.rmtree(copy)
    moved = data.rename(tmp_path / "moved")
    await start(moved)
    (adapters / OWNER).write_text((adapters / OWNER).read_text().split("\n")[0])  # as it was written before
    await start(moved)
    shutil.copytree(moved, copy)
    with pytest.raises(StartError, match="of which"):
        await start(copy)


@pytest.mark.parametrize("tried", ["start", "retrain", "restore"])
async def test_a_copy_of_a_world_and_its_adapters_is_a_world_of_its_own(tmp_path: Path, tried: str) -> None:
    """`cp -r one two`, as an upgrade is tried: the copied adapters still name the original, which is there, too."""
    one, two = (
        Settings(data=folder / "data", adapters=folder / "adapters", port=0, model="none such")
        for folder in (tmp_path / "one", tmp_path / "two")
    )

    async def start(settings: Settings) -> None:
        async with running(settings):
            pass

    await start(one)
    await backup.save(one, tmp_path / "one.tar")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    if tried == "retrain":
        with pytest.raises(
            CommandError, match="none such"
        ):  # the adapters are its own, only the model is not there
            await retrain.run(two, None)
    elif tried == "restore":
        await backup.restore(two, tmp_path / "one.tar")
    await start(two)
    await start(one)
    with pytest.raises(StartError, match="of which"):
        await start(replace(two, adapters=one.adapters))


async def test_two_worlds_never_share_a_folder_of_adapters(tmp_path: Path) -> None:
    adapters = tmp_path / "adapters"
    version = adapters / "1" / "1"  # of a world from before this was looked at
    version.mkdir(parents=True)

    async def start(data: str, adapters: Path = adapters) -> None:
        async with running(Settings(data=tmp_path / data, adapters=adapters, port=0, model="none such")):
            pass

    await start("first")
    await start("first")
    with pytest.raises(
        StartError, match=f"The adapters in {adapters} belong to another world. Give this one"
    ):
        await start("second")
    assert version.is_dir()
    async with await Database.open(tmp_path / "third"):
        pass
    with pytest.raises(CommandError, match="belong to another world"):
        await retrain.run(Settings(data=tmp_path / "third", adapters=adapters), None)
    assert version.is_dir()
    await start("second", tmp_path / "theirs")
    (adapters / OWNER).write_text("")  # a power cut came before what was to stand in it
    await start("first")
    (tmp_path / "file").touch()
    with pytest.raises(
        StartError, match=f"The folder {tmp_path}/file/adapters cannot be used: Not a directory"
    ):
        await start("first", tmp_path / "file" / "adapters")


async def test_a_broken_model_folder_is_said_and_the_world_goes_on(tmp_path: Path) -> None:
    broken = str(broken_model(tmp_path))
    settings = Settings(data=tmp_path / "data", adapters=tmp_path / "adapters", port=0, model=broken)
    async with running(settings) as world:
        stranger = Bot(world.url)
        await stranger.register("Mira")
        failed = stranger.expect("agent", lambda f: f["state"] == "failed", 60)
        await stranger.connect()
        assert str(tmp_path) in (await failed)["note"]
        assert await stranger.say("hello?")
        await stranger.close()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub for worlds in other processes; it sends half of the weights, and the rest only when told to go on."""
    with hub_of(save_model(tmp_path / "at the hub"), tmp_path / "cache", monkeypatch) as hub:
        hub.go_on = threading.Event()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.port}")
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        yield hub


async def test_a_world_is_played_while_its_model_is_fetched(tmp_path: Path, hub: Hub) -> None:
    async with running_world(tmp_path, "--model", MODEL) as world:
        bot = Bot(world.url)
        await bot.register("Mira")
        await world.wait_for_line("Fetching some/model: ")
        told = bot.expect("agent", lambda f: f["note"].startswith("Fetching some/model: "))
        await bot.connect()
        assert (await told)["state"] == "loading"
        assert await bot.say("hello?")
        awake = bot.expect("agent", lambda f: f["state"] == "ready", 60)
        hub.go_on.set()
        await awake
        await bot.close()
        await stopped(world, signal.SIGTERM)


async def test_a_world_that_is_killed_while_it_fetches_goes_on_at_its_next_start(
    tmp_path: Path, hub: Hub
) -> None:
    async with running_world(tmp_path, "--model", MODEL) as world:
        async with asyncio.timeout(60):
            while bytes_in_parts(tmp_path / "cache") < 100_000:  # noqa: ASYNC110 - another process makes them
                await asyncio.sleep(0.05)
        await world.stop(signal.SIGKILL)
    come = bytes_in_parts(tmp_path / "cache")
    hub.go_on.set()
    async with running_world(tmp_path, "--model", MODEL) as world:
        await world.wait_for_line("the model is ready: agents are awake")
        await stopped(world, signal.SIGTERM)
    assert [asked.range for asked in hub.weights_asked()] == [None, f"bytes={come}-"]


def bytes_in_parts(cache: Path) -> int:
    return sum(part.stat().st_size for part in cache.glob("*/*.part"))


def broken_model(folder: Path) -> Path:
    broken = folder / "broken"
    broken.mkdir()
    (broken / "config.json").write_text('{"model_type": "llama"}')
    return broken


async def build_beside(bot: Bot, x: int, y: int) -> tuple[int, int]:
    """Place a stone on the first free tile around; returns where, once that is confirmed."""
    for dx, dy in ((2, 0), (-2, 0), (0, 2), (0, -2), (2, 2), (-2, -2), (3, 0), (0, 3)):
        try:
            await bot.ask("place", x + dx, y + dy, 0)
        except Refused:
            continue
        return x + dx, y + dy
    raise AssertionError("there is no free tile around")


def block_in(chunks: dict[tuple[int, int], bytes], x: int, y: int) -> int:
    pairs = chunks[x // CHUNK, y // CHUNK]
    cells = [v for n, v in zip(pairs[::2], pairs[1::2], strict=True) for _ in range(n + 1)]
    return cells[y % CHUNK * CHUNK + x % CHUNK]
