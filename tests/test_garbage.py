"""What has come to stay is looked through no more, and all else still is."""

from __future__ import annotations

import gc
import weakref

import pytest

from nanoverse import garbage


class Ring:
    """Refers to itself: only a collection can free it."""

    def __init__(self) -> None:
        self.itself = self


def test_nothing_is_collected_within_and_garbage_made_later_is() -> None:
    try:
        with garbage.settling():
            assert not gc.isenabled()
            kept = Ring()
        assert gc.isenabled() and gc.get_freeze_count()
        assert all(one is not kept for one in gc.get_objects())
        gone = weakref.ref(Ring())
        gc.collect()
        assert gone() is None
    finally:
        gc.unfreeze()


def test_collections_go_on_after_a_failure() -> None:
    try:
        with pytest.raises(ValueError, match="broken"), garbage.settling():
            raise ValueError("broken")
        assert gc.isenabled()
    finally:
        gc.unfreeze()
