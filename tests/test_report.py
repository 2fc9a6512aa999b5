"""What is said of the machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nanoverse import report


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the machine says what a container may use."""
    monkeypatch.setattr(report, "CGROUP", tmp_path)
    return tmp_path


def write(group: Path, **files: str) -> None:
    """Files of a control group; "_" stands for the point in a name."""
    group.mkdir(exist_ok=True)
    for name, content in files.items():
        (group / name.replace("_", ".", 1)).write_text(f"{content}\n")


def test_a_containers_limit_is_all_the_memory_there_is(group: Path) -> None:
    whole = report.memory_bytes()
    assert whole > 2**20
    write(group, memory_max="1048576")
    assert report.memory_bytes() == 2**20
    write(group, memory_max=f"{2 * whole}")
    assert report.memory_bytes() == whole


def test_an_older_machine_says_the_limit_elsewhere(group: Path) -> None:
    whole = report.memory_bytes()
    write(group / "memory", memory_limit_in_bytes="1048576")
    assert report.memory_bytes() == 2**20
    write(group / "memory", memory_limit_in_bytes="9223372036854771712")
    assert report.memory_bytes() == whole


def test_a_container_without_a_limit_has_the_whole_machine(group: Path) -> None:
    whole = report.memory_bytes()
    write(group, memory_max="max", memory_current="1", memory_stat="")
    assert report.memory_bytes() == whole
    assert report.container_free() is None


def test_what_a_container_has_taken_is_free_no_more_but_for_its_cache_of_files(group: Path) -> None:
    assert report.container_free() is None
    stat = "anon 300\nfile 700\nshmem 500\ninactive_file 150\nactive_file 50\nslab 7"
    write(group, memory_max="2000", memory_current="1000", memory_stat=stat)
    assert report.container_free() == 1200
    write(group, memory_current="2300")
    assert report.container_free() == 0


def test_the_same_on_an_older_machine(group: Path) -> None:
    stat = "cache 1\ninactive_file 1\nactive_file 1\ntotal_inactive_file 150\ntotal_active_file 50"
    write(
        group / "memory",
        memory_limit_in_bytes="2000",
        memory_usage_in_bytes="1000",
        memory_stat=stat,
    )
    assert report.container_free() == 1200


def test_a_report_says_how_fast_its_machine_runs_python() -> None:
    assert 0 < report.machine()["million_additions_ms"] < 60_000


def test_where_the_system_does_not_say_how_many_cores_one_may_use_all_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert report.cores() == report.machine()["cores"] == 6
