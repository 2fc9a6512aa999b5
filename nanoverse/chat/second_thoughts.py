"""Second thoughts: other answers of agents, corrections, taking back, and forgetting."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection

from nanoverse.chat import answers, forgetting, limits
from nanoverse.chat.base import Base, audience
from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import Event, Forgotten, TakenBack
from nanoverse.chat.text import clean
from nanoverse.store.forgetting import Looked, look


class SecondThoughts(Base):
    async def check_another(self, player: int, message: int) -> int:
        """Whether `player` may have another answer to this message; returns whose agent is to think of it.

        If there are enough drafts, they are offered again and no more are made.
        """
        self._buckets.take(limits.ANSWERS, player)
        said, made = await self._database.read(
            lambda connection: answers.open_to(connection, player, message)
        )
        if len(made) >= answers.MOST:
            self._deliver(answers.offer(message, made), (player,))
            raise ChatError("There are enough answers; pick one of them.")
        return said.sender

    async def add_draft(self, player: int, message: int, text: str, version: int) -> None:
        """The agent's other answer to the same prompt: it is stored and offered to the partner, `player`, with those
        before it."""
        text, now = clean(text), self._now()
        await self._database.write(
            lambda connection: answers.add(connection, player, message, text, version, now),
            lambda made: self._deliver(answers.offer(message, made), (player,)),
        )

    async def pick(self, player: int, message: int, draft: int) -> None:
        """The partner prefers this draft: everybody who sees the message sees it from now on."""
        self._buckets.take(limits.ANSWERS, player)
        now = self._now()

        def write(connection: sqlite3.Connection) -> tuple[Event, tuple[int, ...]]:
            replaced = answers.pick(connection, player, message, draft, now)
            return replaced, audience(connection, message)

        await self._database.write(write, lambda done: self._deliver(*done))

    async def correct(self, player: int, message: int, text: str) -> None:
        """The owner says what they would have said; a later correction replaces an earlier one."""
        text = clean(text)
        self._buckets.take(limits.ANSWERS, player)
        now = self._now()
        await self._database.write(lambda connection: answers.correct(connection, player, message, text, now))

    async def take_back(self, player: int, message: int) -> None:
        """The owner takes back what their agent said: it is gone for everybody who saw it, and counts as disliked."""
        self._buckets.take(limits.ANSWERS, player)
        now = self._now()

        def write(connection: sqlite3.Connection) -> tuple[Event, tuple[int, ...]]:
            answers.take_back(connection, player, message, now)
            return TakenBack(message), audience(connection, message)

        await self._database.write(write, lambda done: self._deliver(*done))
        self._disliked(player)

    async def forget_message(self, player: int, message: int) -> int:
        """Forget what the player said themselves, and what was derived from it; returns how many messages went."""
        return await self._forget(
            player,
            lambda c: [message],
            lambda c, looked: forgetting.message(c, player, message, looked),
        )

    async def forget_person(self, player: int, peer: int) -> int:
        """Forget all that the player said to somebody, and what their agent learnt in that talk; likewise."""
        return await self._forget(
            player,
            lambda c: forgetting.said_to(c, player, peer),
            lambda c, looked: forgetting.person(c, player, peer, looked),
        )

    async def forget_rewrite(self, player: int, message: int) -> None:
        """Forget what the player would have said instead of this message of their agent's."""
        self._buckets.take(limits.FORGET, player)
        await self._database.write(lambda c: forgetting.rewrite(c, player, message))

    async def _forget(
        self,
        player: int,
        which: Callable[[sqlite3.Connection], Collection[int]],
        forget: Callable[[sqlite3.Connection, Looked], tuple[Forgotten, set[int]]],
    ) -> int:
        """`which` of the player's messages are to go, and `forget` lets go of them."""
        self._buckets.take(limits.FORGET, player)
        looked = await look(self._database, player, which)

        def publish(done: tuple[Forgotten, set[int]]) -> None:
            forgotten, saw = done
            self._deliver(forgotten, tuple(sorted(saw | {player})))

        forgotten, _ = await self._database.write(lambda c: forget(c, looked), publish)
        return len(forgotten.messages)
