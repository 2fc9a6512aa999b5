"""`bench client`: a crowd in a real browser; what a frame costs the page in script, and how many it shows a second.

What a real server sends to one who stands in a crowd that walks is recorded first, and then played to the page: server
and crowd would else take the processor that is to be measured. Script is measured in two ways. By the clock: the
page's own frame, and every message and timer since the frame before (see probe.js). By the processor time that the
browser counts for its main thread: script (of all, and in a trace of each frame), style and layout, and everything.
The clock goes on while other threads, those that paint among them, have the processor: on few cores the slowest frames
by the clock are mostly that. No graphics card is used: the rest is mostly painting, which a card would do, and bounds
the frames a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nanoverse import report
from nanoverse.bench.crowd import Recording, record
from nanoverse.bench.replay import replaying

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

VIEW = {"width": 1280, "height": 720}  # CSS pixels
SEED = 2  # a meadow, where nobody gets stuck
_SETTLING = 3.0  # seconds until all pictures are drawn, before the measurement
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_NOT_MEASURED = {
    "frames_per_s_with_gpu": "The page was painted by the processor, which bounds frames_per_s; script is not."
}

_IN_VIEW = """async () => {
    const { camera, figures } = await import('/static/js/index.js');
    const seen = figures.list.filter(({ x, y }) => x > camera.left && x < camera.left + camera.width
        && y > camera.top && y < camera.top + camera.height);
    return [seen.length, seen.filter(({ walking }) => walking).length];
}"""


class NoBrowser(Exception):
    """There is nothing to measure in; the text says what to install."""


def find_browser() -> Path:
    """Chromium, or what NANOVERSE_CHROMIUM names; raises `NoBrowser`."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("NANOVERSE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found or not Path(found).exists():
        raise NoBrowser("No browser found: install Chromium, or set NANOVERSE_CHROMIUM to the path of one.")
    return Path(found)


def _playwright() -> Any:
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise NoBrowser('Playwright drives the browser: pip install -e ".[test]" brings it.') from None
    return async_playwright()


class TooFewFrames(Exception):
    """The page showed too few frames to say anything of them."""


async def watch(recording: Recording, seconds: float) -> tuple[dict[str, float], str]:
    """The figures of one page that is shown a recording, and the browser's version."""
    async with replaying(recording) as url, _playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=_FLAGS)
        context = await browser.new_context(viewport=VIEW)
        page = await context.new_page()
        await page.add_init_script(path=Path(__file__).with_name("probe.js"))
        await page.add_init_script("localStorage.setItem('nanoverse.known', 'true')")
        await page.goto(url)
        await page.wait_for_selector("#hud:not([hidden])")
        await asyncio.sleep(_SETTLING)
        figures = await _measure(page, await context.new_cdp_session(page), seconds)
        version = browser.version
        await browser.close()
        return figures, version


_TRACED = "devtools.timeline"
_SCRIPT = {"FireAnimationFrame", "FunctionCall", "TimerFire", "RunMicrotasks"}
_DRAWN = "PrePaint"  # once a frame, after its script


def script_of_frames(trace: Sequence[dict[str, Any]]) -> list[float]:
    """Milliseconds of processor time that went into script for each frame of which a trace has the beginning: all since
    the frame before. Events are in the Trace Event Format (Chromium's catapult): `ts` and `dur` by the clock, `tdur` by
    the thread's own, in microseconds."""
    threads = Counter((e["pid"], e["tid"]) for e in trace if e["name"] == "FireAnimationFrame")
    if not threads:
        return []
    [(thread, _)] = threads.most_common(1)
    frames, spent, until = list[float](), 0.0, 0.0
    for event in sorted((e for e in trace if (e["pid"], e["tid"]) == thread), key=lambda e: float(e["ts"])):
        if event["name"] == _DRAWN:
            frames.append(spent)
            spent = 0.0
        elif event["name"] in _SCRIPT and "tdur" in event and event["ts"] >= until:  # not within another
            spent += event["tdur"] / 1000
            until = event["ts"] + event["dur"]
    return frames[1:]


async def _measure(page: Page, cdp: CDPSession, seconds: float) -> dict[str, float]:
    browser = page.context.browser
    assert browser
    await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    crowds = [await page.evaluate(_IN_VIEW)]
    await browser.start_tracing(page=page, categories=[_TRACED])
    await page.evaluate("nanoverseProbe.running = true")
    before = await _counted(cdp)
    await asyncio.sleep(seconds)
    after = await _counted(cdp)
    await page.evaluate("nanoverseProbe.running = false")
    frames = script_of_frames(json.loads(await browser.stop_tracing())["traceEvents"])
    crowds.append(await page.evaluate(_IN_VIEW))
    probe = await page.evaluate("({ script: nanoverseProbe.script, at: nanoverseProbe.at })")
    spent = {name: after[name] - before[name] for name in after}
    return {
        **figures_of(probe, frames, spent),
        "bodies_in_view": float(np.mean([crowd[0] for crowd in crowds])),
        "bodies_walking": float(np.mean([crowd[1] for crowd in crowds])),
    }


def figures_of(probe: dict[str, Any], frames: Sequence[float], spent: dict[str, float]) -> dict[str, float]:
    """The figures of what the page itself noted of its frames, of the processor time of each one's script (ms) and of
    what all took (s, see `_counted`). Raises `TooFewFrames`."""
    script, at = np.array(probe["script"]), np.array(probe["at"])
    if len(at) < 2 or not frames:
        raise TooFewFrames("The page showed too few frames to measure them: give it longer, with --seconds.")
    spent = {name: 1000 * seconds / len(at) for name, seconds in spent.items()}
    return {
        "script_ms_p50": float(np.percentile(script, 50)),
        "script_ms_p95": float(np.percentile(script, 95)),
        "script_ms_p99": float(np.percentile(script, 99)),
        "script_cpu_ms": spent["ScriptDuration"],
        "script_cpu_ms_p50": float(np.percentile(frames, 50)),
        "script_cpu_ms_p95": float(np.percentile(frames, 95)),
        "style_layout_cpu_ms": spent["RecalcStyleDuration"] + spent["LayoutDuration"],
        "main_thread_cpu_ms": spent["TaskDuration"],
        "frames_per_s": 1000 * (len(at) - 1) / float(at[-1] - at[0]),
        "frame_gap_ms_p99": float(np.percentile(np.diff(at), 99)),
    }


async def _counted(cdp: CDPSession) -> dict[str, float]:
    """Seconds of processor time of the page's main thread so far, by what they went into."""
    answer: dict[str, Any] = await cdp.send("Performance.getMetrics")
    return {m["name"]: m["value"] for m in answer["metrics"] if m["name"].endswith("Duration")}


async def measure(bodies: int, seconds: float) -> tuple[dict[str, float], str]:
    """Record a crowd of so many bodies, one's own among them, and watch it; figures and the browser's version."""
    find_browser()  # before the work
    _playwright()
    return await watch(await record(bodies - 1, _SETTLING + seconds + 5, SEED), seconds)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="nanoverse bench client", description=__doc__)
    parser.add_argument("--bodies", type=int, default=200, help="bodies in view (default: 200)")
    parser.add_argument("--seconds", type=int, default=10, help="length of the measurement (default: 10)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    given = parser.parse_args(argv)
    if min(given.bodies, given.seconds) < 1:
        parser.error("--bodies and --seconds must be at least 1")
    try:
        figures, browser = asyncio.run(measure(given.bodies, given.seconds))
    except (NoBrowser, TooFewFrames) as missing:
        print(missing, file=sys.stderr)
        return 1
    report.show(figures)
    if given.json:
        settings = {
            "bodies": given.bodies,
            "seconds": given.seconds,
            "browser": f"Chromium {browser}",
            **VIEW,
        }
        report.write(given.json, settings, figures, _NOT_MEASURED)
    return 0
