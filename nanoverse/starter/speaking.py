"""The starter as the game serves it, for the evaluation: our engine, the game's prompts and its way to choose words."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nanoverse.agents.mind import limits
from nanoverse.agents.voice import sampling, tidy
from nanoverse.config import Settings
from nanoverse.engine import Engine, Request
from nanoverse.learning import gate
from nanoverse.learning.dialogue import Scene, Turn, prompt_limit
from nanoverse.learning.examples import Example
from nanoverse.learning.rows import Tokens

SLOTS = 32  # replies written at once
_QUEUE = 100_000  # more than an evaluation ever asks at once


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    ended: bool  # by itself, not by the limit


@dataclass
class Speaker:
    """A loaded starter. Replies to the same questions, in the same order, are the same for one `seed`."""

    engine: Engine
    settings: Settings
    seed: int = 0
    _asked: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        limit = prompt_limit(self.settings, self.engine.max_context)
        self.tokens = Tokens(self.engine.tokenizer, limit)
        self.base: Any = self.engine.training_model()

    async def replies(
        self, asked: Sequence[tuple[Scene, Sequence[Turn]]], adapters: Sequence[Path | None] = (None,)
    ) -> list[Reply]:
        """A sampled reply to each of the conversations; the adapters take turns."""
        going = [
            self._reply(scene, turns, adapter)
            for (scene, turns), adapter in zip(asked, itertools.cycle(adapters), strict=False)
        ]
        return await asyncio.gather(*going)

    async def _reply(self, scene: Scene, turns: Sequence[Turn], adapter: Path | None) -> Reply:
        number = next(self._asked)
        request = Request(
            prompt=list(self.tokens.prompt(scene, turns)),
            adapter=adapter,
            player=number,
            sampling=sampling(self.settings, self.seed * _QUEUE + number),
        )
        generation = self.engine.generate(request)
        async for _ in generation:
            pass
        if generation.adapter != adapter or generation.finish not in ("stop", "length"):
            raise RuntimeError(generation.adapter_error or generation.error or "The engine gave no reply.")
        return Reply(tidy(generation.text, scene.name), generation.finish == "stop")

    def nats(self, model: Any, examples: Sequence[Example]) -> float:
        """Nats per token that `model` needs for the replies of `examples`."""
        return gate.score(model, self.tokens.rows(examples)).per_token


@asynccontextmanager
async def speaking(folder: Path, threads: int, seed: int = 0, device: str = "cpu") -> AsyncIterator[Speaker]:
    """The model in `folder`, ready to speak. Raises ModelError if it cannot be used."""
    settings = Settings()
    taken_on = replace(limits(settings), slots=SLOTS, threads=threads, queue_limit=_QUEUE)
    engine = Engine.load(folder, taken_on, device=device)
    engine.start(asyncio.get_running_loop())
    try:
        yield Speaker(engine, settings, seed)
    finally:
        await engine.close()
