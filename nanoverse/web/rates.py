"""How often one address may knock."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque

from aiohttp import web

_ADDRESSES = 10_000  # remembered at once


class AddressLimit:
    """A sliding window for each address; an IPv6 household counts as one (its /64)."""

    def __init__(self, times: int, seconds: float) -> None:
        self._times = times
        self._seconds = seconds
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def allows(self, request: web.Request) -> bool:
        return self.allows_address(request.remote or "", time.monotonic())

    def allows_address(self, address: str, now: float) -> bool:
        """Whether another knock is fine; counts as one if it is."""
        knocks = self._seen.setdefault(household(address), deque())
        self._seen.move_to_end(household(address))
        if len(self._seen) > _ADDRESSES:
            self._seen.popitem(last=False)
        while knocks and now - knocks[0] >= self._seconds:
            knocks.popleft()
        if len(knocks) >= self._times:
            return False
        knocks.append(now)
        return True


def household(address: str) -> str:
    """What counts as one address: of IPv6, a /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address
