"""A request as the engine's thread knows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .request import Ending, Finish, Generation
from .sampler import Draw
from .scheduler import Sequence
from .text import TextStream


@dataclass(slots=True, eq=False)
class Job:
    """One request: what it asks, how far it is, and where its words go."""

    generation: Generation
    sequence: Sequence
    draw: Draw
    stream: TextStream
    limit: int  # tokens it may write
    asked_at: float
    held: Path | None  # its adapter, while it waits and so holds a place in the host cache
    adapter_error: str | None = None

    @property
    def written(self) -> int:
        return len(self.sequence.tokens) - self.sequence.prompt

    def ending(self, finish: Finish, error: str | None) -> Ending:
        adapter = self.sequence.adapter if isinstance(self.sequence.adapter, Path) else None
        tokens = self.sequence.tokens[self.sequence.prompt :]
        logprobs = self.draw.logprobs[: len(tokens)]  # without the one of the token that ended it
        return Ending(finish, tokens, logprobs, adapter, self.adapter_error, error)
