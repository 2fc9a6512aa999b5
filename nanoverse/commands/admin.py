"""`nanoverse admin`: a new one-time link that makes whoever opens it the admin, and what players reported."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from nanoverse.commands import control
from nanoverse.config import Settings
from nanoverse.store import reports
from nanoverse.store.database import Database
from nanoverse.web.admin import admins, new_admin_token

_SHOWN = 20  # reports


async def run(settings: Settings) -> int:
    if world := control.find(settings):
        made = await world.call("POST", "api/admin/link", {})
        print(f"{_who(made['admins'])} and open this link once: {world.page}admin?token={made['token']}")
        _tell((await world.call("GET", "api/admin/reports"))["reports"])
        return 0
    db = await Database.open(settings.data)

    def write(connection: sqlite3.Connection) -> tuple[str, Sequence[str], list[dict[str, Any]]]:
        found = reports.newest(connection, _SHOWN)
        return new_admin_token(connection), admins(connection), [asdict(report) for report in found]

    try:
        token, known, found = await db.write(write)
    finally:
        await db.close()
    print(f"Start the world. {_who(known)} and open this link once: http://HOST:PORT/admin?token={token}")
    _tell(found)
    return 0


def _who(known: Sequence[str]) -> str:
    if not known:
        return "Nobody is the admin yet: register"
    verb = "is the admin" if len(known) == 1 else "are admins"
    return f"{' and '.join(known)} {verb} already. To make another player one, log in as that player"


def _tell(found: list[dict[str, Any]]) -> None:
    """The reports that nobody has handled yet; text of players is shown with its odd characters escaped."""
    waiting = [report for report in found if not report["handled"]][:_SHOWN]
    if waiting:
        print("Reports that wait for you on the admin page:")
    for report in waiting:
        about = f" who said {report['text']!r}" if report["text"] else ""
        print(f"- {report['reporter']} about {report['name']}{about}: {report['reason']!r}")
