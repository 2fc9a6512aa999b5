"""An adapter's folder is on the disk, and not only in the drive's cache, before it has its name."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
import torch

from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.saving import write

STATE = AdapterState({"r": 1}, {"lora": torch.zeros(1)})


@pytest.mark.parametrize("known", [True, False], ids=["the drive flushes", "its file system cannot"])
def test_where_fsync_leaves_it_in_the_drives_cache_the_drive_is_told_to_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    flushed, synced = [], []

    def flush(descriptor: int, command: int) -> int:
        if not known:
            raise OSError("not supported")
        flushed.append(command)
        return 0

    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)  # macOS alone has it
    monkeypatch.setattr(fcntl, "fcntl", flush)
    monkeypatch.setattr(os, "fsync", synced.append)
    write(tmp_path / "1" / "2", STATE, "base")
    assert (flushed, len(synced)) == (([51] * 5, 0) if known else ([], 5)), "two files and three folders"
