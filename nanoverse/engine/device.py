"""What an error says about the device that it happened on."""

from __future__ import annotations

import torch


def out_of_memory(error: Exception) -> bool:
    """The device, or the host if that is the device, has no memory left; it can compute on once there is some."""
    words = ("out of memory", "can't allocate memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(
        word in str(error) for word in words
    )


def broken(error: Exception) -> bool:
    """Nothing can be computed there any more: after such an error every call of the CUDA context fails."""
    accelerator_error = getattr(torch, "AcceleratorError", ())  # newer than the oldest torch that is served
    return not out_of_memory(error) and (
        isinstance(error, accelerator_error)
        or (isinstance(error, RuntimeError) and "CUDA error" in str(error))
    )
