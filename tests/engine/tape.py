"""Records a step on a CPU the way a card does: its calls, with the very tensors that they were made on.

Whatever is not among them, a number that Python read, a size, a place in memory, stays as it was when it was recorded.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from nanoverse.engine.graphs import Step

ASKING = ("aten::_local_scalar_dense", "aten::nonzero", "aten::lift_fresh")


class Tape(TorchDispatchMode):
    """Calls in the order in which they were made."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, call: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        with self:  # inference mode hands over whole compounds, which hide what they are made of
            out = call.decompose(*args, **(kwargs or {}))
        if out is not NotImplemented:
            return out
        if call.name().split(".")[0] in ASKING:
            raise RuntimeError(f"{call} asks the device for a number, or brings one to it")
        out = call(*args, **(kwargs or {}))
        if call._schema.is_mutable or not _memory(out) & _memory((args, kwargs)):  # a view follows by itself
            self.calls.append((call, args, kwargs or {}, out))
        return out

    def replay(self) -> None:
        for call, args, kwargs, out in self.calls:
            again = call(*args, **kwargs)
            for old, new in zip(tree_leaves(out), tree_leaves(again), strict=True):
                if new is not old:
                    old.copy_(new)


def _memory(tree: Any) -> set[int]:
    leaves = [x for x in tree_leaves(tree) if isinstance(x, torch.Tensor) and x.layout == torch.strided]
    return {x.untyped_storage().data_ptr() for x in leaves}


class Recorder:
    """Counts what it has recorded. Like torch it makes no use of memory whose recordings are all gone."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def __call__(self, step: Step, memory: Any) -> tuple[Step, Any]:
        assert memory is None or len(memory), "use_count > 0"
        tape = Tape()
        with tape:
            step()
        self.recorded += 1

        def replay() -> None:
            self.replayed += 1
            tape.replay()

        memory = WeakSet() if memory is None else memory
        memory.add(tape)
        return replay, memory
