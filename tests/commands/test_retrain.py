"""`nanoverse retrain` while the nights are paused: nobody is trained, and it says so instead of waiting."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from nanoverse.app import running
from nanoverse.cli import main
from nanoverse.commands import control, retrain
from nanoverse.commands.control import CommandError, Control
from nanoverse.config import Settings
from nanoverse.learning.night import Night
from nanoverse.store import accounts, facts, nights
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.store.nights import NightResult

PAUSED = "The nights are paused; nobody is retrained until an admin has them go on."


@asynccontextmanager
async def awake(settings: Settings) -> AsyncIterator[Control]:
    """The world, once its agents are awake."""
    async with running(settings), asyncio.timeout(60):
        world = control.find(settings)
        assert world is not None
        for _ in range(600):
            if (await world.call("GET", "api/admin/status"))["model"]["state"] == "ready":
                break
            await asyncio.sleep(0.1)
        yield world


async def test_of_a_training_that_is_cut_off_that_is_told_and_not_what_an_older_one_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def older(connection: sqlite3.Connection) -> None:
        ann = accounts.create(connection, "Ann", "ann", "", 0, 1)
        night = nights.start(connection, "", 1000)
        nights.record(connection, NightResult(night, ann.id, "live", "It is better.", 0.1, 2.0))
        nights.finish(connection, night, 2000)

    async def cut_off(self: Night, *_: object, **__: object) -> None:
        raise StoreError("The disk is full.")

    async with await Database.open(tmp_path / "data") as db:
        await db.write(older)
    settings = Settings(data=tmp_path / "data", adapters=tmp_path / "adapters", port=0, device="cpu")
    async with awake(settings):
        with monkeypatch.context() as patch:
            patch.setattr(Night, "run", cut_off)
            with pytest.raises(CommandError, match="The training was cut off: The disk is full"):
                await retrain.run(settings, None)
        assert capsys.readouterr().out == ""
        assert await retrain.run(settings, None) == 0  # what cut the other one off is no matter of this one
    assert capsys.readouterr().out.startswith("Ann: skipped. ")


async def test_the_running_world_refuses_it_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "nanoverse.web")
    settings = Settings(data=tmp_path / "data", adapters=tmp_path / "adapters", port=0, device="cpu")
    async with awake(settings) as world:
        await world.call("POST", "api/admin/pause", {"paused": True})
        with pytest.raises(CommandError, match=PAUSED):
            await retrain.run(settings, None)
        await world.call("POST", "api/admin/pause", {"paused": False})
        assert await retrain.run(settings, None) == 0
    told = [f"the owner of the data folder has {what}" for what in ("the nights pause", "the nights go on")]
    told.append("the owner of the data folder has everybody retrained")
    assert [record.getMessage() for record in caplog.records if record.name == "nanoverse.web.admin"] == told


async def pause(data: Path) -> None:
    async with await Database.open(data) as db:
        await db.write(partial(facts.put, key=facts.NIGHTS_PAUSED, value="yes"))


def test_so_does_one_that_stands_still_before_it_loads_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(pause(tmp_path))
    words = [
        "--data",
        str(tmp_path),
        "--adapters",
        str(tmp_path / "adapters"),
        "--model",
        str(tmp_path / "none"),
    ]
    assert main(["retrain", *words]) == 1
    assert capsys.readouterr() == ("", f"{PAUSED}\n")
    assert main(["retrain", *words, "--night", "no"]) == 1
    assert PAUSED not in capsys.readouterr().err, "where none are held they are not paused either"
