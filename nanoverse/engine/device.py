"""What is known of a device: what its errors say, and how it likes to read."""

from __future__ import annotations

import torch
from torch import Tensor

# Less is not worth a call, more would be gone from the caches again before it is used.
WARMED = range(2**18, 2**23)


def warm(x: Tensor) -> None:
    """Reads `x` once, in order, before a CPU jumps from row to row in it: the many small products of attention and of
    adapters then find it in a cache, where memory would keep each of them waiting. Takes 7 % off a step of 32 rows."""
    if x.device.type == "cpu" and x.nbytes in WARMED:
        x.sum()


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
