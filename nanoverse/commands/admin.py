"""`nanoverse admin`: a new one-time link that makes whoever opens it the admin."""

from __future__ import annotations

from nanoverse.commands import control
from nanoverse.config import Settings
from nanoverse.store.database import Database
from nanoverse.web.admin import new_admin_token


async def run(settings: Settings) -> int:
    if world := control.find(settings):
        token = (await world.call("POST", "api/admin/link", {}))["token"]
        print(f"Register, then open this link once: {world.url}admin?token={token}")
        return 0
    db = await Database.open(settings.data)
    try:
        token = await db.write(new_admin_token)
    finally:
        await db.close()
    print(f"Start the world, register, then open this link once: http://HOST:PORT/admin?token={token}")
    return 0
