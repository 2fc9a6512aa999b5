"""Whoever is logged in shows by their password that it is they who ask, before what cannot be undone."""

from __future__ import annotations

from aiohttp import web

from nanoverse.chat.errors import TooFast
from nanoverse.config import Settings
from nanoverse.store import accounts
from nanoverse.store.database import Database
from nanoverse.web.passwords import PasswordHasher
from nanoverse.web.rates import AddressLimit
from nanoverse.web.security import Refusal


class NotTheirs(Refusal):
    """The password is not, or no longer, the player's."""

    status = 403


class OwnPassword:
    """One for all that asks so: each of its own would be as many more guesses a minute."""

    def __init__(self, db: Database, settings: Settings, hasher: PasswordHasher) -> None:
        self._db = db
        self._hasher = hasher
        self._tries = AddressLimit(settings.login_per_minute, 60)

    async def check(self, request: web.Request, player: int, password: object) -> str:
        """The stored hash that `password` fits; raises `Refusal` or `TooFast`."""
        if not isinstance(password, str):
            raise Refusal("Your password is needed.")
        if not self._tries.allows(request):
            raise TooFast("Too many attempts; wait a minute.")
        stored = await self._db.read(lambda c: accounts.password(c, player))
        fits = await self._hasher.verify(password, stored)
        if stored is None or not fits:
            raise NotTheirs("That is not your password.")
        return stored
