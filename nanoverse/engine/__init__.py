"""Inference: Gemma-3 with a different LoRA adapter for every request. Knows nothing of players or chat."""

from .device import use_cores
from .engine import Engine
from .errors import AdapterError, EngineBusy, ModelError, PromptTooLong
from .hub import Fetched, resolve
from .request import Generation, Request
from .sampler import Sampling
from .stats import Stats

__all__ = [
    "AdapterError",
    "Engine",
    "EngineBusy",
    "Fetched",
    "Generation",
    "ModelError",
    "PromptTooLong",
    "Request",
    "Sampling",
    "Stats",
    "resolve",
    "use_cores",
]
