"""What a request must show before it is looked at, and what every answer forbids the browser to do."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from nanoverse.chat.errors import ChatError, TooFast
from nanoverse.config import Settings
from nanoverse.store.errors import StoreError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEADER = "X-NanoVerse"  # a page of another origin cannot set it without asking first, and is never allowed to

PROTECTION = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def allowed_names(settings: Settings) -> frozenset[str]:
    """The host names under which this world may be opened; addresses in numbers always may."""
    own = socket.gethostname().lower()
    named = (name.strip().lower() for name in settings.allowed_hosts.split(","))
    return frozenset({"localhost", own, f"{own}.local", settings.host.lower(), *filter(None, named)})


def host_name(host: str) -> str:
    """`Host` without its port, and without the brackets of IPv6."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def host_allowed(host: str, names: frozenset[str]) -> bool:
    """Against DNS rebinding: a foreign name that points here could otherwise read the world with our cookies."""
    name = host_name(host)
    if name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def origin_allowed(request: web.Request) -> bool:
    """The page that asks must be ours, port included; programs that are no browsers send no Origin.

    Under https too: a proxy that adds TLS speaks plain HTTP with us.
    """
    origin = request.headers.get("Origin")
    return origin is None or origin in (f"http://{request.host}", f"https://{request.host}")


class Refusal(ChatError):
    """What was asked for cannot be done; the text is one sentence for who asked."""

    status = 400


def problem(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)


def middleware(settings: Settings) -> Any:
    names = allowed_names(settings)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Not `request.host`: where there is none, that looks up this machine's name and holds the world for so long.
        if not host_allowed(request.headers.get("Host", ""), names):
            return problem(
                421, "This world is not known by that name; the server's --allowed-hosts can add it."
            )
        if not origin_allowed(request):
            return problem(403, "That request came from another site's page.")
        if request.method == "POST" and request.headers.get(HEADER) != "1":
            return problem(403, f"A request that changes something needs the header {HEADER}: 1.")
        try:
            response = await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            response = problem(error.status, _SENTENCES.get(error.status, error.reason))
        except StoreError as error:
            response = problem(503, str(error))
        except TooFast as refusal:
            response = problem(429, str(refusal))
        except ChatError as refusal:
            response = problem(refusal.status if isinstance(refusal, Refusal) else 400, str(refusal))
        if not response.prepared:
            response.headers.update(PROTECTION)
        return response

    return guard


_SENTENCES = {
    404: "There is nothing here.",
    405: "That cannot be done here.",
    413: "That is too large.",
}
