"""Whose a root of adapters is: found out without leaving a trace at the world that it asks about."""

from pathlib import Path

import pytest

from nanoverse.learning.folders import OWNER, ForeignFolder, claim
from nanoverse.store import facts
from nanoverse.store.database import FILE, Database


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "adapters").mkdir()
    return tmp_path / "adapters"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The data folder of a copy."""
    (tmp_path / "copy").mkdir()
    return tmp_path / "copy"


async def test_looking_whether_the_original_is_still_there_leaves_nothing_there(
    tmp_path: Path, root: Path, copy: Path
) -> None:
    """Side files of the database would belong to whoever started the copy, and bar the original's user."""
    data = tmp_path / "data"
    async with await Database.open(data) as db:
        world = await db.write(facts.world)
        claim(root, world, data)
        with pytest.raises(ForeignFolder, match="of which this is a copy"):  # the name is only in the WAL yet
            claim(root, world, copy)
    before = sorted(data.iterdir())
    with pytest.raises(ForeignFolder, match="of which this is a copy"):
        claim(root, world, copy)
    assert sorted(data.iterdir()) == before
    (data / FILE).unlink()
    claim(root, world, copy)
    assert not (data / FILE).exists()


async def test_a_place_that_is_none_is_no_original(
    tmp_path: Path, root: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with await Database.open(Path("data")) as db:
        world = await db.write(facts.world)
    for home in ("data", "no such folder", "/no\0folder"):
        (root / OWNER).write_text(f"{world}\n{home}\n{root}")
        claim(root, world, copy)
        assert (root / OWNER).read_text() == f"{world}\n{copy}\n{root}"


async def test_a_root_from_before_its_own_place_was_kept_is_the_originals(
    tmp_path: Path, root: Path, copy: Path
) -> None:
    data = tmp_path / "data"
    async with await Database.open(data) as db:
        world = await db.write(facts.world)
    for before in (f"{world}\n{data}", f"{world}\n{data}\n"):
        (root / OWNER).write_text(before)
        with pytest.raises(ForeignFolder, match="of which this is a copy"):
            claim(root, world, copy)
        claim(root, world, data)
        assert (root / OWNER).read_text() == f"{world}\n{data}\n{root}"


async def test_a_root_reached_by_another_way_is_the_same(tmp_path: Path, root: Path, copy: Path) -> None:
    data, other_way = tmp_path / "data", tmp_path / "other way"
    async with await Database.open(data) as db:
        world = await db.write(facts.world)
    claim(root, world, data)
    other_way.symlink_to(root)
    with pytest.raises(ForeignFolder, match="of which this is a copy"):
        claim(other_way, world, copy)
