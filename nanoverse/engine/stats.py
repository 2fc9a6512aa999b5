"""What the engine is doing, in numbers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

RECENT_S = 10.0


@dataclass(frozen=True, slots=True)
class Stats:
    """A snapshot. Counts run from the start; `tokens_per_s`, `batch` and the times cover the recent past."""

    waiting: int
    running: int
    slots: int  # fewer than at the start for a while after memory has run out
    device: str  # "cpu" also if the engine has left a broken device
    failure: str | None  # why nothing is answered any more, in a sentence
    steps: int
    tokens: int
    prompt_tokens: int
    reused_tokens: int  # prompt tokens that a row still knew
    tokens_per_s: float  # over the last ten seconds
    batch: float  # mean number of requests per step, over the same
    first_word_ms_p50: float
    first_word_ms_p95: float
    adapter_hits: int
    adapter_misses: int
    host_adapters: int
    weights_bytes: int  # with what is kept a second time, laid out for speed
    kv_bytes: int
    adapter_bytes: int
    host_adapter_bytes: int


class Meter:
    """Written by the engine's thread; `steps`, `recent` and `first_word_ms` may be read by any."""

    def __init__(self) -> None:
        self.steps = self.tokens = self.prompt_tokens = self.reused_tokens = 0
        self._recent: deque[tuple[float, int, int]] = deque(
            maxlen=10_000
        )  # (time, tokens, requests) per step
        self._first_words: deque[float] = deque(maxlen=512)  # seconds

    def step(self, now: float, written: int, read: int, requests: int) -> None:
        self.steps += 1
        self.tokens += written
        self.prompt_tokens += read
        self._recent.append((now, written, requests))

    def first_word(self, seconds: float) -> None:
        self._first_words.append(seconds)

    def recent(self, now: float) -> tuple[float, float]:
        """Tokens per second and requests per step of the last ten seconds."""
        steps = [step for step in list(self._recent) if step[0] > now - RECENT_S]
        if not steps:
            return 0.0, 0.0
        return sum(s[1] for s in steps) / RECENT_S, sum(s[2] for s in steps) / len(steps)

    def first_word_ms(self) -> tuple[float, float]:
        """Median and 95th percentile of the time from request to first token, over the last 512 requests."""
        times = sorted(self._first_words)
        if not times:
            return 0.0, 0.0
        return 1e3 * times[len(times) // 2], 1e3 * times[len(times) * 95 // 100]
