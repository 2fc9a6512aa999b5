"""Under which addresses a world can be opened."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

# Somewhere out there, kept for documentation (RFC 5737, RFC 3849): nothing is sent to it.
_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}

# Of those who listen on every address: the kinds of address, and what this machine itself opens. `localhost` may be
# an IPv4 address only, by which one that listens on "::" is not found: asyncio and uvloop keep that to IPv6.
_EVERY = {
    "": ((socket.AF_INET, socket.AF_INET6), "localhost"),
    "0.0.0.0": ((socket.AF_INET,), "localhost"),
    "::": ((socket.AF_INET6,), "::1"),
}


def from_here(host: str, port: int) -> str:
    """What programs on this machine open, of a world that listens on `host`, whatever becomes of the network."""
    return _url(_EVERY[host][1] if host in _EVERY else host, port)


def for_everybody(host: str, port: int) -> str:
    """What this machine and, if it lets them, others open: nobody can open "every address"."""
    if host in _EVERY:
        kinds, here = _EVERY[host]
        host = next((found for kind in kinds if (found := _towards(kind))), here)
    return _url(host, port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can open it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _towards(family: socket.AddressFamily) -> str | None:
    """The address from which this machine sends to elsewhere; None without a network.

    A UDP socket that is connected has sent nothing, but has been given the address that it would send from.
    """
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as line:
        line.connect((_ELSEWHERE[family], 9))
        address = str(line.getsockname()[0])
        return None if is_loopback(address) else address
    return None
