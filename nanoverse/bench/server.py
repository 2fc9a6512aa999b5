"""A world in a process of its own, as a user starts one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

RUN = Path(__file__).parents[2] / "run.py"


@contextlib.asynccontextmanager
async def serving(folder: Path, options: Sequence[str]) -> AsyncIterator[tuple[str, int]]:
    """A world in its own process: its address and process id."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(RUN),
        *("--data", str(folder / "data"), "--adapters", str(folder / "adapters"), "--port", "0"),
        *("--away-seconds", "0", "--night", "no", "--log", "info", *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    url, drain = "", None
    try:
        async for line in process.stdout:
            text = line.decode()
            if found := re.search(r"ready at (http://\S+)", text):
                url = found[1]
            elif "agents are awake" in text or "Agents stay silent" in text:
                break
        if not url:
            raise SystemExit("The world did not start.")
        drain = asyncio.create_task(process.stdout.read())
        yield url, process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()
        if drain:
            await drain
