"""What waits for a client: gathered into frames, merged when it falls behind, and never without bound."""

from __future__ import annotations

import asyncio

import pytest
from wire import Told, read

from nanoverse import protocol
from nanoverse.web.outbox import LIMIT, Outbox
from nanoverse.web.walks import Move


def moves(tick: int, *of: Move) -> tuple[int, bytes, tuple[Move, ...]]:
    return tick, protocol.encode("moves", tick, of), of


def fall_behind(outbox: Outbox) -> int:
    """Queue so much that from now on moves are merged; returns how many messages that took."""
    filler = protocol.encode("refused", 1, "x" * 500)
    count = LIMIT // 8 // len(filler) + 1
    for _ in range(count):
        outbox.put(filler)
    return count


async def taken(outbox: Outbox) -> list[Told]:
    return read(await outbox.take())


async def test_all_that_waits_goes_into_one_frame_in_its_order() -> None:
    outbox = Outbox()
    outbox.put(protocol.encode("gone", 1))
    outbox.put_moves(*moves(5, (2, 10, 20, 0, 0, 0)))
    outbox.put(protocol.encode("gone", 3))
    assert [name for name, _ in await taken(outbox)] == ["gone", "moves", "gone"]


async def test_taking_waits_until_there_is_something() -> None:
    outbox = Outbox()
    waiting = asyncio.create_task(taken(outbox))
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.put(protocol.encode("gone", 1))
    assert await waiting == [("gone", {"id": 1})]


async def test_a_client_that_keeps_up_gets_every_move() -> None:
    outbox = Outbox()
    for tick in (1, 2):
        outbox.put_moves(*moves(tick, (7, tick, tick, 0, 0, 0)))
    assert [fields["tick"] for _, fields in await taken(outbox)] == [1, 2]


async def test_a_client_that_falls_behind_gets_only_the_newest_place_of_each_body() -> None:
    outbox = Outbox()
    behind = fall_behind(outbox)
    for tick in range(100):
        outbox.put_moves(*moves(tick, (7, tick, 0, 1, 0, 0), (8, -tick, 0, 2, 0, 0)))
    assert (await taken(outbox))[behind:] == [
        ("moves", {"tick": 99, "moves": [[7, 99, 0, 1, 0, 0], [8, -99, 0, 2, 0, 0]]})
    ]


async def test_a_walk_told_before_others_is_told_with_theirs_from_where_it_has_come_since() -> None:
    outbox = Outbox()
    behind = fall_behind(outbox)
    outbox.put_moves(*moves(10, (7, 1000, 0, 3, 58, 0)))
    outbox.put_moves(*moves(13, (8, 500, 500, 0, 0, -58)))
    assert (await taken(outbox))[behind:] == [
        ("moves", {"tick": 13, "moves": [[7, 1174, 0, 3, 58, 0], [8, 500, 500, 0, 0, -58]]})
    ]


async def test_once_it_has_caught_up_moves_are_sent_one_by_one_again() -> None:
    outbox = Outbox()
    fall_behind(outbox)
    outbox.put_moves(*moves(1, (7, 1, 1, 0, 0, 0)))
    await outbox.take()
    for tick in (2, 3):
        outbox.put_moves(*moves(tick, (7, tick, tick, 0, 0, 0)))
    assert [fields["tick"] for _, fields in await taken(outbox)] == [2, 3]


async def test_a_merged_move_never_comes_after_newer_news_of_its_body() -> None:
    """Else a body that crossed into another chunk, and stands there, would seem to stand where it came from."""
    outbox = Outbox()
    fall_behind(outbox)
    outbox.put_moves(*moves(1, (7, 100, 0, 0, 0, 0)))
    outbox.put(protocol.encode("bodies", [(7, "Mira", 0, 9000, 0, 3, 1, 0)]))
    names = [name for name, _ in await taken(outbox)]
    assert names[-2:] == ["moves", "bodies"]


async def test_merged_moves_leave_nothing_behind_to_be_sent() -> None:
    outbox = Outbox()
    fall_behind(outbox)
    outbox.put_moves(*moves(1, (7, 100, 0, 0, 0, 0)))
    await outbox.take()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(outbox.take(), 0.01)


async def test_merged_moves_do_not_grow_with_time() -> None:
    outbox = Outbox()
    fall_behind(outbox)
    for tick in range(20_000):
        outbox.put_moves(*moves(tick, (7, tick, 0, 0, 0, 0)))
    assert not outbox.overflow.is_set()


@pytest.mark.parametrize("size, overflows", [(LIMIT, False), (LIMIT + 1, True)])
async def test_more_than_the_limit_is_an_overflow(size: int, overflows: bool) -> None:
    outbox = Outbox()
    outbox.put(bytes(size - 1))
    outbox.put(b"x")
    assert outbox.overflow.is_set() is overflows


async def test_what_was_sent_does_not_count_any_more() -> None:
    outbox = Outbox()
    for _ in range(3):
        outbox.put(bytes(LIMIT))
        await outbox.take()
    assert not outbox.overflow.is_set()
