"""How strongly a player's adapter changes the base: as trained, or less.

Six passes over regular words teach them; over the words of somebody who never says the same thing twice they also teach
what was said by chance, and the adapter as trained is worse than half of it (docs/starter.md, "What limits it"). So
its change of the base is multiplied by whichever of `STRENGTHS` guesses the held-out words best.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from nanoverse.learning import adapter, gate
from nanoverse.learning.adapter import AdapterState, interruptible
from nanoverse.learning.rows import Row
from nanoverse.learning.sft import Progress

STRENGTHS = (1.0, 0.75, 0.5, 0.25)  # of two that are equally good the first


def scaled(state: AdapterState, strength: float) -> AdapterState:
    """The adapter with its change of the base multiplied by `strength`."""
    tensors = {
        name: tensor * strength if ".lora_B." in name else tensor for name, tensor in state.tensors.items()
    }
    return AdapterState(state.config, tensors)


def fitting(
    base: Any, state: AdapterState, held_out: Sequence[Row], stop: threading.Event, progress: Progress
) -> float:
    """The strength at which the adapter guesses these words best; raises `Stopped` once `stop` is set."""
    if not held_out:
        return STRENGTHS[0]

    def nats(strength: float) -> float:
        progress(STRENGTHS.index(strength), len(STRENGTHS))
        model = interruptible(adapter.attach(base, scaled(state, strength)), stop)
        return gate.score(model, held_out).per_token

    return min(STRENGTHS, key=nats)
