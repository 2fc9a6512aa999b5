"""How a command talks to the world that runs on the same data folder."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import aiohttp

from nanoverse.app import CONTROL
from nanoverse.config import Settings
from nanoverse.store import moves
from nanoverse.store.database import FILE, lock
from nanoverse.web.security import HEADER


class CommandError(Exception):
    """A command could not be carried out; the text says why."""


@dataclass(frozen=True, slots=True)
class Control:
    """A running world: its address on this machine, the one that its players open, and the token that only the data
    folder's owner can read."""

    url: str
    page: str
    token: str

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The world's answer; raises `CommandError` with its sentence, or if it does not answer."""
        headers = {"Authorization": f"Bearer {self.token}", HEADER: "1"}
        try:
            async with (
                aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=30)) as session,
                session.request(method, self.url + path, json=body) as response,
            ):
                content: dict[str, Any] = await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CommandError(f"The world at {self.url} does not answer: {error}.") from error
        if response.status >= 400:
            raise CommandError(str(content.get("error", response.reason)))
        return content


def world_file(settings: Settings) -> Path:
    """The file of the world in this data folder; raises `CommandError` if there is none: one that is mistyped must not
    become a world. Likewise if the folder cannot be looked into, as another user's."""
    path = settings.data / FILE
    try:
        if _is_there(settings.data / moves.PLAN):
            os.close(lock(settings.data))  # which ends it
        found = _is_there(path) and path.is_file()
    except OSError as error:
        raise CommandError(f"The data folder {settings.data} cannot be used: {error.strerror}.") from error
    if not found:
        raise CommandError(f"There is no world in {settings.data}.")
    return path


def _is_there(path: Path) -> bool:
    """Raises `OSError` if that cannot be told. `Path.exists` does, too, but since Python 3.14 it says no."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.stat()
        return True
    return False


def find(settings: Settings) -> Control | None:
    """The world that runs on this data folder, if one does; what a crash left behind is passed over. Raises
    `CommandError` if there is no world at all."""
    world_file(settings)
    try:
        with (settings.data / CONTROL).open(encoding="utf-8") as file:
            if _is_free(file):
                return None
            raw = json.load(file)
        return Control(raw["url"], raw.get("page", raw["url"]), raw["token"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{settings.data / CONTROL} cannot be read: {error}.") from error


def _is_free(file: TextIO) -> bool:
    """Whether no world holds the file's lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
