"""A chat to test: a real database, a clock that is moved by hand and earshot that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from nanoverse.chat import names
from nanoverse.chat.events import Event
from nanoverse.chat.service import Chat
from nanoverse.store import accounts
from nanoverse.store.database import Database


@dataclass
class Place:
    database: Database
    time: int = 1_000_000
    earshot: dict[int, set[int]] = field(default_factory=dict)
    delivered: list[tuple[Event, tuple[int, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chat = Chat(
            self.database,
            lambda player: self.earshot.get(player, set()),
            lambda event, recipients: self.delivered.append((event, recipients)),
            lambda: self.time,
        )

    async def join(self, name: str) -> int:
        skeleton = names.skeleton(names.check(name))
        return (
            await self.database.write(lambda c: accounts.create(c, name, skeleton, "hash", 0, self.time))
        ).id

    def got(self, player: int, kind: type[Event]) -> list[Event]:
        """The events of a kind that were delivered to a player, in order."""
        return [
            event for event, recipients in self.delivered if player in recipients and isinstance(event, kind)
        ]
