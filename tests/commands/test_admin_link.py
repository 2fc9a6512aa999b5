"""`nanoverse admin` on a world that does not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from nanoverse.commands import admin
from nanoverse.config import Settings
from nanoverse.store import accounts
from nanoverse.store.database import Database


async def test_the_link_says_who_is_the_admin_already(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data=tmp_path)
    async with await Database.open(tmp_path):
        pass
    assert await admin.run(settings) == 0
    assert (
        "Start the world. Nobody is the admin yet: register and open this link once: "
        in capsys.readouterr().out
    )
    async with await Database.open(tmp_path) as db:
        for name in ("Ann", "Bob"):
            player = await db.write(lambda c, name=name: accounts.create(c, name, name, "", 0, 1))
            await db.write(lambda c, number=player.id: accounts.make_admin(c, number))
    assert await admin.run(settings) == 0
    assert "Ann and Bob are admins already. To make another player one, log in as" in capsys.readouterr().out
