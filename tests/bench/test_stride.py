"""A walker falls in with the ticks of the server, whatever the line is like. The browser's half: stride.test.mjs."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse.bench.stride import TICK_MS, Stride
from nanoverse.web.steps import Steps
from nanoverse.world.constants import STEP_LEAD, STEP_SHIFT, STEP_SLACK
from nanoverse.world.inputs import Move

Delay = Callable[[], float]  # ms on the line


@dataclass
class Walk:
    """When (ms) each step was made, when it was answered and with what wait, and which ticks passed without one."""

    made: list[float] = field(default_factory=list)
    waited: list[tuple[float, int]] = field(default_factory=list)
    missed: list[float] = field(default_factory=list)


def walk(begins: float, seconds: float, delay: Delay, stride: Stride | None = None, waiting: int = 0) -> Walk:
    """A walk over a line with this delay each way, to a server that ticks at every multiple of TICK_MS, and where so
    many steps wait already."""
    stride = stride or Stride()
    stride.begin(begins)
    walk, steps = Walk(), Steps()
    refs = itertools.count(int(begins * 1e3) + 1)
    for _ in range(waiting):
        steps.put(Move(0, 1, 0), begins / 1000)
    coming: list[tuple[float, Move]] = []  # steps on the way
    answers: list[tuple[float, int, int]] = []
    latest = 0.0
    tick = TICK_MS * (begins // TICK_MS + 1)
    while tick < begins + 1000 * seconds:
        while stride.next_at < tick:
            now, ref = stride.next_at, next(refs)
            while answers and answers[0][0] <= now:
                stride.heard(*answers.pop(0)[1:])
            latest = max(latest, now + delay())  # a line keeps the order
            coming.append((latest, Move(ref, 1, 0)))
            walk.made.append(now)
            stride.made(ref)
        while coming and coming[0][0] <= tick:
            at, step = coming.pop(0)
            steps.put(step, at / 1000)
        if taken := steps.take(tick / 1000):
            waited = round(steps.waited * 1000)
            answers.append((tick + delay(), taken[-1].ref, waited))
            walk.waited.append((tick, waited))
        else:
            walk.missed.append(tick)
        tick += TICK_MS
    return walk


@given(begins=st.floats(0, 1000), delay=st.floats(0, 200))
def test_on_a_steady_line_every_step_soon_comes_a_moment_before_its_tick(begins: float, delay: float) -> None:
    walked = walk(begins, 5, lambda: delay)
    settled = [waited for at, waited in walked.waited if at > begins + 3000]
    assert len(settled) >= 38
    assert all(STEP_LEAD - STEP_SLACK - 1 <= waited <= STEP_LEAD + STEP_SLACK + 1 for waited in settled)


@given(begins=st.floats(0, 1000), delay=st.floats(0, 200))
def test_nobody_sees_the_walk_drift(begins: float, delay: float) -> None:
    made = walk(begins, 5, lambda: delay).made
    assert all(abs(b - a - TICK_MS) <= STEP_SHIFT + 1e-6 for a, b in itertools.pairwise(made))


@given(begins=st.floats(0, 1000), pause=st.floats(100, 3000))
def test_the_next_walk_falls_in_with_the_beat_of_the_last_without_listening_anew(
    begins: float, pause: float
) -> None:
    stride = Stride()
    before = walk(begins, 5, lambda: 30, stride)
    again = walk(before.made[-1] + pause, 2, lambda: 30, stride)
    soon = again.waited[int((TICK_MS - STEP_LEAD) / STEP_SHIFT) + 2 :]  # it is put off by that much at most
    assert all(waited <= STEP_LEAD + STEP_SLACK + 1 for _, waited in soon)
    assert len(again.made) <= 2000 / TICK_MS + 2, "a pause is not made up for"


def missed(delay: Delay, dice: random.Random) -> float:
    """The share of ticks that pass without a step, once the walk has settled."""
    passed = total = 0
    for _ in range(20):
        walked = walk(dice.uniform(0, 1000), 30, delay)
        passed += sum(at > walked.made[0] + 3000 for at in walked.missed)
        total += sum(at > walked.made[0] + 3000 for at, _ in walked.waited)
    return passed / total


@pytest.mark.parametrize("jitter", (0, 10, 20, 30))
def test_a_line_that_jitters_makes_few_steps_miss_their_ticks(jitter: float) -> None:
    dice = random.Random(jitter)
    assert missed(lambda: 20 + dice.uniform(0, jitter), dice) < 0.02


@pytest.mark.parametrize("spike", (30, 80))
def test_a_line_that_falters_now_and_then_does_not_drive_the_walk_through_the_ticks(spike: float) -> None:
    dice = random.Random(spike)
    falters = 0.05
    assert missed(lambda: 20 + spike * (dice.random() < falters), dice) < 2 * falters


def test_steps_that_wait_at_the_server_are_waited_for() -> None:
    """Three came at once, though no tick was without one: nobody could make up for them but by walking later."""
    walked = walk(0, 6, lambda: 20, waiting=3)
    assert max(waited for _, waited in walked.waited[:10]) >= 3 * TICK_MS
    assert walked.waited[-1][1] <= STEP_LEAD + STEP_SLACK + 1
