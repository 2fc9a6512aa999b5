"""A data folder that is mistyped does not become a world."""

from __future__ import annotations

from pathlib import Path

import pytest

from nanoverse.cli import main


@pytest.mark.parametrize(
    "words", [("admin",), ("password", "Mira"), ("retrain",), ("rollback", "--minutes", "5"), ("backup",)]
)
def test_a_command_says_that_there_is_no_world_and_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    data, adapters = tmp_path / "dta", tmp_path / "adapters"
    assert main([*words, "--data", str(data), "--adapters", str(adapters)]) == 1
    assert capsys.readouterr() == ("", f"There is no world in {data}.\n")
    assert not data.exists() and not adapters.exists()


def test_a_folder_of_backups_that_cannot_be_made_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nanoverse.db").write_bytes(b"")
    (tmp_path / "backups").write_text("not a folder")
    assert main(["backup", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("The backup could not be written: ")
