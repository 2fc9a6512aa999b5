"""Inference: Gemma-3 with a different LoRA adapter for every request. Knows nothing of players or chat."""

from .device import beside_steps, out_of_memory, use_cores
from .engine import Engine
from .errors import AdapterError, EngineBusy, ModelError
from .opening import Limits
from .request import Generation, Request
from .sampler import Sampling
from .stats import Stats

__all__ = [
    "AdapterError",
    "Engine",
    "EngineBusy",
    "Generation",
    "Limits",
    "ModelError",
    "Request",
    "Sampling",
    "Stats",
    "beside_steps",
    "out_of_memory",
    "use_cores",
]
