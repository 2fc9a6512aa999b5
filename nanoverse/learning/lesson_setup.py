"""With what a lesson is given: the same for all that is trained and measured in it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from nanoverse.config import Settings
from nanoverse.learning import adapter
from nanoverse.learning.adapter import AdapterState, interruptible
from nanoverse.learning.rows import Tokens


@dataclass(frozen=True, slots=True)
class Setup:
    """`base` is a frozen Gemma3ForCausalLM, and left as it is. The same `seed` gives the same adapter.

    What works with it raises `Stopped` once `stop` is set.
    """

    base: Any
    tokens: Tokens
    settings: Settings
    stop: threading.Event
    seed: int = 0

    def model(self, state: AdapterState | None) -> Any:
        """The base model to be measured, with an adapter or bare; it stops when it is told to."""
        bare_or_not = adapter.attach(self.base, state) if state else adapter.twin(self.base)
        return interruptible(bare_or_not, self.stop)
