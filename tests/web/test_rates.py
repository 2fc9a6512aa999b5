"""How often an address may knock, and how passwords are kept."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from nanoverse.web import rates
from nanoverse.web.passwords import PasswordHasher
from nanoverse.web.rates import AddressLimit


def test_an_address_may_knock_so_often_within_a_sliding_window() -> None:
    limit = AddressLimit(2, 60)
    assert [limit.allows_address("10.0.0.1", now) for now in (0, 59, 59.5, 60, 60.5, 119)] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]


def test_addresses_do_not_share_a_limit_but_a_household_does() -> None:
    limit = AddressLimit(1, 60)
    assert limit.allows_address("10.0.0.1", 0) and limit.allows_address("10.0.0.2", 0)
    assert limit.allows_address("2001:db8::1", 0) and not limit.allows_address("2001:db8::2", 0)
    assert limit.allows_address("2001:db8:0:1::1", 0)


def test_no_more_addresses_are_remembered_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_ADDRESSES", 3)
    limit = AddressLimit(1, 60)
    for number in range(10):
        limit.allows_address(f"10.0.0.{number}", 0)
    assert len(limit._seen) == 3
    assert not limit.allows_address("10.0.0.9", 0)  # the newest are


async def test_a_password_is_known_again_and_no_other_is() -> None:
    hasher = PasswordHasher()
    stored, again = await asyncio.gather(hasher.hash("pässwort ☃"), hasher.hash("pässwort ☃"))
    assert stored.startswith("scrypt$32768$8$3$") and "pässwort" not in stored
    assert stored != again  # each has its own salt
    right, wrong = await asyncio.gather(
        hasher.verify("pässwort ☃", stored), hasher.verify("passwort ☃", stored)
    )
    assert right and not wrong


async def test_a_name_that_does_not_exist_costs_as_much_as_a_wrong_password() -> None:
    started = time.process_time()
    assert not await PasswordHasher().verify("long enough", None)
    assert time.process_time() - started > 0.05  # a hash was made; without one it takes microseconds


async def test_hashing_does_not_hold_the_loop_and_only_two_run_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def scrypt(*_: Any, **__: Any) -> bytes:
        begun.release()
        assert go_on.acquire(timeout=60)
        return b"a digest"

    monkeypatch.setattr("hashlib.scrypt", scrypt)
    hasher = PasswordHasher()
    hashes = asyncio.gather(*(hasher.hash("long enough") for _ in range(3)))
    for _ in range(2):
        await asyncio.sleep(0)  # would not return if the loop waited for a hash
        assert await asyncio.to_thread(begun.acquire, timeout=60)
    assert not await asyncio.to_thread(begun.acquire, timeout=0.1), "the third waits"
    go_on.release()
    assert await asyncio.to_thread(begun.acquire, timeout=60)
    go_on.release(2)
    await hashes
