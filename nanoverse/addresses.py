"""Under which addresses a world can be opened."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

# Somewhere out there, kept for documentation (RFC 5737, RFC 3849): nothing is sent to it.
_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


def from_here(host: str, port: int) -> str:
    """What programs on this machine open, of a world that listens on `host`, whatever becomes of the network."""
    return _url("localhost" if _is_every(host) else host, port)


def for_everybody(host: str, port: int) -> str:
    """What this machine and, if it lets them, others open: nobody can open "every address"."""
    if _is_every(host):
        host = next((found for family in _ELSEWHERE if (found := _towards(family))), "localhost")
    return _url(host, port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can open it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _is_every(host: str) -> bool:
    return host in ("", "0.0.0.0", "::")


def _towards(family: socket.AddressFamily) -> str | None:
    """The address from which this machine sends to elsewhere; None without a network.

    A UDP socket that is connected has sent nothing, but has been given the address that it would send from.
    """
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as line:
        line.connect((_ELSEWHERE[family], 9))
        address = str(line.getsockname()[0])
        return None if is_loopback(address) else address
    return None
