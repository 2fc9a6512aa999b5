"""A data folder that is mistyped does not become a world, and one that cannot be looked into is one sentence."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from nanoverse.cli import main

EVERY = pytest.mark.parametrize(
    "words", [("admin",), ("password", "Mira"), ("retrain",), ("rollback", "--minutes", "5"), ("backup",)]
)
TOO_LONG = (
    "x" * 300
)  # as what lies in another user's folder, such a name cannot even be looked for, by root neither
WHY = os.strerror(errno.ENAMETOOLONG)


@EVERY
def test_a_command_says_that_there_is_no_world_and_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    data, adapters = tmp_path / "dta", tmp_path / "adapters"
    assert main([*words, "--data", str(data), "--adapters", str(adapters)]) == 1
    assert capsys.readouterr() == ("", f"There is no world in {data}.\n")
    assert not data.exists() and not adapters.exists()


@EVERY
def test_a_folder_that_cannot_be_looked_into_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    data = tmp_path / TOO_LONG
    assert main([*words, "--data", str(data)]) == 1
    assert capsys.readouterr() == ("", f"The data folder {data} cannot be used: {WHY}.\n")


@pytest.mark.parametrize("folder", ["data", "adapters"])
def test_a_restore_to_where_it_cannot_look_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    folders = {"data": "data", "adapters": "adapters", folder: TOO_LONG}
    words = [word for name, path in folders.items() for word in (f"--{name}", str(tmp_path / path))]
    assert main(["restore", str(tmp_path / "world.tar"), *words]) == 1
    told = capsys.readouterr().err
    assert WHY in told and told.count("\n") == 1


def test_a_folder_of_backups_that_cannot_be_made_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nanoverse.db").write_bytes(b"")
    (tmp_path / "backups").write_text("not a folder")
    assert main(["backup", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("The backup could not be written: ")
