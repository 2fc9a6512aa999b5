"""What agents learnt from forgotten words goes in their next lesson; where no night will hold one, it goes by itself.

That is where the nights are switched off, or paused. Switched off, the agents that hold such words are trained anew at
once, one after the other, as if somebody had asked for it. Paused, nothing may be trained: there the versions go, and
an older one that never saw the words speaks, or the base model, until the nights go on.
"""

from __future__ import annotations

import asyncio
import logging

from nanoverse.learning.night import POLL, Night
from nanoverse.learning.registry import Registry
from nanoverse.learning.trainer import Trainer
from nanoverse.store import forgotten

_log = logging.getLogger(__name__)


async def without_nights(
    night: Night, registry: Registry, trainer: Trainer, nights: bool, poll: float = POLL
) -> None:
    """See to it for ever; to be run as a task, and cancelled at the end. `nights`: whether they are held."""
    while True:
        try:
            await see_to_it(night, registry, trainer, nights)
        except Exception:
            _log.exception("What agents learnt from forgotten words could not be removed; it is tried again.")
        await asyncio.sleep(poll)


async def see_to_it(night: Night, registry: Registry, trainer: Trainer, nights: bool) -> None:
    """Look once at who has versions of forgotten words, and have them go unless a night will."""
    if nights and not night.paused:
        return
    remembering = await registry.db.read(forgotten.remembering)
    if night.paused:
        # Not while their lesson runs, see `drop_forgotten`; they are looked at after it.
        for player in remembering - trainer.pupils:
            await registry.drop_forgotten(player)
    elif remembering:
        await night.run(sorted(remembering), may_begin=lambda: not night.paused)
