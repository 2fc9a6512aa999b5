"""Work that is done in batches, beside an engine that may leave little memory."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import TypeVar

import torch

from nanoverse.engine import out_of_memory

T = TypeVar("T")

_log = logging.getLogger(__name__)


def fewer_at_once(most: int, work: Callable[[int], T]) -> T:
    """What `work(rows at once)` gives with `most`, or with half as many as long as the memory does not suffice.

    Raises what `work` raises, also if the memory does not suffice for one.
    """
    while True:
        try:
            return work(most)
        except Exception as error:
            if most == 1 or not out_of_memory(error):
                raise
        most //= 2  # with the error goes what the failed attempt held
        _log.warning("Not enough memory for %d rows at once; trying %d.", 2 * most, most)
        if torch.cuda.is_available():
            with contextlib.suppress(RuntimeError):  # while the engine records a step, torch refuses
                torch.cuda.empty_cache()
