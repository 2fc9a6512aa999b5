"""`nanoverse retrain`: a night right now, in the running world, or here if none runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from nanoverse import app
from nanoverse.agents.mind import Mind
from nanoverse.agents.voice import READY, Voice
from nanoverse.chat import names
from nanoverse.commands import control
from nanoverse.commands.control import CommandError, Control
from nanoverse.config import Settings
from nanoverse.learning import folders
from nanoverse.store import accounts, facts
from nanoverse.store.database import Database
from nanoverse.web.admin import PAUSED
from nanoverse.web.naming import named

_WATCH = 1.0  # seconds between two looks at the progress


async def run(settings: Settings, player: str | None) -> int:
    world = control.find(settings)
    reports = await (_ask(world, player) if world else _train_here(settings, player))
    for report in reports:
        gain = "" if report["gain"] is None else f", {report['gain']:+.3f} nats per token"
        print(f"{report['player']}: {report['result']}{gain}. {report['reason']}")
    if not reports:
        print("There was nobody to retrain.")
    return 1 if any(report["result"] == "failed" for report in reports) else 0


async def _ask(world: Control, player: str | None) -> Sequence[dict[str, Any]]:
    """Have the running world do it, and watch; raises `CommandError` if it was cut off."""
    older = _by_hand(await world.call("GET", "api/admin/status"))
    await world.call("POST", "api/admin/retrain", {"player": player})
    while True:
        status = await world.call("GET", "api/admin/status")
        if not status["night"]["running"]:
            _progress("")
            if failure := status["night"]["failure"]:
                raise CommandError(f"The training was cut off: {failure}")
            held = _by_hand(status)
            if held is None or not held["finished"] or (older and older["time"] == held["time"]):
                raise CommandError(
                    "What became of the training cannot be told; the world's console may say it."
                )
            return [report for report in held["results"] if player is None or _same(player, report["player"])]
        _progress(status["night"]["note"])
        await asyncio.sleep(_WATCH)


def _by_hand(status: dict[str, Any]) -> dict[str, Any] | None:
    """The newest night that somebody asked for, of those that are shown."""
    return next((night for night in status["held"] if not night["due"]), None)


async def _train_here(settings: Settings, player: str | None) -> Sequence[dict[str, Any]]:
    db = await Database.open(settings.data)
    try:
        everyone = {one.id: one.name for one in await db.read(accounts.everyone)}
        chosen = None if player is None else [(await db.read(partial(named, name=player))).id]
        paused = await db.read(partial(facts.get, key=facts.NIGHTS_PAUSED))
        if paused and settings.night:
            raise CommandError(PAUSED)
        try:  # before a mind is there, which removes what is not this world's
            await asyncio.to_thread(
                folders.claim, settings.adapters, await db.write(facts.world), settings.data
            )
        except (folders.ForeignFolder, OSError) as refusal:
            raise CommandError(str(refusal)) from None
        voice = Voice(settings, db)
        mind = Mind(settings, db, voice)
        try:
            _progress("loading the model")
            await mind.load(lambda: app.model_source(settings), "", nights=None)
            if voice.state != READY or mind.night is None:
                raise CommandError(voice.note)
            night = asyncio.create_task(mind.night.run(chosen))
            while not (await asyncio.wait({night}, timeout=_WATCH))[0]:
                _progress(mind.progress.message if mind.progress else "")
            _progress("")
            return [
                {"player": everyone[r.player], "result": r.result, "reason": r.reason, "gain": r.gain}
                for r in night.result()
            ]
        finally:
            await mind.close()
    finally:
        await db.close()


def _same(name: str, other: str) -> bool:
    return names.skeleton(name) == names.skeleton(other)


def _progress(line: str) -> None:
    """One line that is written over, where there is a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
