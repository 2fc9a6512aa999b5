"""The collector of cyclic garbage holds the interpreter, and with it the world, for as long as it looks.

How long depends on how many objects there are: through torch and a model a full collection takes 0.1 to 0.5 s, and
there is one every ten seconds or so with many players. What has come to stay need not be looked through again.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def settling() -> Iterator[None]:
    """Nothing is collected within; afterwards all objects that there are count as come to stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
