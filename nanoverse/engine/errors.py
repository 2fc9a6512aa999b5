"""What can go wrong in the engine, each with one sentence that a user can act on."""

from __future__ import annotations


class ModelError(Exception):
    """The base model cannot be used: missing, broken, not Gemma-3, or the engine is not running."""


class DeviceError(ModelError):
    """The device has too little memory for the base model, or cannot compute it; another may."""


class AdapterError(Exception):
    """One adapter folder cannot be used; the base model answers instead."""


class EngineBusy(Exception):
    """The queue is full: try again later."""
