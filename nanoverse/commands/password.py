"""`nanoverse password`: a new password for a player who has forgotten theirs, in the running world if there is one."""

from __future__ import annotations

from nanoverse.commands import control
from nanoverse.config import Settings
from nanoverse.store.database import Database
from nanoverse.web.new_password import give
from nanoverse.web.passwords import PasswordHasher


async def run(settings: Settings, player: str) -> int:
    if world := control.find(settings):
        made = await world.call("POST", "api/admin/password", {"player": player})
        name, password = made["player"], made["password"]
    else:
        async with await Database.open(settings.data) as db:
            found, password = await give(db, PasswordHasher(), player)
            name = found.name
    print(f"The new password of {name} is {password}")
    print(
        "Whoever was logged in with that account is logged out. Another password can be chosen in the settings."
    )
    return 0
