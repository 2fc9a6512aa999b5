"""A version is wholly there or not at all, and what was live stays live until the next one is."""

from __future__ import annotations

import asyncio
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
import torch
from safetensors.torch import load_file
from tiny_talker import base_model

from nanoverse.adapter_files import CONFIG, WEIGHTS
from nanoverse.learning import adapter
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.registry import Overtaken, Registry, RegistryError
from nanoverse.learning.saving import UnreadableError, read
from nanoverse.protocol import WORLD
from nanoverse.store import accounts, adapters, forgetting, forgotten, imports, lessons, let_go, messages
from nanoverse.store.adapters import KEPT, AdapterVersion, Seen
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.store.forgotten import Since

BASE = "gemma3-tiny"
FAR_AHEAD = 4_000_000_000_000  # ms; a clock that was so far ahead has been set right since


async def join(database: Database, name: str = "Ann") -> int:
    made = await database.write(lambda c: accounts.create(c, name, name.lower(), "hash", 0, 1000))
    return made.id


def state(seed: int = 0) -> AdapterState:
    return adapter.extract(adapter.fresh(base_model(), rank=4, seed=seed))


async def publish(registry: Registry, player: int, seed: int = 0) -> AdapterVersion:
    version, _ = await registry.publish(player, state(seed), 20, 0.3, "better")
    return version


async def bring(registry: Registry, player: int, **how: Any) -> AdapterVersion:
    """A version that its player brought from elsewhere."""
    version, _ = await registry.publish(player, state(), 0, 0.0, "", **how)
    return version


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


async def test_one_that_is_cut_off_while_it_goes_live_is_whole_or_was_never_there(
    registry: Registry, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is stopped: what waits to be committed is committed all the same."""
    ann = await join(database)
    before = await publish(registry, ann)
    writes = 0
    real = database.write

    async def write(*what: Any) -> Any:
        nonlocal writes
        writes += 1
        if writes == 2:
            asyncio.get_running_loop().call_soon(publishing.cancel)
        return await real(*what)

    monkeypatch.setattr(database, "write", write)
    publishing = asyncio.create_task(publish(registry, ann, seed=1))
    with pytest.raises(asyncio.CancelledError):
        await publishing
    live = await registry.live(ann)
    assert live is not None and live.id > before.id, "it was committed"
    read(registry.path(live))


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: writing more fails as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.filterwarnings("error::UserWarning")
def test_taking_an_adapter_out_asks_nobody_on_the_network_about_the_base() -> None:
    base = base_model()
    base.name_or_path = "gemma3-0123456789abcdef"  # a fingerprint, which peft would take for a hub id
    assert adapter.extract(adapter.fresh(base, rank=4, seed=1)).tensors


async def test_a_version_is_a_peft_folder_of_two_files_and_live(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    version = await publish(registry, ann)
    assert version.folder == f"{ann}/{version.id}"
    assert files(registry.root) == {f"{version.folder}/{CONFIG}", f"{version.folder}/{WEIGHTS}"}
    live = await registry.live(ann)
    assert live is not None
    assert (live.id, live.base, live.messages, live.gain) == (version.id, BASE, 20, 0.3)


async def test_peft_itself_reads_the_folder(database: Database, registry: Registry) -> None:
    from peft import PeftModel

    version = await publish(registry, await join(database), seed=3)
    loaded = PeftModel.from_pretrained(base_model(), registry.path(version))
    ours = state(seed=3).tensors
    assert all(torch.equal(adapter.extract(loaded).tensors[name], tensor) for name, tensor in ours.items())


async def test_what_is_read_back_is_what_was_saved(database: Database, registry: Registry) -> None:
    version = await publish(registry, await join(database), seed=5)
    found = read(registry.path(version))
    assert found.tensors.keys() == state(5).tensors.keys()
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in state(5).tensors.items())
    assert found.config["base_model_name_or_path"] == BASE
    assert str(registry.root) not in json.dumps(found.config)


async def test_a_version_that_waits_survives_the_next_start(database: Database, registry: Registry) -> None:
    ann = await join(database)
    await publish(registry, ann)
    await registry.choose(ann, None)
    version, live = await registry.publish(ann, state(1), 20, 0.3, "better")
    assert not live and await registry.live(ann) is None
    assert await registry.sweep() == 0
    assert registry.path(version).is_dir()
    assert await registry.follow_newest(ann) == replace(version, offered=ANY)


async def test_choosing_an_earlier_version_makes_it_live(database: Database, registry: Registry) -> None:
    ann = await join(database)
    first, second = await publish(registry, ann), await publish(registry, ann)
    await registry.choose(ann, first.id)
    live = await registry.live(ann)
    assert live is not None and live.id == first.id
    assert registry.path(second).is_dir()


async def test_choosing_a_folder_that_is_gone_or_never_was_changes_nothing(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database), await join(database, "Bob")
    first, second = await publish(registry, ann), await publish(registry, ann)
    foreign = await publish(registry, bob)
    for name in (CONFIG, WEIGHTS):
        (registry.path(first) / name).unlink()
    registry.path(first).rmdir()
    with pytest.raises(RegistryError, match="is gone"):
        await registry.choose(ann, first.id)
    with pytest.raises(StoreError):
        await registry.choose(ann, foreign.id)
    live = await registry.live(ann)
    assert live is not None and live.id == second.id


async def test_a_disk_that_is_full_leaves_the_live_version_and_nothing_else(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    first = await publish(registry, ann)
    before = files(registry.root)
    # Larger than all that the database writes meanwhile, so that it is the adapter that does not fit.
    large = adapter.extract(adapter.fresh(base_model(), rank=256, seed=9))
    size = sum(tensor.nbytes for tensor in large.tensors.values())
    with disk_full_after(size - 1), pytest.raises(RegistryError, match="could not be saved"):
        await registry.publish(ann, large, 20, 0.3, "better")
    assert files(registry.root) == before
    assert [one.id for one in await database.read(lambda c: adapters.versions(c, ann))] == [first.id]
    live = await registry.live(ann)
    assert live is not None and live.id == first.id


async def test_a_folder_that_cannot_be_made_is_one_clear_sentence(database: Database, tmp_path: Path) -> None:
    (tmp_path / "adapters").write_text("a file stands where the folder should be")
    registry = Registry(database, tmp_path / "adapters", BASE)
    ann = await join(database)
    with pytest.raises(RegistryError, match=r"^The new adapter could not be saved: .+\.$"):
        await publish(registry, ann)
    assert await database.read(lambda c: adapters.versions(c, ann)) == []


async def test_the_sweep_removes_what_a_crash_left_and_nothing_that_was_live(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    kept = await publish(registry, ann)
    before = files(registry.root)
    # Killed before the folder was complete, between folder and database, and after a player was deleted.
    unborn = await database.write(lambda c: adapters.add(c, ann, BASE, 20, 0.3, "", 1))
    for name in (f"{ann}/.unfinished-77", unborn.folder, "4711/1", f".unfinished-import-{ann}"):
        (registry.root / name).mkdir(parents=True)
        (registry.root / name / WEIGHTS).write_bytes(b"half")
    assert await registry.sweep() == 4
    assert files(registry.root) == before
    assert [one.id for one in await database.read(lambda c: adapters.versions(c, ann))] == [kept.id]
    assert await registry.sweep() == 0


async def test_what_the_sweep_cannot_reach_costs_one_warning_and_the_rest_is_swept(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("10/1", "11/1", "12/1", "13/1"):
        (registry.root / name).mkdir(parents=True)
    inside, removed = Path.iterdir, Path.rmdir

    def iterdir(path: Path) -> Iterator[Path]:
        if path.name == "10":
            raise PermissionError(13, "Permission denied")
        if path.name == "11":  # its account was deleted at this very moment
            raise FileNotFoundError(2, "No such file or directory")
        return inside(path)

    def rmdir(path: Path) -> None:
        if path.name == "12":
            raise OSError(16, "Device or resource busy")
        removed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    monkeypatch.setattr(Path, "rmdir", rmdir)
    await registry.sweep()
    assert not (registry.root / "13").exists()
    (warning,) = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert "10 (Permission denied)" in warning and "12 (Device or resource busy)" in warning
    assert "11" not in warning


async def test_where_the_adapters_cannot_be_looked_at_the_sweep_says_so_and_goes_on(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def iterdir(path: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    registry.root.mkdir()
    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert await registry.sweep() == 0
    assert caplog.text.count("Permission denied") == 1


async def test_the_sweep_goes_on_where_the_database_has_no_room(
    database: Database,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ann = await join(database)
    unborn = await database.write(lambda c: adapters.add(c, ann, BASE, 20, 0.3, "", 1))
    registry.path(unborn).mkdir(parents=True)

    async def write(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(database, "write", write)
    assert await registry.sweep() == 1
    assert "The disk is full." in caplog.text and not registry.path(unborn).exists()


async def test_the_sweep_leaves_alone_what_is_not_ours(registry: Registry, tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "1"
    outside.mkdir(parents=True)
    (outside / "precious").write_text("mine")
    registry.root.mkdir()
    (registry.root / ".gitkeep").touch()
    (registry.root / "notes").mkdir()
    (registry.root / "12").symlink_to(outside.parent)
    assert await registry.sweep() == 0
    assert (outside / "precious").exists()
    assert sorted(path.name for path in registry.root.iterdir()) == [".gitkeep", "12", "notes"]


async def test_a_player_who_is_forgotten_leaves_no_folder(database: Database, registry: Registry) -> None:
    ann, bob = await join(database), await join(database, "Bob")
    await publish(registry, ann)
    version = await publish(registry, bob)
    await database.write(lambda c: accounts.delete(c, ann))
    registry.aside(ann).mkdir()
    (registry.aside(ann) / "archive.zip").write_bytes(b"being brought")
    await registry.forget(ann)
    assert not registry.aside(ann).exists()
    assert files(registry.root) == {f"{version.folder}/{CONFIG}", f"{version.folder}/{WEIGHTS}"}


@pytest.mark.parametrize("said_at", [1, FAR_AHEAD])
async def test_versions_that_learnt_from_what_was_deleted_go_and_an_older_one_speaks_whatever_the_clock_said(
    database: Database, registry: Registry, said_at: int
) -> None:
    told: list[Path] = []
    registry = replace(registry, dropped=told.append)
    ann = await join(database)
    clean = await publish(registry, ann)
    said = await database.write(lambda c: messages.insert(c, WORLD, ann, "oops", said_at))
    tainted = await publish(registry, ann)
    assert not await registry.drop_forgotten(ann), "nothing was deleted yet"
    await database.write(lambda c: forgetting.words(c, ann, [said.id]))
    assert await database.read(forgotten.remembering) == {ann}
    assert await registry.drop_forgotten(ann)
    live = await registry.live(ann)
    assert live is not None
    assert live.id == clean.id
    assert told == [registry.path(tainted)]
    assert not registry.path(tainted).exists()
    assert not await registry.drop_forgotten(ann), "it is settled"
    assert await database.read(forgotten.remembering) == set()


@pytest.mark.parametrize("brought_at", [1, FAR_AHEAD])
async def test_of_forgotten_words_from_elsewhere_likewise(
    database: Database, registry: Registry, brought_at: int
) -> None:
    ann = await join(database)
    await database.write(lambda c: imports.add(c, ann, [("long gone", 5)], 9, 1))
    await database.write(lambda c: forgetting.imported(c, ann))
    await registry.drop_forgotten(ann)
    clean = await publish(registry, ann)
    await database.write(lambda c: imports.add(c, ann, [("from elsewhere", 5)], 9, brought_at))
    tainted = await publish(registry, ann)
    await database.write(lambda c: forgetting.imported(c, ann))
    assert await registry.drop_forgotten(ann)
    live = await registry.live(ann)
    assert live is not None and live.id == clean.id
    assert not registry.path(tainted).exists()


async def test_of_words_and_lines_that_are_forgotten_one_after_the_other_the_earliest_count(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    clean = await publish(registry, ann)
    await database.write(lambda c: imports.add(c, ann, [("from elsewhere", 5)], 9, 1))
    await publish(registry, ann)
    said = [await database.write(lambda c: messages.insert(c, WORLD, ann, "oops", 1)) for _ in range(2)]
    await publish(registry, ann)
    await database.write(lambda c: forgetting.words(c, ann, [said[1].id]))
    await database.write(lambda c: forgetting.imported(c, ann))
    await database.write(lambda c: forgetting.words(c, ann, [said[0].id]))
    assert await registry.drop_forgotten(ann)
    assert [one.id for one in await database.read(lambda c: adapters.versions(c, ann))] == [clean.id]


async def test_what_was_said_only_after_its_words_were_read_costs_no_version(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    read_up_to = await database.read(adapters.seen)
    said = await database.write(lambda c: messages.insert(c, WORLD, ann, "oops", 1))
    version, _ = await registry.publish(ann, state(), 20, 0.3, "better", seen=read_up_to)
    await database.write(lambda c: forgetting.words(c, ann, [said.id]))
    assert not await registry.drop_forgotten(ann)
    live = await registry.live(ann)
    assert live is not None and live.id == version.id
    assert await database.read(lambda c: forgotten.since(c, ann)) is None


async def test_the_newest_message_that_there_ever_was_counts_also_when_it_is_gone(database: Database) -> None:
    ann = await join(database)
    assert await database.read(adapters.seen) == Seen(0, 0)
    said = await database.write(lambda c: messages.insert(c, WORLD, ann, "oops", 1))
    await database.write(lambda c: imports.add(c, ann, [("from elsewhere", 5)], 9, 1))
    await database.write(lambda c: forgetting.words(c, ann, [said.id]))
    await database.write(lambda c: forgetting.imported(c, ann))
    assert await database.read(adapters.seen) == Seen(said.id, 1)


async def test_where_the_versions_that_are_left_are_for_another_base_model_the_bare_one_speaks(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    await replace(registry, base="gemma3-old").publish(ann, state(), 20, 0.3, "better")
    said = await database.write(lambda c: messages.insert(c, WORLD, ann, "oops", 1))
    await publish(registry, ann)
    await database.write(lambda c: forgetting.words(c, ann, [said.id]))
    assert await registry.drop_forgotten(ann)
    assert await registry.live(ann) is None


async def test_where_all_versions_learnt_from_it_the_bare_model_speaks(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    version = await publish(registry, ann)
    await database.write(lambda c: forgotten.mark(c, [ann], Since(0)))
    assert await registry.drop_forgotten(ann)
    assert await registry.live(ann) is None
    assert not registry.path(version).exists()


@pytest.mark.parametrize("own", [False, True])
async def test_what_was_brought_goes_with_its_players_own_forgotten_words_and_stays_with_those_of_others(
    database: Database, registry: Registry, own: bool
) -> None:
    ann = await join(database)
    brought, made = await bring(registry, ann), await publish(registry, ann)
    await database.write(lambda c: forgotten.mark(c, [ann], Since(0), own))
    assert await database.read(forgotten.remembering) == {ann}
    assert await registry.drop_forgotten(ann)
    left = await database.read(lambda c: adapters.versions(c, ann))
    told = [version for version, _ in await database.read(lambda c: let_go.of(c, ann))]
    assert (left == [], registry.path(brought).exists(), told) == (own, not own, [brought.id] * own)
    live = await registry.live(ann)
    assert (live and live.id) == (None if own else brought.id)
    assert not registry.path(made).exists()


async def test_where_only_others_words_were_forgotten_nobody_is_trained_for_what_was_brought(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    await bring(registry, ann)
    await database.write(lambda c: forgotten.mark(c, [ann], Since(0)))
    assert await database.read(forgotten.remembering) == set()
    assert not await registry.drop_forgotten(ann)
    await database.write(lambda c: forgotten.mark(c, [ann], Since(0), own=True))
    await database.write(lambda c: forgotten.mark(c, [ann], Since(0)))
    assert await database.read(forgotten.remembering) == {ann}, "once its own, always its own"


async def test_what_was_brought_before_forgotten_words_of_its_player_were_said_stays(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    brought = await bring(registry, ann)
    await database.write(lambda c: forgotten.mark(c, [ann], Since(1), own=True))
    assert not await registry.drop_forgotten(ann)
    assert registry.path(brought).is_dir()


async def test_a_player_is_told_of_what_went_until_they_bring_another(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    brought = await bring(registry, ann)
    await database.write(lambda c: forgotten.mark(c, [ann], Since(0), own=True))
    await registry.drop_forgotten(ann)
    await publish(registry, ann)
    assert [one for one, _ in await database.read(lambda c: let_go.of(c, ann))] == [brought.id]
    await bring(registry, ann)
    assert await database.read(lambda c: let_go.of(c, ann)) == []


async def test_a_version_that_was_judged_beside_another_than_the_newest_is_not_offered(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    first = await bring(registry, ann, newest=0)
    second = await bring(registry, ann, newest=first.id)
    before = files(registry.root)
    for judged_beside in (0, first.id):
        with pytest.raises(Overtaken, match="has changed"):
            await registry.publish(ann, state(), 20, 0.3, "", material="made of", newest=judged_beside)
    assert files(registry.root) == before
    assert [one.id for one in await database.read(lambda c: adapters.versions(c, ann))] == [
        second.id,
        first.id,
    ]
    assert await database.read(lambda c: lessons.newest(c, ann)) is None, "it may be tried again"
    await registry.withdraw(ann, "disliked")
    assert (await bring(registry, ann, newest=first.id)).id > second.id


async def test_a_version_that_waits_speaks_only_once_it_is_chosen(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    made = await publish(registry, ann)
    waiting, live = await registry.publish(ann, state(), 0, 0.0, "", waits=True)
    assert not live and await registry.live(ann) == await registry.follow_newest(ann)
    later = await publish(registry, ann)
    assert (await registry.withdraw(ann, "disliked")) is not None
    spoken = await registry.live(ann)
    assert spoken is not None and spoken.id == made.id
    await registry.choose(ann, waiting.id)
    newest = await database.read(lambda c: adapters.newest(c, ann, BASE))
    assert newest is not None and (newest.id, newest.waits) == (waiting.id, False)
    assert not await database.read(lambda c: adapters.chosen(c, ann)), (
        "as the newest, of which nothing was taken back"
    )
    assert later.id > waiting.id


async def long_ago(database: Database) -> None:
    """Whatever ceased to be live did so in 1970."""
    await database.write(lambda c: c.execute("UPDATE adapter_version SET left = 1 WHERE left > 1"))


async def test_three_versions_are_kept_with_their_folders_and_one_that_was_chosen(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    first = await publish(registry, ann)
    await registry.choose(ann, None)  # and so none of the others is ever live
    others = [await publish(registry, ann) for _ in range(KEPT)]
    assert registry.path(first).is_dir(), "it was live a moment ago"
    await long_ago(database)
    others.append(await publish(registry, ann))
    kept = [one.id for one in await database.read(lambda c: adapters.versions(c, ann))]
    assert kept == [one.id for one in reversed(others[-KEPT:])]
    assert {path.name for path in (registry.root / str(ann)).iterdir()} == {str(one) for one in kept}
    await registry.choose(ann, others[-KEPT].id)
    for _ in range(KEPT):
        await publish(registry, ann)
    live = await registry.live(ann)
    assert live is not None and live.id == others[-KEPT].id and registry.path(live).is_dir()


async def test_the_newest_that_was_learnt_here_stays_however_many_are_brought(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    older, newer = await publish(registry, ann), await publish(registry, ann)
    for _ in range(2):
        brought = [await bring(registry, ann) for _ in range(KEPT)]
        await long_ago(database)
        await registry.prune(ann)
        kept = [one.id for one in await database.read(lambda c: adapters.versions(c, ann))]
        assert kept == [*(one.id for one in reversed(brought)), newer.id]
    assert registry.path(newer).is_dir() and not registry.path(older).exists()


async def test_of_those_learnt_here_one_that_was_not_taken_back_stays(
    database: Database, registry: Registry
) -> None:
    ann = await join(database)
    good = await publish(registry, ann)
    await publish(registry, ann)
    await registry.withdraw(ann, "disliked")
    brought = [await bring(registry, ann) for _ in range(KEPT)]
    await long_ago(database)
    await registry.prune(ann)
    kept = [one.id for one in await database.read(lambda c: adapters.versions(c, ann))]
    assert kept == [*(one.id for one in reversed(brought)), good.id]


async def test_a_crash_while_old_versions_are_removed_leaves_what_the_sweep_removes(
    database: Database, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await join(database)
    first = await publish(registry, ann)
    for _ in range(KEPT - 1):
        await publish(registry, ann)
    await long_ago(database)

    class Killed(Exception):
        pass

    def killed(path: Path, ignore_errors: bool) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("nanoverse.learning.registry.shutil.rmtree", killed)
        await database.write(lambda c: adapters.offer(c, ann, born_without_folder(c, ann), 1))
        with pytest.raises(Killed):
            await registry.prune(ann)
    assert registry.path(first).is_dir()
    assert first.id not in [one.id for one in await database.read(lambda c: adapters.versions(c, ann))]
    assert await registry.sweep() == 1
    assert not registry.path(first).exists()


def born_without_folder(connection: Any, player: int) -> int:
    return adapters.add(connection, player, BASE, 20, 0.3, "", 1).id


@pytest.mark.parametrize("broken", [CONFIG, WEIGHTS])
async def test_a_damaged_adapter_cannot_be_read(database: Database, registry: Registry, broken: str) -> None:
    folder = registry.path(await publish(registry, await join(database)))
    load_file(folder / WEIGHTS)
    (folder / broken).write_bytes(b"[]" + os.urandom(50))
    with pytest.raises(UnreadableError, match="cannot be read"):
        read(folder)
    (folder / broken).unlink()
    with pytest.raises(UnreadableError, match="cannot be read"):
        read(folder)
