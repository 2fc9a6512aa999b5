"""What waits is counted for as long as it waits, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from nanoverse.engine import EngineBusy, Generation, ModelError, Request
from nanoverse.engine.inbox import Inbox, Job
from nanoverse.engine.sampler import Draw
from nanoverse.engine.scheduler import Sequence
from nanoverse.engine.text import TextStream

FOLDER = Path("adapter")


def job(player: int, held: Path | None = None) -> Job:
    request = Request([1], held, player)
    sequence = Sequence(player, [1], held)
    generation = Generation(request, lambda _: None)
    stream = TextStream(None, ())  # type: ignore[arg-type]  # nothing is written here
    draw = Draw(request.sampling, [1])
    return Job(generation, sequence, draw, stream, limit=1, asked_at=0.0, held=held)


def test_a_request_whose_adapter_cannot_be_held_was_never_here() -> None:
    def hold(_: Path) -> None:
        raise RuntimeError("can't start new thread")

    inbox = Inbox(2, hold)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="new thread"):
            inbox.submit(job(1, FOLDER))
    assert inbox.waiting == 0 and not inbox.full
    assert inbox.take(busy=True, patience=None).asked == []
    inbox.submit(job(1))
    assert inbox.waiting == 1


def test_nothing_is_kept_of_a_player_who_has_been_served() -> None:
    inbox = Inbox(4, lambda _: None)
    for player in (1, 1, 2):
        inbox.submit(job(player))
    with pytest.raises(EngineBusy, match="This player has 2"):
        inbox.submit(job(1))
    inbox.served([1, 2])
    assert dict(inbox._waiting) == {1: 1}
    inbox.served([1])
    assert not inbox._waiting


def test_a_queue_that_takes_nothing_more_is_not_busy_but_closed() -> None:
    """Who is told "busy" tries again, and would for ever."""
    inbox = Inbox(1, lambda _: None)
    inbox.submit(job(1))
    assert inbox.full
    inbox.close("The engine is closed.")
    assert not inbox.full
    with pytest.raises(ModelError, match="closed"):
        inbox.submit(job(1))
