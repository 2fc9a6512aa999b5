"""What was said before: history, what is unread, search, and what an agent said or learns from."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

from nanoverse.chat import limits
from nanoverse.chat.base import Base, check_channel, check_people
from nanoverse.chat.errors import ChatError
from nanoverse.chat.text import mentions
from nanoverse.protocol import PRIVATE
from nanoverse.store import accounts, drafts, lessons, messages, unread
from nanoverse.store.accounts import Player
from nanoverse.store.drafts import AgentWords
from nanoverse.store.lessons import OwnWord
from nanoverse.store.messages import Message
from nanoverse.store.unread import Unread

PAGE = 50  # messages of history at once
FOUND = 20  # messages of a search at once …
SPAN = 10_000  # … which goes back over so many


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, the oldest first, whether there are older ones, and with whom they were exchanged in private."""

    messages: tuple[Message, ...]
    more: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Messages, the newest first, and before which message to search on (0: nothing older is there)."""

    messages: tuple[Message, ...]
    before: int


@dataclass(frozen=True, slots=True)
class AgentPage:
    """What an agent said, the newest first, and whether there is more before it."""

    words: tuple[AgentWords, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What an agent may learn from, the newest first, and whether there is more before it."""

    words: tuple[OwnWord, ...]
    more: bool


class Reading(Base):
    async def history(self, player: int, channel: int, peer: int, before: int) -> Page:
        """What the player may see of a channel, in private with `peer`, before message `before` (0: the newest)."""
        check_channel(player, channel, peer)
        self._buckets.take(limits.HISTORY, player)

        def read(connection: sqlite3.Connection) -> tuple[list[Message], Player | None]:
            found = messages.history(connection, player, channel, peer, before, PAGE + 1)
            return found, accounts.by_id(connection, peer) if channel == PRIVATE else None

        found, other = await self._database.read(read)
        return Page(tuple(found[-PAGE:]), len(found) > PAGE, other.name if other else "")

    async def mark_read(self, player: int, channel: int, peer: int, message: int) -> None:
        """The player has read a channel, in private the talk with `peer`, up to this message."""
        check_channel(player, channel, peer)
        self._buckets.take(limits.READ, player)
        recipient = peer if channel == PRIVATE else None

        def write(connection: sqlite3.Connection) -> None:
            check_people(connection, player, recipient)
            unread.mark(connection, player, channel, recipient or 0, message)

        await self._database.write(write)

    async def unread(self, player: int) -> list[Unread]:
        """What the player has not read, one entry for each conversation that has any."""

        def read(connection: sqlite3.Connection) -> list[Unread]:
            me = accounts.by_id(connection, player)
            found = unread.counts(connection, player)
            return [_with_mentions(connection, player, me.name, each) for each in found] if me else []

        return await self._database.read(read)

    async def search(self, player: int, words: str, before: int) -> Found:
        """What the player may see that contains these words, the newest first, before message `before` (0: of all)."""
        if not (words := words.strip()):
            raise ChatError("Say what to look for.")
        self._buckets.take(limits.SEARCH, player)
        found, go_on = await self._database.read(
            lambda connection: messages.search(connection, player, words, before, FOUND, SPAN)
        )
        return Found(tuple(found), go_on)

    async def people(self, player: int) -> list[Player]:
        """All who have an account, for this player."""
        self._buckets.take(limits.PEOPLE, player)
        return await self._database.read(accounts.everyone)

    async def agent_words(self, player: int, before: int) -> AgentPage:
        """What the player's agent said before message `before` (0: the newest)."""
        self._buckets.take(limits.HISTORY, player)
        found = await self._database.read(
            lambda connection: drafts.agent_words(connection, player, before, PAGE + 1)
        )
        return AgentPage(tuple(found[:PAGE]), len(found) > PAGE)

    async def own_words(self, player: int, kind: int, before: int) -> OwnPage:
        """What the player's agent may learn from: the lines of a kind (`nanoverse.protocol.OWN_WORDS`) before line
        `before` (0: the newest)."""
        self._buckets.take(limits.HISTORY, player)
        found = await self._database.read(
            lambda connection: lessons.own_page(connection, player, kind, before, PAGE + 1)
        )
        return OwnPage(tuple(found[:PAGE]), len(found) > PAGE)


def _with_mentions(connection: sqlite3.Connection, player: int, name: str, found: Unread) -> Unread:
    if found.channel == PRIVATE:
        return replace(found, mentions=found.count)
    texts = unread.texts(connection, player, found.channel)
    return replace(found, mentions=sum(mentions(text, name) for text in texts))
