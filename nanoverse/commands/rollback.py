"""`nanoverse rollback`: take back what a player, or everybody, changed lately; it asks the running world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nanoverse.commands import control
from nanoverse.commands.control import CommandError
from nanoverse.config import Settings


async def run(settings: Settings, wanted: Mapping[str, Any], yes: bool) -> int:
    world = control.find(settings)
    if world is None:
        raise CommandError("A roll-back needs the running world; start it first.")
    counted = await world.call("POST", "api/admin/rollback", {**wanted, "do": False})
    for line in counted["newest"]:
        who = f"{line['player']}'s agent" if line["agent"] else line["player"]
        before, after = _told(line["before"]), _told(line["after"])
        print(f"  {who}: {before} → {after} at {line['x']}, {line['y']}")
    print(f"Tiles to be rolled back: {counted['tiles']}; left as others made them later: {counted['kept']}.")
    if not yes or not counted["tiles"]:
        print("Nothing has been changed." + (" Add --yes to do it." if counted["tiles"] else ""))
        return 0
    done = await world.call(
        "POST",
        "api/admin/rollback",
        {**wanted, "since": counted["since"], "until": counted["until"], "do": True},
    )
    print(f"Tiles rolled back: {done['tiles']}.")
    for reason, many in done["left"].items():
        print(f"Tiles left: {many}, {reason}.")
    return 0


def _told(made: str | Mapping[str, str] | None) -> str:
    """A block's name, or the paint of which the world tells hue and shade, or None for none."""
    if isinstance(made, str):
        return made
    return f"{made['shade']} {made['hue']} paint" if made else "no paint"
