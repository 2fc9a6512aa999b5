"""What is said of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from nanoverse import report


@pytest.fixture
def limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "CONTAINER_LIMIT", tmp_path / "memory.max")
    return tmp_path / "memory.max"


def test_a_containers_limit_is_all_the_memory_there_is(limit: Path) -> None:
    whole = report.memory_bytes()
    assert whole > 2**20
    limit.write_text("1048576\n")
    assert report.memory_bytes() == 2**20
    limit.write_text(f"{2 * whole}\n")
    assert report.memory_bytes() == whole


def test_a_container_without_a_limit_has_the_whole_machine(limit: Path) -> None:
    whole = report.memory_bytes()
    limit.write_text("max\n")
    assert report.memory_bytes() == whole


def test_a_report_says_how_fast_its_machine_runs_python() -> None:
    assert 0 < report.machine()["million_additions_ms"] < 60_000
