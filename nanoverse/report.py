"""What benchmarks and evaluations write: the machine, the settings, the figures, and what was not measured and why."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def machine() -> dict[str, Any]:
    """The machine in words: processor, cores that this process may use, memory, system, Python, and how fast one core
    runs Python: rented machines of one name differ by more than two."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(memory_bytes() / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "million_additions_ms": round(_million_additions() * 1e3, 1),
    }


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
    with contextlib.suppress(OSError, ValueError):  # a container's limit; "max" if there is none
        size = min(size, int(CONTAINER_LIMIT.read_text()))
    return size


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
