"""What the engine is doing, in numbers."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

RECENT_S = 10.0
RECENT_REQUESTS = 512


@dataclass(frozen=True, slots=True)
class Stats:
    """A snapshot. Counts run from the start; `tokens_per_s` and `batch` (mean number of requests per step) cover the
    last `RECENT_S` seconds, and the times from request to first token the last `RECENT_REQUESTS` requests."""

    waiting: int
    running: int
    slots: int  # fewer than at the start for a while after memory has run out
    device: str  # "cpu" also if the engine has left a broken device
    failure: str | None  # why nothing is answered any more, in a sentence
    steps: int
    tokens: int
    prompt_tokens: int
    reused_tokens: int  # prompt tokens that a row still knew
    tokens_per_s: float
    batch: float
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
    """Written by the engine's thread; `figures` may be asked for by any."""

    def __init__(self) -> None:
        self.steps = self.tokens = self.prompt_tokens = self.reused_tokens = 0
        self._recent: deque[tuple[float, int, int]] = deque(maxlen=10_000)  # time, tokens, requests per step
        self._first_word_ms: deque[float] = deque(maxlen=RECENT_REQUESTS)

    def step(self, now: float, written: int, read: int, requests: int) -> None:
        self.steps += 1
        self.tokens += written
        self.prompt_tokens += read
        self._recent.append((now, written, requests))

    def first_word(self, seconds: float) -> None:
        self._first_word_ms.append(1e3 * seconds)

    def figures(self, now: float) -> dict[str, Any]:
        """Its part of `Stats`."""
        steps = [step for step in list(self._recent) if step[0] > now - RECENT_S]
        times = sorted(self._first_word_ms) or [0.0]
        return {
            "steps": self.steps,
            "tokens": self.tokens,
            "prompt_tokens": self.prompt_tokens,
            "reused_tokens": self.reused_tokens,
            "tokens_per_s": sum(tokens for _, tokens, _ in steps) / RECENT_S,
            "batch": sum(requests for _, _, requests in steps) / max(1, len(steps)),
            "first_word_ms_p50": times[len(times) // 2],
            "first_word_ms_p95": times[len(times) * 95 // 100],
        }
