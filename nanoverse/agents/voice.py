"""The agents' voice: the engine once it is loaded, and until then the plain word that it is not.

Every reply is made by the player's live adapter version, or by the base model where there is none.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nanoverse.agents.manners import called
from nanoverse.chat.errors import ChatError
from nanoverse.chat.text import clean
from nanoverse.config import Settings
from nanoverse.learning.dialogue import REPETITION_PENALTY, Scene, Turn, prompt_ids, prompt_limit
from nanoverse.protocol import MAX_TEXT
from nanoverse.store import adapters
from nanoverse.store.adapters import AdapterVersion
from nanoverse.store.database import Database

if TYPE_CHECKING:
    from nanoverse.engine import Engine, Sampling

log = logging.getLogger(__name__)

LOADING, READY, FAILED = "loading", "ready", "failed"
TRIES = 3  # a draw of a small model can be empty
_COMPLAINT_EVERY = 60.0  # seconds
COPIES = 6  # of a letter or syllable on end are left to a reply: that may be a laugh, more is a model caught in a loop
_LOOP = re.compile(rf"(.{{1,12}}?)\1{{{COPIES},}}")
WAKING = "(still waking up, one moment)"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said, and the adapter version that really said it (0: the base model)."""

    text: str
    version: int


class Voice:
    """Speaks for all agents. `changed` hears of a new state."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._settings = settings
        self._db = db
        self._seeds = random.Random()
        self._complains_at = 0.0
        self._told: set[str] = set()  # what has been said of adapters that cannot be used
        self._refused: set[int] = set()  # versions that the engine did not take when it was last asked
        self.engine: Engine | None = None
        self.state = LOADING
        self.note = ""
        self.changed: Callable[[], None] = lambda: None

    def loading(self, note: str) -> None:
        self._become(LOADING, note)

    def failed(self, reason: str) -> None:
        self._become(FAILED, reason)

    def ready(self, engine: Engine, note: str) -> None:
        self.engine = engine
        self._become(READY, note)

    def _become(self, state: str, note: str) -> None:
        self.state, self.note = state, note
        self.changed()

    def too_busy(self) -> bool:
        """Whether the engine would refuse to answer: better known before a scene is put together for it."""
        if self.engine is None or not self.engine.full:
            return False
        if (now := time.monotonic()) >= self._complains_at:
            self._complains_at = now + _COMPLAINT_EVERY
            log.info("agents stay silent: more of them are asked than the model can answer")
        return True

    async def expect(self, player: int) -> None:
        """Somebody is about to talk to this player's agent: bring its adapter near."""
        live = await self._db.read(lambda c: adapters.live(c, player))
        if self.engine and live:
            self.engine.prefetch(self._settings.adapters / live.folder)

    def speaks_through(self, live: AdapterVersion | None) -> int:
        """The version that speaks where this one is live: 0, the base model, if it is for another base or damaged."""
        base = self.engine.base_id if self.engine else None
        return live.id if live and live.base == base and live.id not in self._refused else 0

    async def speak(self, player: int, scene: Scene, turns: Sequence[Turn], partner: str) -> Reply | None:
        """One line to a partner in a player's voice, or None if nothing came of it (busy, too late, or no words).

        What comes back is text to show and nothing else: no part of it is ever carried out.
        """
        there = {scene.name, *(turn.speaker for turn in turns)} - {partner}
        others = {name.casefold() for name in there}
        for _ in range(TRIES):
            reply = await self._draw(player, scene, turns)
            # A small model falls into calling whose name it has just read.
            if reply is None or (reply.text and called(reply.text) not in others):
                return reply
        log.info("%s's agent stays silent: it found no words for %s", scene.name, partner)
        return None

    async def _draw(self, player: int, scene: Scene, turns: Sequence[Turn]) -> Reply | None:
        """One draw of the model, which may be empty; None if the engine could not answer."""
        if self.engine is None:
            return None
        from nanoverse.engine import EngineBusy, ModelError, Request  # loaded by now; it brings torch with it

        live = await self._db.read(lambda c: adapters.live(c, player))
        limit = prompt_limit(self._settings, self.engine.max_context)
        request = Request(
            prompt=prompt_ids(self.engine.tokenizer, scene, turns, limit),
            adapter=self._settings.adapters / live.folder if live else None,
            player=player,
            sampling=sampling(self._settings, self._seeds.getrandbits(31)),
            deadline_s=self._settings.reply_deadline,
        )
        try:
            generation = self.engine.generate(request)
            async for _ in generation:
                pass
        except (EngineBusy, ModelError) as refusal:
            self._notice_failure(self.engine)
            log.info("%s's agent stays silent: %s", scene.name, refusal)
            return None
        if generation.finish not in ("stop", "length"):
            self._notice_failure(self.engine)
            log.info("%s's agent stays silent: %s", scene.name, generation.error or generation.finish)
            return None
        if generation.adapter_error and generation.adapter_error not in self._told:
            self._told.add(generation.adapter_error)
            log.warning("%s's agent speaks through the base model: %s", scene.name, generation.adapter_error)
        text = tidy(generation.text, scene.name)
        if live is None:
            return Reply(text, 0)
        (self._refused.discard if generation.adapter else self._refused.add)(live.id)
        return Reply(text, self.speaks_through(live))

    def _notice_failure(self, engine: Engine) -> None:
        """If the engine's thread has ended, nobody is answered any more: that is a state, to be seen by all."""
        failure = engine.stats().failure
        if failure is not None and self.state != FAILED:
            log.error("%s Agents stay silent; the world goes on without them.", failure)
            self.failed(failure)


def sampling(settings: Settings, seed: int) -> Sampling:
    """How agents choose their words."""
    from nanoverse.engine import Sampling

    return Sampling(
        temperature=settings.temperature,
        top_p=0.9,
        repetition_penalty=REPETITION_PENALTY,
        max_tokens=settings.reply_tokens,
        seed=seed,
    )


def tidy(text: str, name: str) -> str:
    """A model's words as the chat line that can be said: one line, no name in front, no syllable over and over, not too
    long; '' if nothing is in it. What is drafted must be so already: a player who sends it as it is would seem to have
    changed it."""
    line = _LOOP.sub(lambda loop: loop[1] * COPIES, " ".join(text.split()))
    if line.startswith(f"{name}:"):
        line = line[len(name) + 1 :].lstrip()
    try:
        return clean(line[:MAX_TEXT])
    except ChatError:
        return ""
