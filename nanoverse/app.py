"""The whole system: starts the parts of a world in order, and stops them backwards. Nothing else does."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import gc
import json
import logging
import os
import resource
import secrets
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web

from nanoverse import addresses
from nanoverse.agents.conduct import Conducts
from nanoverse.agents.locks import Locks
from nanoverse.config import Settings
from nanoverse.learning import folders
from nanoverse.parts import Parts
from nanoverse.store import accounts, bodies, chests, edits, facts, finds, land, leaving, scrolls, signs
from nanoverse.store.accounts import Player
from nanoverse.store.clock import Clock, now_ms, reached
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.web.admin import first_admin_token
from nanoverse.web.agent_desk import ADVICE
from nanoverse.web.ticker import Ticker
from nanoverse.world.bodies import BadState, BodyState
from nanoverse.world.scrolls import Scroll
from nanoverse.world.simulation import Simulation

log = logging.getLogger("nanoverse")

# In the data folder: where the running world listens, and the token for its owner's tools.
CONTROL = "control.json"
_SAVE_EVERY = 5.0  # seconds between two savings of where everybody stands
_IDLE = 75.0  # seconds for which a browser's connection is kept that asks for nothing; aiohttp's hour fills the files
_TOY = "The agents here speak through a toy-sized model: they know their small world, and little else."


class StartError(Exception):
    """The world cannot start; the text says why and what to do."""


class StopError(Exception):
    """The world has stopped and not everything is saved; the text says why."""


@dataclass(frozen=True, slots=True)
class Running:
    """A world that can be played; `admin_link` while nobody is the admin."""

    url: str
    admin_link: str | None


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """Start a world; at the end stop it, everything committed.

    Raises `StartError` or `StoreError` if it cannot start, and `StopError` if its end could not be saved.
    """
    async with AsyncExitStack() as stack:
        db = await Database.open(settings.data)
        stack.callback(_check_place, db)
        stack.push_async_callback(db.close)
        await _claim_adapters(db, settings)
        for gone in await leaving.go_on(db):
            log.info("Player %d had begun to delete the account; now it is gone.", gone)
            await asyncio.to_thread(folders.remove, settings.adapters, gone)
        clock = Clock(await db.read(reached))
        world, everyone = await _wake_world(db, settings)
        conducts = Conducts(db, now_ms)
        await conducts.load()
        locks = Locks(db)
        await locks.load()
        parts = Parts(settings, db, clock, world, conducts, locks)
        await parts.household.load()
        await parts.diary.load()
        for player in everyone:
            parts.settle(player)

        control_token = secrets.token_urlsafe(24)
        application = parts.application(control_token)
        _set_going(stack, parts)
        port = await _open(stack, parts, application, settings)
        url = addresses.for_everybody(settings.host, port)
        known = {"url": addresses.from_here(settings.host, port), "page": url, "token": control_token}
        stack.enter_context(_control_file(settings.data / CONTROL, known))

        token = await db.write(first_admin_token)
        loading = asyncio.create_task(
            parts.mind.load(lambda: model_source(settings), _note(settings), settings.night)
        )
        stack.push_async_callback(_cancel, loading)
        yield Running(url, f"{url}admin?token={token}" if token else None)


def _check_place(db: Database) -> None:
    if not db.in_place:
        raise StopError(
            f"The world stopped, but its database {db.path} is not there any more: it was removed, moved or replaced"
            " meanwhile. Where it was moved to, everything is saved; if it was removed, restore a backup."
        )


async def _claim_adapters(db: Database, settings: Settings) -> None:
    """No two worlds keep their adapters in one folder: each would take the other's for its own, or remove them."""
    try:
        await asyncio.to_thread(folders.claim, settings.adapters, await db.write(facts.world), settings.data)
    except folders.ForeignFolder as refusal:
        raise StartError(str(refusal)) from None
    except OSError as error:
        raise StartError(f"The folder {settings.adapters} cannot be used: {error.strerror}.") from None


def _set_going(stack: AsyncExitStack, parts: Parts) -> None:
    """The world begins to tick. The order of stopping is this one backwards: farewells, the world stands still and is
    saved, and only then what may take its time. A lesson that is under way must not cost anybody their last steps."""
    stack.push_async_callback(parts.mind.close)
    stack.push_async_callback(parts.replies.close)
    stack.push_async_callback(_save_last, parts.ticker)
    stack.callback(parts.household.save)
    stack.callback(parts.diary.save)
    for work in (
        parts.ticker.run(),
        parts.household.run(parts.replies),
        _save_now_and_then(parts.ticker),
    ):
        stack.push_async_callback(_cancel, asyncio.create_task(work))


async def _open(stack: AsyncExitStack, parts: Parts, application: web.Application, settings: Settings) -> int:
    """Let players and spectators in; returns the port."""
    # Unpacked, a request of 64 KB can be a thousand times as long; it would be before anything here has seen it.
    runner = web.AppRunner(
        application, access_log=None, shutdown_timeout=1.0, auto_decompress=False, keepalive_timeout=_IDLE
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    stack.push_async_callback(parts.sockets.close)
    stack.push_async_callback(parts.spectators.close)
    return await _listen(runner, settings)


async def _wake_world(db: Database, settings: Settings) -> tuple[Simulation, list[Player]]:
    """The world as it was left, with the bodies of all players in it."""

    def read(connection: sqlite3.Connection) -> tuple[str | None, str | None, Any, Any, Any, Any]:
        return (
            facts.get(connection, "seed"),
            facts.get(connection, "tick"),
            [(e.x, e.y, e.layer, e.block) for e in edits.everything(connection)],
            accounts.everyone(connection),
            {body.player: body for body in bodies.everyone(connection)},
            {
                "claims": land.claims(connection),
                "guests": land.guests(connection),
                "chests": [(chest.x, chest.y, chest.slots) for chest in chests.everything(connection)],
                "signs": [(sign.x, sign.y, sign.text, sign.player) for sign in signs.everything(connection)],
                "scrolls": [Scroll(s.id, s.x, s.y, s.text, s.player) for s in scrolls.hidden(connection)],
                "last_scroll": scrolls.last(connection),
                "found": finds.known(connection),
            },
        )

    seed, tick, changed, everyone, saved, kept = await db.read(read)
    if seed is None:
        seed = str(settings.seed or secrets.randbelow(2**31 - 1) + 1)
        chosen = seed
        await db.write(lambda c: facts.put(c, "seed", chosen))
    elif settings.seed and settings.seed != int(seed):
        raise StartError(
            f"This world grew from seed {seed}; for one with seed {settings.seed} choose another --data folder,"
            " and one for its --adapters."
        )
    try:
        world = Simulation(int(seed), changed, int(tick or 0), commons=settings.commons, **kept)
    except BadState as error:
        raise StartError(f"{error} The database is damaged; restore a backup.") from None
    for player in everyone:
        body = saved.get(player.id)
        world.add_body(player.id, player.name, player.look, _state(body) if body else None)
    return world, everyone


def _state(body: bodies.Body) -> BodyState | None:
    try:
        return BodyState(body.x, body.y, body.facing, body.selected, body.slots, body.home, body.fed_until)
    except BadState as error:
        log.warning("player %d starts anew: %s", body.player, error)
        return None


async def _listen(runner: web.AppRunner, settings: Settings) -> int:
    """Open the port; returns which it is."""
    site = web.TCPSite(runner, settings.host, settings.port)
    try:
        await site.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {settings.port} is in use; stop what uses it, or choose another with --port."
            ) from None
        raise StartError(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.") from None
    except UnicodeError:  # what no name of a host can be, such as two dots in a row
        raise StartError(
            f"Cannot listen on {settings.host}:{settings.port}: that is no address or name of a host."
        ) from None
    port: int = runner.addresses[0][1]
    return port


@contextlib.contextmanager
def _control_file(path: Path, known: dict[str, str]) -> Iterator[None]:
    """Tell the owner's tools where the world runs and how to speak with it; nobody else may read it.

    The file stays locked for as long as the world runs: one that a crash left behind is not.
    """
    with contextlib.ExitStack() as stack:
        try:
            path.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            stack.callback(os.close, descriptor)
            stack.callback(path.unlink, missing_ok=True)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.write(descriptor, json.dumps(known).encode())
        except OSError as error:
            raise StartError(f"The file {path} cannot be written: {error.strerror}.") from None
        yield


async def _save_now_and_then(ticker: Ticker) -> None:
    while True:
        await asyncio.sleep(_SAVE_EVERY)
        with contextlib.suppress(Exception):  # the ledger tells it, and this tries again
            await ticker.ledger.commit(everything=True)


async def _save_last(ticker: Ticker) -> None:
    await ticker.ledger.settle()
    try:
        await ticker.ledger.commit(everything=True)
    except StoreError as error:
        raise StopError(f"The world stopped, but its last changes could not be saved. {error}") from error


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def model_source(settings: Settings) -> str | Path:
    """Where the base model lies: a folder, or an id at the hub."""
    if settings.model == "starter":
        from nanoverse.starter import weights_folder

        return weights_folder()
    return settings.model


def _note(settings: Settings) -> str:
    return _TOY if settings.model == "starter" else f"Agents speak through {settings.model}."


def _say(sentence: str) -> None:
    """Tell the console. If nobody reads it any more, as after `| head -1`, the world goes on without one."""
    try:
        print(sentence, flush=True)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as world:
        _say(f"NanoVerse is ready at {world.url}")
        if world.admin_link:
            _say(f"Nobody is the admin yet. Register, then open this link once: {world.admin_link}")
        if addresses.is_loopback(settings.host):
            _say("Only this machine can open it; --host 0.0.0.0 opens it to your network.")
        else:
            _say(
                "Others in your network open the same address. It is plain HTTP: use it among people you trust."
            )
        if settings.model == "starter":
            _say(f"{_TOY} {ADVICE}")
        await stop.wait()
        _say("Stopping: saving the world …")
    _say("Stopped. Everything is saved.")


def _allow_many_files() -> None:
    """As many as the machine lets this process have open: a console's 1024 are those of some 150 browsers. One that
    does not let itself be asked has them as they are."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main(settings: Settings) -> int:
    """Run a world until SIGTERM or Ctrl-C; returns the exit status."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    log.setLevel(settings.log.upper())  # of ours: what the libraries tell below a warning helps nobody
    _allow_many_files()
    try:
        uvloop.run(_serve(settings))
    except (StartError, StoreError) as error:
        print(f"NanoVerse cannot start. {error}", file=sys.stderr)
        return 1
    except StopError as error:
        print(error, file=sys.stderr)
        return 1
    gc.freeze()  # a last collection through all of torch would take seconds, to free what ends with the process
    return 0
