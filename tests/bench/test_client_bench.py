"""`bench client` on a small crowd: that the figures are there and mean what they say, not how large they are."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgpack
import pytest

from nanoverse import protocol
from nanoverse.bench import client, crowd
from nanoverse.world.constants import TICK_HZ

KIND = {message.name: message.kind for message in protocol.SERVER}


def run(*options: object) -> int:
    return client.main([str(option) for option in options])


def messages(frame: bytes) -> list[list[Any]]:
    unpacker = msgpack.Unpacker()
    unpacker.feed(frame)
    return list(unpacker)


@pytest.fixture
def chromium() -> Path:
    try:
        return client.find_browser()
    except client.NoBrowser as missing:
        pytest.skip(str(missing))


@pytest.mark.usefixtures("chromium")
def test_a_browser_shows_the_crowd_and_is_measured(tmp_path: Path) -> None:
    assert run("--bodies", 5, "--seconds", 3, "--json", tmp_path / "client.json") == 0
    written = json.loads((tmp_path / "client.json").read_text())
    assert written["settings"]["bodies"] == 5 and written["settings"]["browser"].startswith("Chromium ")
    assert "frames_per_s_with_gpu" in written["not_measured"]
    figures = written["figures"]
    assert figures["bodies_in_view"] == 5
    assert 0 < figures["bodies_walking"] <= 4, "one's own body stands"
    assert 0 < figures["script_ms_p50"] <= figures["script_ms_p95"] <= figures["script_ms_p99"]
    assert 0 < figures["script_cpu_ms_p50"] <= figures["script_cpu_ms_p95"]
    assert 0 < figures["script_cpu_ms"] < figures["main_thread_cpu_ms"]
    assert 0 < figures["frames_per_s"] <= 61


async def test_a_frame_counts_once_with_all_that_was_done_for_it(chromium: Path) -> None:
    async with client._playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=client._FLAGS)
        page = await browser.new_page()
        await page.add_init_script(path=Path(client.__file__).with_name("probe.js"))
        await page.goto("about:blank")
        script, at = await page.evaluate("""async () => {
            const work = (ms) => { for (const end = performance.now() + ms; performance.now() < end;); };
            const frame = () => new Promise((done) => requestAnimationFrame(() => { work(5); done(); }));
            await frame();
            nanoverseProbe.running = true;
            for (let i = 0; i < 5; i++) {
                setTimeout(() => work(5));
                await new Promise((done) => setTimeout(done, 20));
                await Promise.all([frame(), frame()]);
            }
            return [nanoverseProbe.script, nanoverseProbe.at];
        }""")
        await browser.close()
    assert len(script) == len(at) == len(set(at)) == 5
    assert all(milliseconds > 14.5 for milliseconds in script), "a timer and two callbacks"


def test_a_frame_of_a_trace_has_the_script_since_the_frame_before_and_nothing_twice() -> None:
    def event(name: str, ts: int, dur: int = 0, tdur: int = 0, tid: int = 1) -> dict[str, Any]:
        return {"name": name, "ts": ts, "dur": dur, "tdur": tdur, "pid": 1, "tid": tid}

    trace = [
        event("FireAnimationFrame", 1000, 3000, 2000),
        event("PrePaint", 5000),  # of this frame the beginning is not there
        event("FunctionCall", 6000, 1000, 500),  # a message
        event("FunctionCall", 6000, 9000, 9000, tid=2),  # in a worker
        event("FunctionCall", 8100, 2000, 1500),  # within the next, and written before it
        event("FireAnimationFrame", 8000, 4000, 3000),
        event("FireAnimationFrame", 12000, 1000, 250),
        event("Paint", 13500, 100, 100),
        event("PrePaint", 14000),
        event("PrePaint", 15000),
        event("FunctionCall", 16000, 1000, 500),  # of a frame that is not drawn any more
    ]
    assert client.script_of_frames(trace) == [3.75, 0]
    assert client.script_of_frames([event("Paint", 1)]) == []


@pytest.mark.parametrize(("noted", "traced"), [(0, 5), (1, 5), (5, 0)])
def test_too_few_frames_are_told_and_not_measured(
    noted: int, traced: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def slow(*_: object) -> tuple[dict[str, float], str]:
        return client.figures_of({"script": [1.0] * noted, "at": [*range(noted)]}, [1.0] * traced, {}), ""

    monkeypatch.setattr(client, "measure", slow)
    assert run("--bodies", 5) == 1
    assert "too few frames" in capsys.readouterr().err


async def test_a_recording_is_what_the_server_sent_at_the_rhythm_of_its_ticks() -> None:
    recording = await crowd.record(3, 3, client.SEED)
    times = [at for at, _ in recording.frames]
    assert times[0] == 0 and times[-1] > 3
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert all(at == round(at * TICK_HZ) / TICK_HZ for at in times)
    told = [message for _, frame in recording.frames for message in messages(frame)]
    kind, _, _, you, *_ = told[0]
    assert (kind, you) == (KIND["welcome"], recording.you)
    walked = {id for kind, *values in told if kind == KIND["moves"] for id, *_ in values[1]}
    assert len(walked) == 3 and recording.you not in walked


@pytest.mark.parametrize(
    ("way", "out"), [((1, 0), True), ((-1, 0), False), ((0, 1), False), ((1, 1), True), ((-1, -1), False)]
)
def test_who_has_gone_too_far_east_goes_on_in_any_way_but_that(way: tuple[int, int], out: bool) -> None:
    assert crowd._leads_out((100 * 256, 7), (0, 0), way) is out


def test_without_a_browser_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("NANOVERSE_CHROMIUM", str(tmp_path / "nowhere"))
    assert run("--bodies", 2) == 1
    assert "install Chromium" in capsys.readouterr().err


def test_without_playwright_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("NANOVERSE_CHROMIUM", sys.executable)  # some browser
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    assert run("--bodies", 2) == 1
    assert "Playwright" in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--bodies", 0), ("--seconds", 0)])
def test_what_cannot_be_measured_is_refused(options: tuple[str, int]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(*options)
