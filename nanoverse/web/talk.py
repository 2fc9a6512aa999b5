"""Chat on the wire: a client's requests become calls of the chat, and what the chat tells becomes messages."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from nanoverse import protocol
from nanoverse.agents.agreements import standing
from nanoverse.agents.memory import Memory
from nanoverse.agents.scenes import scene_of
from nanoverse.agents.voice import Voice
from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import (
    DraftsOffered,
    Event,
    Forgotten,
    ReactionChanged,
    Replaced,
    Said,
    TakenBack,
    Typing,
)
from nanoverse.chat.moderation import BLOCKED
from nanoverse.chat.service import Chat
from nanoverse.chat.speaking import Made
from nanoverse.protocol import PRIVATE
from nanoverse.store import conducts
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.store.friends import Friend
from nanoverse.store.messages import Message
from nanoverse.store.shuns import Shun
from nanoverse.web.client import Client
from nanoverse.world.simulation import Simulation

log = logging.getLogger(__name__)

_FAILED = "That did not work; the server's console says why."

Another = Callable[[int, int], Awaitable[None]]  # player, message: have the agent think of another answer
Request = Callable[[Client, dict[str, Any]], Awaitable[int | None]]


async def _nobody_thinks(player: int, message: int) -> None:
    raise ChatError("There is no other answer to this.")


async def _nobody_minds(player: int, peer: int) -> None:
    pass


class Talk:
    """`clients` are those connected, by player."""

    def __init__(
        self,
        world: Simulation,
        db: Database,
        clients: dict[int, Client],
        voice: Voice,
        memory: Memory,
        now: Callable[[], int],
    ) -> None:
        self._world = world
        self._db = db
        self._clients = clients
        self._voice = voice
        self._memory = memory
        self.chat = Chat(db, self._hears, self._tell, now)
        voice.changed = self._agent_changed
        self.another: Another = _nobody_thinks  # set by whoever thinks for the agents
        # Hears of a player, and whom they have muted or blocked, or do so no more.
        self.shun_changed: Callable[[Client, int], None] = lambda client, peer: None
        self.blocked: Callable[[int, int], Awaitable[None]] = (
            _nobody_minds  # hears of a player, and whom they block
        )
        self._requests: dict[str, Request] = {
            "say": self._say,
            "reply": self._say,
            "search": self._search,
            "send_draft": self._send_draft,
            "typing": self._typing,
            "react": self._react,
            "history": self._history,
            "read": self._read,
            "another": self._another,
            "pick": self._pick,
            "correct": self._correct,
            "agent_words": self._agent_words,
            "people": self._people,
            "consent": self._consent,
            "take_back": self._take_back,
            "shun": self._shun,
            "befriend": self._befriend,
            "report": self._report,
            "report_scroll": self._report_scroll,
            "own_words": self._own_words,
            "forget_message": self._forget_message,
            "forget_person": self._forget_person,
            "forget_rewrite": self._forget_rewrite,
        }

    async def greet(self, client: Client) -> None:
        """What a player learns first: how the agents are, and what waits to be read."""
        client.outbox.put(self._agent_state())
        try:
            await self._tell_shunned(client.player)
            waiting = await self.chat.unread(client.player)
            friends = await self.chat.friends(client.player)
        except StoreError as error:
            log.error("what %s has not read cannot be told: %s", client.name, error)
            return
        client.outbox.put(_friends(friends))
        client.outbox.put(
            protocol.encode("unread", [(u.channel, u.peer, u.name, u.count, u.mentions) for u in waiting])
        )

    async def shunned(self, player: int) -> frozenset[int]:
        """Whom a player has muted or blocked."""
        return frozenset(shun.peer for shun in await self.chat.shunned(player))

    async def answer(self, client: Client, name: str, fields: dict[str, Any]) -> None:
        """Carry out one request; it ends with `done` (after the commit), `refused`, or the answer itself."""
        ref = fields.get("ref")
        try:
            done = await self._requests[name](client, fields)
        except (ChatError, StoreError) as error:
            if ref is not None:  # what has no ref (typing, read marks) is not worth a word
                client.visit.refused(ref, str(error))
            return
        except Exception:
            log.exception("%s of %s failed", name, client.name)
            client.visit.refused(ref or 0, _FAILED)
            return
        if done is not None and ref is not None:
            client.visit.done(ref, done)

    # Requests: each returns the id that `done` carries, or None if it has sent its own answer.

    async def _say(self, client: Client, fields: dict[str, Any]) -> int:
        body, channel, to = self._world.bodies[client.player], fields["channel"], fields["to"]
        agreed = await standing(self._world, self._db, body, channel, to)
        scene = scene_of(self._world, self._memory, body, channel, to, agreed)
        return await self.chat.say(
            client.player,
            fields["channel"],
            fields["to"],
            fields["text"],
            scene=scene.to_json(),
            quote=fields.get("quote", 0),
            draft=fields.get("draft", 0),
            sent_as=(client.visit.number, fields["ref"]),
        )

    async def _typing(self, client: Client, fields: dict[str, Any]) -> None:
        await self.chat.typing(client.player, fields["channel"], fields["to"])
        if fields["channel"] == PRIVATE:
            await self._voice.expect(fields["to"])

    async def _react(self, client: Client, fields: dict[str, Any]) -> int:
        await self.chat.react(client.player, fields["message"], fields["value"])
        return 0

    async def _history(self, client: Client, fields: dict[str, Any]) -> None:
        channel, peer = fields["channel"], fields["peer"]
        page = await self.chat.history(client.player, channel, peer, fields["before"])
        records = [_record(message, client.player) for message in page.messages]
        ref = fields["ref"]
        client.outbox.put(protocol.encode("history", ref, channel, peer, page.name, records, page.more))
        if channel == PRIVATE:
            await self._voice.expect(peer)

    async def _search(self, client: Client, fields: dict[str, Any]) -> None:
        found = await self.chat.search(client.player, fields["words"], fields["before"])
        records = [_record(message, client.player) for message in found.messages]
        client.outbox.put(protocol.encode("found", fields["ref"], records, found.before))

    async def _read(self, client: Client, fields: dict[str, Any]) -> None:
        await self.chat.mark_read(client.player, fields["channel"], fields["peer"], fields["message"])

    async def _another(self, client: Client, fields: dict[str, Any]) -> int:
        await self.another(client.player, fields["message"])
        return 0

    async def _pick(self, client: Client, fields: dict[str, Any]) -> int:
        await self.chat.pick(client.player, fields["message"], fields["draft"])
        return 0

    async def _correct(self, client: Client, fields: dict[str, Any]) -> int:
        await self.chat.correct(client.player, fields["message"], fields["text"])
        return 0

    async def _agent_words(self, client: Client, fields: dict[str, Any]) -> None:
        page = await self.chat.agent_words(client.player, fields["before"])
        words = [
            (*_record(word.message, client.player), word.asked, word.prompted_by, word.correction)
            for word in page.words
        ]
        client.outbox.put(protocol.encode("agent_words", fields["ref"], words, page.more))

    async def _people(self, client: Client, fields: dict[str, Any]) -> None:
        bodies = self._world.bodies
        everyone = await self.chat.people(client.player)
        people = [(p.id, p.name, bodies[p.id].driver) for p in everyone if p.id in bodies]
        client.outbox.put(protocol.encode("people", fields["ref"], people))

    async def _consent(self, client: Client, fields: dict[str, Any]) -> int:
        return int(await self.chat.consent(client.player, fields["peer"], fields["allowed"]))

    async def _take_back(self, client: Client, fields: dict[str, Any]) -> int:
        await self.chat.take_back(client.player, fields["message"])
        return 0

    async def _shun(self, client: Client, fields: dict[str, Any]) -> int:
        await self.chat.shun(client.player, fields["peer"], fields["level"])
        if fields["level"] == BLOCKED:
            await self.blocked(client.player, fields["peer"])
        await self._tell_shunned(client.player)
        await self._tell_friends(client.player, fields["peer"])
        return 0

    async def _tell_shunned(self, player: int) -> None:
        """Have the player's connection, which may be another by now, know whom they shun.

        Always read, on arrival again: reads end in their order, so what is known last is the newest."""
        shunned = await self.chat.shunned(player)
        if client := self._clients.get(player):
            before, client.shunned = client.shunned, frozenset(shun.peer for shun in shunned)
            client.outbox.put(_shunned(shunned))
            for peer in before ^ client.shunned:
                self.shun_changed(client, peer)

    async def _befriend(self, client: Client, fields: dict[str, Any]) -> int:
        await self.chat.befriend(client.player, fields["peer"], fields["wanted"])
        await self._tell_friends(client.player, fields["peer"])
        return 0

    async def _tell_friends(self, *players: int) -> None:
        for player in players:
            if player in self._clients:
                self._send([player], _friends(await self.chat.friends(player)))

    async def _report(self, client: Client, fields: dict[str, Any]) -> int:
        await self.chat.report(client.player, fields["peer"], fields["message"], fields["reason"])
        return 0

    async def _report_scroll(self, client: Client, fields: dict[str, Any]) -> int:
        await self.chat.report_scroll(client.player, fields["scroll"], fields["reason"])
        return 0

    async def _own_words(self, client: Client, fields: dict[str, Any]) -> None:
        page = await self.chat.own_words(client.player, fields["kind"], fields["before"])
        records = [(one.id, one.channel, one.text, one.time, one.said) for one in page.words]
        client.outbox.put(protocol.encode("own_words", fields["ref"], records, page.more))

    async def _forget_message(self, client: Client, fields: dict[str, Any]) -> int:
        return await self.chat.forget_message(client.player, fields["message"])

    async def _forget_person(self, client: Client, fields: dict[str, Any]) -> int:
        count = await self.chat.forget_person(client.player, fields["peer"])
        if other := self._world.bodies.get(fields["peer"]):
            self._memory.forget_talk(client.player, other.name)
        return count

    async def _forget_rewrite(self, client: Client, fields: dict[str, Any]) -> int:
        await self.chat.forget_rewrite(client.player, fields["message"])
        return 0

    async def _send_draft(self, client: Client, fields: dict[str, Any]) -> int:
        """What the agent wrote stays marked as the agent's; what its player made of it is theirs, and preferred."""
        player, number, text = client.player, fields["draft"], fields["text"]
        waiting = await self._db.read(lambda c: conducts.unsent(c, player))
        draft = next((each for each in waiting if each.id == number), None)
        if draft is None:
            raise ChatError("There is no such draft.")
        if not text.strip():
            await self._db.write(lambda c: conducts.drop(c, player, number))
            return 0
        if text.strip() == draft.text:
            return await self.chat.say(
                player,
                draft.channel,
                draft.peer,
                draft.text,
                made=Made(draft.reply_to, draft.prompt, draft.version),
                draft=number,
                sent_as=(client.visit.number, fields["ref"]),
            )
        values = {"channel": draft.channel, "to": draft.peer, "text": text, "quote": draft.reply_to}
        return await self._say(client, {**values, "draft": number, "ref": fields["ref"]})

    def forget(self, player: int) -> None:
        """The account is gone, and with it all that it said: who shows any of that drops it."""
        self._send(self._clients, protocol.encode("forgotten", player))

    # What the chat tells

    def _hears(self, sender: int) -> list[int]:
        body = self._world.bodies.get(sender)  # None: the account was deleted this very moment
        return [other.id for other in self._world.near(body)] if body else []

    def _tell(self, event: Event, recipients: Sequence[int]) -> None:
        send = partial(self._send, recipients)
        match event:
            case Said(message, _, without_quote):
                others = [p for p in recipients if p != message.partner and p not in without_quote]
                self._send(others, protocol.encode("said", *_record(message, 0)))
                if without_quote:
                    plain = replace(message, reply_to=0, quoted_name="", quoted="")
                    self._send(without_quote, protocol.encode("said", *_record(plain, 0)))
                if message.partner in recipients and (client := self._clients.get(message.partner)):
                    client.outbox.put(protocol.encode("said", *_record(message, message.partner)))
            case ReactionChanged(message, likes, dislikes, by, value):
                send(protocol.encode("reaction", message, likes, dislikes, by, value))
            case Typing(channel, sender, name, _):
                send(protocol.encode("typing", channel, sender, name), but=sender)
            case DraftsOffered(message, drafts):
                send(protocol.encode("drafts", message, [(draft.id, draft.text) for draft in drafts]))
            case Replaced(message, text, _):
                send(protocol.encode("replaced", message, text))
            case Forgotten(messages):
                for start in range(0, len(messages), protocol.MOST_UNSAID):
                    some = messages[start : start + protocol.MOST_UNSAID]
                    send(protocol.encode("unsaid", [(number,) for number in some]))
            case TakenBack(message):
                send(protocol.encode("taken_back", message))
            case _:
                pass

    def _send(self, recipients: Iterable[int], encoded: bytes, but: int = 0) -> None:
        for player in recipients:
            if player != but and (client := self._clients.get(player)):
                client.outbox.put(encoded)

    def _agent_changed(self) -> None:
        self._send(self._clients, self._agent_state())

    def _agent_state(self) -> bytes:
        return protocol.encode("agent", self._voice.state, self._voice.note[: protocol.MAX_TEXT])


def _shunned(shunned: Iterable[Shun]) -> bytes:
    return protocol.encode("shunned", [(shun.peer, shun.name, shun.blocked) for shun in shunned])


def _friends(friends: Iterable[Friend]) -> bytes:
    return protocol.encode("friends", [(friend.id, friend.name, friend.state) for friend in friends])


def _record(message: Message, viewer: int) -> tuple[Any, ...]:
    """A message in the order of the table, as the viewer sees it (0: somebody in general)."""
    offers = viewer != 0 and message.partner == viewer and not message.picked
    return (
        message.id,
        message.channel,
        message.sender,
        message.name,
        message.to,
        message.text,
        message.time,
        message.by_agent,
        message.version,
        message.likes,
        message.dislikes,
        message.mine if viewer else 0,
        offers,
        message.reply_to if message.quoted_name else 0,
        message.quoted_name,
        message.quoted,
    )
