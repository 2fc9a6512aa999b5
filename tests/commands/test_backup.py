"""A world goes into one file and comes back whole; what was there before is kept."""

import asyncio
import contextlib
import io
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nanoverse.commands import admin, backup
from nanoverse.commands.control import CommandError
from nanoverse.config import Settings
from nanoverse.learning import folders
from nanoverse.store import accounts, adapters, facts, moves
from nanoverse.store.database import FILE, Database, database_files
from nanoverse.store.errors import StoreError
from nanoverse.store.migrations import MIGRATIONS
from tests.world_server import ROOT


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", adapters=tmp_path / "adapters")


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@contextlib.asynccontextmanager
async def open_world(settings: Settings, seed: str) -> AsyncIterator[None]:
    """The database of a world with one player who has one adapter version."""

    def write(connection: sqlite3.Connection) -> str:
        facts.put(connection, "seed", seed)
        player = accounts.create(connection, "Mira", "mira", "", 1, 0)
        return adapters.add(connection, player.id, "base", 60, 0.4, "", 0).folder

    async with await Database.open(settings.data) as db:
        folder = settings.adapters / await db.write(write)
        folder.mkdir(parents=True)
        (folder / "adapter_config.json").write_text("{}")
        (folder / "adapter_model.safetensors").write_bytes(b"tensors")
        (folder / "training_args.bin").write_bytes(b"not ours")
        yield


async def make_world(settings: Settings, seed: str) -> None:
    async with open_world(settings, seed):
        pass


async def save_with_its_adapters(settings: Settings, archive: Path) -> None:
    """A world of seed 7, whose folder of adapters is its own."""
    await make_world(settings, "7")
    async with await Database.open(settings.data) as db:
        folders.claim(settings.adapters, await db.write(facts.world), settings.data)
    await backup.save(settings, archive)


async def seed_of(settings: Settings) -> str | None:
    async with await Database.open(settings.data) as db:
        return await db.read(lambda c: facts.get(c, "seed"))


async def test_a_running_world_is_saved_and_comes_back_elsewhere(settings: Settings, tmp_path: Path) -> None:
    async with open_world(settings, "7"):  # it is saved while its database is open, as in a running world
        await backup.save(settings, tmp_path / "world.tar")
    elsewhere = Settings(data=tmp_path / "new" / "data", adapters=tmp_path / "new" / "adapters")
    await backup.restore(elsewhere, tmp_path / "world.tar")
    assert await seed_of(elsewhere) == "7"
    restored = sorted(p.relative_to(elsewhere.adapters).as_posix() for p in elsewhere.adapters.rglob("*.*"))
    assert restored == ["1/1/adapter_config.json", "1/1/adapter_model.safetensors"]


async def test_without_a_name_the_backup_lies_in_the_data_folder(settings: Settings) -> None:
    await make_world(settings, "7")
    await backup.save(settings, None)
    (saved,) = (settings.data / "backups").iterdir()
    with tarfile.open(saved) as archive:
        assert FILE in archive.getnames()


async def test_a_backup_is_on_the_disk_before_it_has_its_name_and_its_name_before_it_is_saved(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await make_world(settings, "7")
    steps: list[int | str] = []
    rename = Path.rename

    def renamed(self: Path, target: Path) -> Path:
        steps.append("named")
        return rename(self, target)

    def synced(descriptor: int) -> None:
        assert not capsys.readouterr().out
        steps.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    await backup.save(settings, None)
    folder = settings.data / "backups"
    (saved,) = folder.iterdir()
    data, file, below = (path.stat().st_ino for path in (settings.data, saved, folder))
    assert steps == [data, file, "named", below]


WAITS = """
import sys
from nanoverse import cli
from nanoverse.commands import backup
def pack(*given):
    print("packing", flush=True)
    sys.stdin.read()
backup._pack = pack
sys.exit(cli.main(["backup", "--data", sys.argv[1]]))
"""


def test_what_a_killed_backup_leaves_goes_with_the_next_one_but_nothing_of_one_that_runs(
    settings: Settings,
) -> None:
    asyncio.run(make_world(settings, "7"))
    folder = settings.data / "backups"
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, settings.data],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as running:
        assert running.stdout is not None and running.stdout.readline() == "packing\n"
        (unfinished,) = folder.iterdir()
        asyncio.run(backup.save(settings, folder / "one.tar"))
        assert (unfinished / FILE).is_file()
        running.kill()
    assert unfinished.is_dir()
    asyncio.run(backup.save(settings, folder / "two.tar"))
    assert {path.name for path in folder.iterdir()} == {"one.tar", "two.tar"}


async def test_what_was_there_before_a_restore_is_moved_aside(settings: Settings, tmp_path: Path) -> None:
    await make_world(settings, "7")
    await backup.save(settings, tmp_path / "seven.tar")
    async with await Database.open(settings.data) as db:
        await db.write(lambda c: facts.put(c, "seed", "8"))
    await backup.restore(settings, tmp_path / "seven.tar")
    assert await seed_of(settings) == "7"
    (aside,) = settings.data.glob("replaced-*")
    assert sqlite3.connect(aside / FILE).execute("SELECT value FROM fact WHERE key = 'seed'").fetchone() == (
        "8",
    )


async def test_the_adapters_after_a_restore_are_those_of_the_backup_and_the_others_lie_aside(
    settings: Settings, tmp_path: Path
) -> None:
    await make_world(settings, "7")
    await backup.save(settings, tmp_path / "seven.tar")
    (settings.adapters / "1" / "1" / "adapter_config.json").write_text("newer")
    (settings.adapters / "2" / "5").mkdir(parents=True)
    (settings.adapters / "notes").mkdir()
    await backup.restore(settings, tmp_path / "seven.tar")
    (aside,) = settings.adapters.glob("replaced-*")
    assert sorted(path.name for path in settings.adapters.iterdir()) == ["1", "notes", aside.name]
    assert (settings.adapters / "1" / "1" / "adapter_config.json").read_text() == "{}"
    assert (aside / "1" / "1" / "adapter_config.json").read_text() == "newer" and (aside / "2" / "5").is_dir()


async def test_a_restored_world_takes_over_its_own_folder_of_adapters_and_no_other_worlds(
    settings: Settings, tmp_path: Path
) -> None:
    await make_world(settings, "7")
    async with await Database.open(settings.data) as db:
        await db.write(lambda c: facts.put(c, facts.WORLD, "old"))
    await backup.save(settings, tmp_path / "old.tar")
    async with await Database.open(settings.data) as db:
        await db.write(lambda c: facts.put(c, facts.WORLD, "new"))
    folders.claim(settings.adapters, "new", settings.data)
    await backup.restore(settings, tmp_path / "old.tar")
    folders.claim(settings.adapters, "old", settings.data)

    copy = Settings(data=tmp_path / "copy", adapters=settings.adapters)  # beside the one that it is a copy of
    with pytest.raises(CommandError, match=f"The adapters in {settings.adapters} belong to another world."):
        await backup.restore(copy, tmp_path / "old.tar")
    assert (settings.adapters / "1" / "1").is_dir()

    other = Settings(data=tmp_path / "other", adapters=tmp_path / "theirs")
    await make_world(other, "8")
    folders.claim(other.adapters, "third", other.data)
    with pytest.raises(CommandError, match=f"The adapters in {other.adapters} belong to another world."):
        await backup.restore(other, tmp_path / "old.tar")
    assert await seed_of(other) == "8"
    assert (other.adapters / "1" / "1").is_dir() and not list(other.adapters.glob("replaced-*"))


async def test_a_restore_into_a_copy_leaves_the_adapters_of_the_original_alone(
    settings: Settings, tmp_path: Path
) -> None:
    await save_with_its_adapters(settings, tmp_path / "seven.tar")
    copy = Settings(data=tmp_path / "copy", adapters=settings.adapters)
    shutil.copytree(settings.data, copy.data)
    with pytest.raises(
        CommandError, match=f"are those of the world in {settings.data}, of which this is a copy"
    ):
        await backup.restore(copy, tmp_path / "seven.tar")
    assert not list(settings.adapters.glob("replaced-*")) and not list(copy.data.glob("replaced-*"))

    own = Settings(data=copy.data, adapters=tmp_path / "copied adapters")
    shutil.copytree(settings.adapters, own.adapters)
    await backup.restore(own, tmp_path / "seven.tar")
    assert await seed_of(own) == "7"


async def test_a_damaged_world_gets_its_own_folder_of_adapters_back(
    settings: Settings, tmp_path: Path
) -> None:
    await save_with_its_adapters(settings, tmp_path / "seven.tar")
    (settings.data / FILE).write_bytes(b"damaged" * 1000)
    await backup.restore(settings, tmp_path / "seven.tar")
    assert await seed_of(settings) == "7"


async def test_a_restore_for_which_there_is_no_room_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    await make_world(settings, "7")
    await backup.save(settings, tmp_path / "world.tar")
    (tmp_path / "a file").write_text("")
    nowhere = Settings(data=settings.data, adapters=tmp_path / "a file" / "adapters")
    with pytest.raises(CommandError, match="cannot be restored"):
        await backup.restore(nowhere, tmp_path / "world.tar")
    assert (settings.data / FILE).is_file() and not list(settings.data.glob("replaced-*"))


async def test_a_restore_that_fails_at_the_very_end_puts_all_back(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_world(settings, "7")
    await backup.save(settings, tmp_path / "seven.tar")
    async with await Database.open(settings.data) as db:
        await db.write(lambda c: facts.put(c, "seed", "8"))
    (settings.adapters / "1" / "1" / "adapter_config.json").write_text("newer")
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if target == settings.data / FILE and "replaced" not in str(self):
            raise OSError("no luck")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(CommandError, match=r"no luck\.$"):
            await backup.restore(settings, tmp_path / "seven.tar")
    assert await seed_of(settings) == "8"
    assert (settings.adapters / "1" / "1" / "adapter_config.json").read_text() == "newer"
    assert [path.name for path in settings.adapters.iterdir()] == ["1"]


async def test_where_what_was_there_lies_is_told_though_it_cannot_be_put_back(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_world(settings, "7")
    await backup.save(settings, tmp_path / "world.tar")
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if target == settings.data / FILE:
            raise OSError("no luck")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(CommandError) as told:
            await backup.restore(settings, tmp_path / "world.tar")
    (aside,) = settings.data.glob("replaced-*")
    assert str(told.value).endswith(f"What was there before lies in {aside}.") and (aside / FILE).is_file()


async def test_a_damaged_world_can_be_restored_over(settings: Settings, tmp_path: Path) -> None:
    await make_world(settings, "7")
    await backup.save(settings, tmp_path / "world.tar")
    (settings.data / FILE).write_bytes(b"no database any more")
    await backup.restore(settings, tmp_path / "world.tar")
    assert await seed_of(settings) == "7"


async def test_nobody_but_its_owner_may_read_a_backup_or_what_was_restored(
    settings: Settings, tmp_path: Path, usual_umask: None
) -> None:
    await make_world(settings, "7")
    await backup.save(settings, None)
    (saved,) = (settings.data / "backups").iterdir()
    await backup.save(settings, tmp_path / "world.tar")
    elsewhere = Settings(data=tmp_path / "new" / "data", adapters=tmp_path / "new" / "adapters")
    await backup.restore(elsewhere, tmp_path / "world.tar")
    for path in (saved, tmp_path / "world.tar", elsewhere.data / FILE):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (settings.data, saved.parent, elsewhere.data, elsewhere.adapters, elsewhere.adapters / "1"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path


async def test_a_world_that_runs_is_not_restored_over(settings: Settings, tmp_path: Path) -> None:
    async with open_world(settings, "7"):
        await backup.save(settings, tmp_path / "world.tar")
        with pytest.raises(StoreError):
            await backup.restore(settings, tmp_path / "world.tar")


def tar_of(path: Path, name: str, content: bytes) -> Path:
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


async def test_a_restore_needs_nothing_that_the_oldest_python_lacks(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian 12 has Python 3.11.2, whose `TarFile.extract` knows no filter (PEP 706) and follows any way out."""
    await make_world(settings, "7")
    await backup.save(settings, tmp_path / "seven.tar")
    monkeypatch.delattr(tarfile.TarFile, "extract")
    monkeypatch.delattr(tarfile.TarFile, "extractall")
    assert await backup.restore(settings, tmp_path / "seven.tar") == 0
    assert (settings.adapters / "1" / "1" / "adapter_model.safetensors").read_bytes() == b"tensors"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
async def test_an_archive_with_anything_but_files_is_refused(
    settings: Settings, tmp_path: Path, kind: bytes
) -> None:
    await make_world(settings, "7")
    await backup.save(settings, tmp_path / "odd.tar")
    with tarfile.open(tmp_path / "odd.tar", "a") as archive:
        member = tarfile.TarInfo("adapters/1/2")
        member.type, member.linkname = kind, FILE
        archive.addfile(member)
    with pytest.raises(CommandError, match=r"odd\.tar cannot be restored"):
        await backup.restore(settings, tmp_path / "odd.tar")
    assert await seed_of(settings) == "7" and not list(settings.data.glob("replaced-*"))


@pytest.mark.parametrize(("name", "content"), [("../out.db", b"x"), (FILE, b"no database"), ("other", b"x")])
async def test_a_bad_archive_is_refused_and_changes_nothing(
    settings: Settings, tmp_path: Path, name: str, content: bytes
) -> None:
    await make_world(settings, "7")
    with pytest.raises(CommandError):
        await backup.restore(settings, tar_of(tmp_path / "bad.tar", name, content))
    assert await seed_of(settings) == "7" and not list(settings.data.glob("replaced-*"))


async def test_wherever_an_archive_is_cut_off_it_is_refused_and_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    await make_world(settings, "7")
    whole, cut_off = tmp_path / "whole.tar", tmp_path / "cut off.tar"
    await backup.save(settings, whole)
    before = everything_below(settings.data, settings.adapters)
    with tarfile.open(whole) as archive:
        members = archive.getmembers()
    assert len(members) == 3
    for member in members:
        for end in (
            member.offset,
            member.offset + 100,
            member.offset_data,
            member.offset_data + member.size // 2,
        ):
            cut_off.write_bytes(whole.read_bytes()[:end])
            with pytest.raises(CommandError) as told:
                await backup.restore(settings, cut_off)
            assert "cannot be restored" in str(told.value) or "its end is missing" in str(told.value)
            assert everything_below(settings.data, settings.adapters) == before


async def test_an_older_backup_which_begins_with_the_database_comes_back_too(
    settings: Settings, tmp_path: Path
) -> None:
    await make_world(settings, "7")
    await backup.save(settings, tmp_path / "new.tar")
    with tarfile.open(tmp_path / "new.tar") as new, tarfile.open(tmp_path / "old.tar", "w") as old:
        for member in reversed(new.getmembers()):
            old.addfile(member, new.extractfile(member))
        assert old.getnames()[0] == FILE
    elsewhere = Settings(data=tmp_path / "new" / "data", adapters=tmp_path / "new" / "adapters")
    assert await backup.restore(elsewhere, tmp_path / "old.tar") == 0
    assert await seed_of(elsewhere) == "7"
    assert (elsewhere.adapters / "1" / "1" / "adapter_model.safetensors").read_bytes() == b"tensors"


async def test_a_backup_of_a_newer_nanoverse_is_refused_and_changes_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    newer = Settings(data=tmp_path / "newer" / "data", adapters=tmp_path / "newer" / "adapters")
    await make_world(newer, "8")
    with contextlib.closing(sqlite3.connect(newer.data / FILE)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    await backup.save(newer, tmp_path / "newer.tar")
    await make_world(settings, "7")
    before = everything_below(tmp_path / "data", tmp_path / "adapters")
    with pytest.raises(CommandError) as told:
        await backup.restore(settings, tmp_path / "newer.tar")
    known = len(MIGRATIONS)
    assert str(told.value) == (
        f"The database in this backup has schema {known + 1}, but this NanoVerse knows only {known}: a newer one wrote"
        " it. Update NanoVerse, or restore a backup made by this one."
    )
    assert everything_below(tmp_path / "data", tmp_path / "adapters") == before
    assert await seed_of(settings) == "7"


def everything_below(*folders: Path) -> dict[Path, bytes | None]:
    """All files with what they hold, and the folders."""
    found = (path for folder in folders for path in folder.rglob("*"))
    return {path: path.read_bytes() if path.is_file() else None for path in found}


async def test_where_there_is_no_world_there_is_nothing_to_save(settings: Settings) -> None:
    with pytest.raises(CommandError, match="no world"):
        await backup.save(settings, None)


async def test_a_file_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"missing\.tar"):
        await backup.restore(settings, tmp_path / "missing.tar")


KILLED_AT = """
import os, signal, sys, time
from pathlib import Path
from nanoverse import cli
rename, left = Path.rename, int(sys.argv[1])
def rename_or_die(here, there):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(here, there)
Path.rename = rename_or_die
time.strftime = lambda form: "replaced-before"  # and by another restore of this very second later
sys.exit(cli.main(["restore", sys.argv[2], "--data", "data", "--adapters", "adapters"]))
"""


def restore_killed_at(rename: int, archive: Path, folder: Path) -> bool:
    """Whether it was killed, at that one of its renames."""
    words = [sys.executable, "-c", KILLED_AT, str(rename), str(archive)]
    done = subprocess.run(words, cwd=folder, timeout=60, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode in (0, -signal.SIGKILL)
    return done.returncode != 0


async def two_worlds(folder: Path) -> Path:
    """The archive of a world of seed 7; in the folder is one of seed 8, which had not been closed."""
    settings = Settings(data=folder / "data", adapters=folder / "adapters")
    await save_with_its_adapters(settings, folder / "seven.tar")
    for path in (settings.data, settings.adapters):
        shutil.rmtree(path)
    (folder / "running").mkdir()
    async with open_world(settings, "8"):
        (settings.adapters / "1" / "1" / "adapter_config.json").write_text("eight")
        for path in database_files(settings.data):
            shutil.copy(path, folder / "running")
    for path in (folder / "running").iterdir():
        path.rename(settings.data / path.name)
    return folder / "seven.tar"


async def test_wherever_a_restore_is_killed_the_next_start_finds_the_old_world_or_the_restored_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = tmp_path / "whole"
    archive = await two_worlds(whole)
    found = []
    for rename in range(20):
        folder = shutil.copytree(whole, tmp_path / str(rename))
        killed = restore_killed_at(rename, archive, folder)
        settings = Settings(data=folder / "data", adapters=folder / "adapters")
        caplog.clear()
        found.append(
            (await seed_of(settings), (settings.adapters / "1" / "1" / "adapter_config.json").read_text())
        )
        told = [record.getMessage() for record in caplog.records]
        assert [sentence.startswith("A restore that was broken off") for sentence in told] == [True] * (
            killed and rename > 0
        )
        if not killed:
            break
        assert len(list(settings.data.glob("replaced-*/*.db"))) == (rename > 0), "the old one is not lost"
        assert not list(settings.data.glob(".*/")), "no half of a world is left, with its private words"
    assert found == [("8", "eight"), *[("7", "{}")] * 5]


async def test_a_restore_that_was_broken_off_is_ended_before_another_begins(tmp_path: Path) -> None:
    archive = await two_worlds(tmp_path)
    (tmp_path / "another" / "disk").mkdir(parents=True)
    (tmp_path / "data").rename(tmp_path / "another" / "disk" / "data")
    (tmp_path / "data").symlink_to(tmp_path / "another" / "disk" / "data")
    assert restore_killed_at(4, archive, tmp_path)
    settings = Settings(data=tmp_path / "data", adapters=tmp_path / "adapters")
    await backup.restore(settings, archive)
    assert await seed_of(settings) == "7"
    assert (settings.adapters / "1" / "1" / "adapter_config.json").read_text() == "{}"
    assert len(list(settings.data.glob("replaced-*"))) == 2


@pytest.mark.parametrize("use", ["start", "admin"])
async def test_a_restore_that_cannot_be_ended_makes_no_new_world(tmp_path: Path, use: str) -> None:
    archive = await two_worlds(tmp_path)
    assert restore_killed_at(4, archive, tmp_path)
    for folder in ("data", "adapters"):
        for unpacked in list((tmp_path / folder).iterdir()):
            if unpacked.name.startswith((moves.UNPACKED, folders.UNFINISHED)):
                shutil.rmtree(unpacked)
    settings = Settings(data=tmp_path / "data", adapters=tmp_path / "adapters")
    with pytest.raises(StoreError, match=r"A restore was broken off and cannot be ended: .* is not there"):
        await (seed_of(settings) if use == "start" else admin.run(settings))
    assert not (settings.data / FILE).exists()
