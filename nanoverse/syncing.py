"""What must outlast a power cut is on the disk itself, and not only in a cache, before anything builds on it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path


def sync(descriptor: int) -> None:
    """What is in an open file. macOS's fsync leaves it in the drive's cache (its fcntl(2))."""
    if (flush := getattr(fcntl, "F_FULLFSYNC", None)) is not None:
        with contextlib.suppress(OSError):  # a file system that cannot
            fcntl.fcntl(descriptor, flush)
            return
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """The names in a folder: that a file was made there, or renamed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
