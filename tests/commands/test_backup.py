"""A world goes into one file and comes back whole; what was there before is kept."""

import contextlib
import io
import sqlite3
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nanoverse.commands import backup
from nanoverse.commands.control import CommandError
from nanoverse.config import Settings
from nanoverse.store import accounts, adapters, facts
from nanoverse.store.database import FILE, Database
from nanoverse.store.errors import StoreError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", adapters=tmp_path / "adapters")


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


@pytest.mark.parametrize(("name", "content"), [("../out.db", b"x"), (FILE, b"no database"), ("other", b"x")])
async def test_a_bad_archive_is_refused_and_changes_nothing(
    settings: Settings, tmp_path: Path, name: str, content: bytes
) -> None:
    await make_world(settings, "7")
    with pytest.raises(CommandError):
        await backup.restore(settings, tar_of(tmp_path / "bad.tar", name, content))
    assert await seed_of(settings) == "7" and not list(settings.data.glob("replaced-*"))


async def test_where_there_is_no_world_there_is_nothing_to_save(settings: Settings) -> None:
    with pytest.raises(CommandError, match="no world"):
        await backup.save(settings, None)


async def test_a_file_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"missing\.tar"):
        await backup.restore(settings, tmp_path / "missing.tar")
