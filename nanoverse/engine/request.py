"""A question to the engine and its answer as it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .sampler import Sampling

Finish = Literal["stop", "length", "cancelled", "deadline", "error"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: `prompt` in tokens, the adapter's folder or None for the base model, and whose turn it is.

    `player` is what the engine is fair between. `deadline_s` counts from the call of `generate`.
    """

    prompt: list[int]
    adapter: Path | None = None
    player: int = 0
    sampling: Sampling = field(default_factory=Sampling)
    deadline_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended. `error` is a sentence if `finish` is "error"."""

    finish: Finish
    tokens: list[int]
    logprobs: list[float] = field(default_factory=list)
    adapter: Path | None = None
    adapter_error: str | None = None
    error: str | None = None


class Generation:
    """One answer: `async for piece in generation`. Belongs to the engine's event loop.

    A reader that is slow gets several pieces as one. After the end: `text`, `tokens` (without the one that ended it),
    `logprobs` (one per token if `Sampling.logprobs`, else empty), `finish`; `adapter`, the folder that wrote it, or
    None if the base model did, with the reason in `adapter_error` if an adapter was asked for; `error` if `finish`
    is "error".
    """

    def __init__(self, request: Request, cancel: Callable[[Generation], None]) -> None:
        self.request = request
        self.text = ""
        self.tokens: list[int] = []
        self.logprobs: list[float] = []
        self.finish: Finish | None = None
        self.adapter: Path | None = None
        self.adapter_error: str | None = None
        self.error: str | None = None
        self._cancel = cancel
        self._unread = ""
        self._news = asyncio.Event()

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        try:
            while not self._unread and self.finish is None:
                self._news.clear()
                await self._news.wait()
        except asyncio.CancelledError:
            self.cancel()
            raise
        piece, self._unread = self._unread, ""
        if not piece:
            raise StopAsyncIteration
        return piece

    def cancel(self) -> None:
        """Stops the writing; the slot is free before the next step. Does nothing if the answer is complete."""
        if self.finish is None:
            self._cancel(self)

    def receive(self, piece: str, ending: Ending | None) -> None:
        """For the engine: more text, and the end if this was it."""
        self._unread += piece
        self.text += piece
        if ending is not None:
            self.finish, self.tokens, self.error = ending.finish, ending.tokens, ending.error
            self.logprobs = ending.logprobs
            self.adapter, self.adapter_error = ending.adapter, ending.adapter_error
        self._news.set()
