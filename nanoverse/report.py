"""What benchmarks and evaluations write: the machine, the settings, the figures, and what was not measured and why."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

# What a container, by the name of a control group, may use of the machine. Source: the kernel's cgroup-v2.rst and
# cgroup-v1/memory.rst. By version: the limit, what is in use, its parts, and how those names begin that count it all.
CGROUP = Path("/sys/fs/cgroup")
CGROUP_FILES = (
    ("memory.max", "memory.current", "memory.stat", ""),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat", "total_"),
)


def machine() -> dict[str, Any]:
    """The machine in words: processor, cores that this process may use, memory, system, Python, and how fast one core
    runs Python: rented machines of one name differ by more than two."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gb": round(memory_bytes() / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "million_additions_ms": round(_million_additions() * 1e3, 1),
    }


def cores() -> int:
    """How many this process may use; where the system does not say, how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _million_additions() -> float:
    """Seconds for a loop of a million additions, the best of three."""
    best = float("inf")
    for _ in range(3):
        started, total = time.perf_counter(), 0
        for i in range(1_000_000):
            total += i
        best = min(best, time.perf_counter() - started)
    return best


def memory_bytes() -> int:
    """What this process may use of the machine's memory, 0 if nobody can say."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 0
    for limit, *_ in CGROUP_FILES:
        with contextlib.suppress(OSError, ValueError):  # "max" if there is none
            size = min(size, int((CGROUP / limit).read_text()))
    return size


def container_free() -> int | None:
    """Bytes that a container's limit leaves, with its cache of files, which the system gives up on need; None where
    there is no limit."""
    for limit, used, parts, prefix in CGROUP_FILES:
        with contextlib.suppress(OSError, ValueError):
            most, taken = (int((CGROUP / name).read_text()) for name in (limit, used))
            lines = (line.split() for line in (CGROUP / parts).read_text().splitlines())
            files = (f"{prefix}inactive_file", f"{prefix}active_file")
            return max(0, most - taken + sum(int(size) for name, size in lines if name in files))
    return None


def write(
    path: Path, settings: dict[str, Any], figures: dict[str, float], not_measured: dict[str, str]
) -> None:
    content = {
        "machine": machine(),
        "settings": settings,
        "figures": {name: round(value, 4) for name, value in figures.items()},
        "not_measured": not_measured,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def show(figures: dict[str, float]) -> None:
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:,.2f}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )
