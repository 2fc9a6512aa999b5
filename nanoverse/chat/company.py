"""Whom a player wants to hear, whom not, who their friends are, and who is reported to the admin."""

from __future__ import annotations

import sqlite3

from nanoverse.chat import friendship, limits, moderation
from nanoverse.chat.base import Base, check_channel, check_people
from nanoverse.chat.text import clean
from nanoverse.protocol import PRIVATE
from nanoverse.store import consents, forgetting, friends, shuns
from nanoverse.store.friends import Friend
from nanoverse.store.shuns import Shun


class Company(Base):
    async def shunned(self, player: int) -> list[Shun]:
        """Whom the player has muted or blocked."""
        return await self._database.read(lambda connection: shuns.of(connection, player))

    async def shun(self, player: int, peer: int, level: int) -> list[Shun]:
        """Mute (1), block (2) or hear (0) somebody; returns whom the player has muted or blocked now."""
        self._buckets.take(limits.SHUN, player)
        now = self._now()
        return await self._database.write(
            lambda connection: moderation.shun(connection, player, peer, level, now)
        )

    async def friends(self, player: int) -> list[Friend]:
        """A player's friends, those asked, and those who ask."""
        return await self._database.read(lambda connection: friends.of(connection, player))

    async def befriend(self, player: int, peer: int, wanted: bool) -> None:
        """Ask somebody or say yes to them; not `wanted`: say no, take the asking back, or part."""
        self._buckets.take(limits.FRIENDS, player)
        now = self._now()
        await self._database.write(
            lambda connection: friendship.befriend(connection, player, peer, wanted, now)
        )

    async def on_speaking_terms(self, one: int, other: int) -> bool:
        """Whether neither of the two has muted or blocked the other."""
        return not await self._database.read(lambda connection: shuns.any_between(connection, one, other))

    async def report(self, player: int, peer: int, message: int, reason: str) -> None:
        """Tell the admin of a message, or (0) of a player in general."""
        reason = clean(reason)
        self._buckets.take(limits.REPORT, player)
        now = self._now()
        await self._database.write(
            lambda connection: moderation.report(connection, player, peer, message, reason, now)
        )

    async def report_scroll(self, player: int, scroll: int, reason: str) -> None:
        """Tell the admin of a scroll that the player has found."""
        reason = clean(reason)
        self._buckets.take(limits.REPORT, player)
        now = self._now()
        await self._database.write(lambda c: moderation.report_scroll(c, player, scroll, reason, now))

    async def consent(self, player: int, peer: int, allowed: bool) -> bool:
        """Allow, or no longer allow, training on private talk with `peer`; it takes both sides.

        Returns whether both allow it now.

        What agents learnt from it while both allowed it goes in their next lessons.
        """
        check_channel(player, PRIVATE, peer)
        self._buckets.take(limits.CONSENT, player)
        now = self._now()

        def write(connection: sqlite3.Connection) -> bool:
            check_people(connection, player, peer)
            if allowed:
                consents.put(connection, player, peer, True, now)
            else:
                forgetting.consent(connection, player, peer)
            return consents.mutual(connection, player, peer)

        return await self._database.write(write)
