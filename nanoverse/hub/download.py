"""One big file over a line that breaks: what has come stays in a `.part`, and the next attempt asks for the rest.

huggingface_hub's own downloads go to a temporary file that it deletes when they fail, so that a break in the last
minute of two gigabytes costs all of them. Here only its session, its headers and its errors are used.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import (
    build_hf_headers,
    get_session,
    hf_raise_for_status,
    httpx,  # the name for whichever it speaks through: httpx in its version 1, httpx2 in 2
)

from nanoverse.engine import ModelError

TOO_SLOW, NO_SUCH_RANGE, TOO_MANY = 408, 416, 429  # status codes
_BLOB = re.compile("[0-9a-f]{40}")  # git's id of a file
_PIECE = 2**20  # bytes read at once


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at the hub. `etag` names its content: the SHA-256 of a big file, git's id of a small one."""

    name: str
    url: str
    size: int  # bytes
    etag: str
    sha256: str | None


class LineBroke(Exception):
    """The network or the server failed, not the request: another attempt goes on where this one stopped."""


def fetch(file: RemoteFile, part: Path, arrived: Callable[[int], None]) -> None:
    """One attempt at bringing `part` from the size that it has to that of `file`; `arrived` hears its new sizes.

    Raises LineBroke if another attempt may help, HfHubHTTPError if the hub refuses, OSError if the disk does, and
    ModelError if what came is damaged.
    """
    have = part.stat().st_size if part.exists() else 0
    if have < file.size:
        try:
            _stream(file, part, have, arrived)
        except HfHubHTTPError as error:
            status = error.response.status_code
            if status >= 500 or status in (TOO_SLOW, TOO_MANY):
                raise LineBroke(str(error)) from error
            raise
        except httpx.HTTPError as error:
            raise LineBroke(str(error)) from error
    _check(file, part)


def _stream(file: RemoteFile, part: Path, have: int, arrived: Callable[[int], None]) -> None:
    headers = {
        **build_hf_headers(),
        "Accept-Encoding": "identity",
    }  # offsets count the bytes as they are stored
    if have:
        headers["Range"] = f"bytes={have}-"
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with (
        get_session().stream(
            "GET", file.url, headers=headers, timeout=timeout, follow_redirects=True
        ) as response,
        part.open("ab") as out,
    ):
        if response.status_code == NO_SUCH_RANGE or (
            response.status_code == 206 and _offset(response) != have
        ):
            out.truncate(0)
            raise LineBroke("the server does not send the part that it was asked for")
        hf_raise_for_status(response)
        if have and response.status_code != 206:  # it sends the whole file, whatever it was asked for
            out.truncate(0)
            have = 0
        for piece in response.iter_bytes():
            out.write(piece)
            have += len(piece)
            arrived(have)
        out.flush()
        os.fsync(out.fileno())  # before the name that says it is complete


def _offset(response: Any) -> int | None:
    """Where in the file the answer begins, by its own word."""
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _check(file: RemoteFile, part: Path) -> None:
    size = part.stat().st_size
    if size < file.size:
        raise LineBroke(f"the answer ended after {size} of {file.size} bytes")
    if size != file.size or not _intact(file, part):
        part.unlink()
        raise ModelError(f"{file.name} came damaged from {file.url}; the next start fetches it anew.")


def _intact(file: RemoteFile, part: Path) -> bool:
    """Whether the content is what its name says; true where that is neither of the two that are known."""
    with part.open("rb") as stored:
        if file.sha256 is not None:
            return hashlib.file_digest(stored, "sha256").hexdigest() == file.sha256
        if _BLOB.fullmatch(file.etag):
            digest = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
            while piece := stored.read(_PIECE):
                digest.update(piece)
            return digest.hexdigest() == file.etag
    return True
