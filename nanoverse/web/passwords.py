"""Passwords: scrypt with parameters that OWASP lists (N = 2^15, r = 8, p = 3), never on the loop.

Two hashes run at once at most: each takes 32 MiB and a third of a second, and a flood of log-ins must not take the
cores of the world.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os

_N, _R, _P = 2**15, 8, 3
_MEMORY = 64 * 1024 * 1024
MIN_LENGTH, MAX_LENGTH = 8, 200


class PasswordHasher:
    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(2)

    async def hash(self, password: str) -> str:
        """`scrypt$N$r$p$salt$hash`, salt and hash in base64."""
        salt = os.urandom(16)
        digest = await self._scrypt(password, salt, _N, _R, _P)
        return "$".join(("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(digest)))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password is the one hashed in `stored`; takes as long when there is none, so that nobody can
        tell by the time whether a name exists."""
        if stored is None:
            await self._scrypt(password, b"nobody by that name", _N, _R, _P)
            return False
        _, n, r, p, salt, digest = stored.split("$")
        given = await self._scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
        return hmac.compare_digest(given, base64.b64decode(digest))

    async def _scrypt(self, password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
        async with self._turn:
            return await asyncio.to_thread(
                hashlib.scrypt, password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32
            )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
