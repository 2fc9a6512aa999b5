"""`nanoverse admin`: a new one-time link that makes whoever opens it the admin."""

from __future__ import annotations

from collections.abc import Sequence

from nanoverse.commands import control
from nanoverse.config import Settings
from nanoverse.store.database import Database
from nanoverse.web.admin import admins, new_admin_token


async def run(settings: Settings) -> int:
    if world := control.find(settings):
        made = await world.call("POST", "api/admin/link", {})
        print(f"{_who(made['admins'])} and open this link once: {world.url}admin?token={made['token']}")
        return 0
    db = await Database.open(settings.data)
    try:
        token, known = await db.write(lambda c: (new_admin_token(c), admins(c)))
    finally:
        await db.close()
    print(f"Start the world. {_who(known)} and open this link once: http://HOST:PORT/admin?token={token}")
    return 0


def _who(known: Sequence[str]) -> str:
    if not known:
        return "Nobody is the admin yet: register"
    verb = "is the admin" if len(known) == 1 else "are admins"
    return f"{' and '.join(known)} {verb} already. To make another player one, log in as that player"
