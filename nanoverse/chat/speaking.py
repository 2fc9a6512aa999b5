"""Saying something, writing, and liking what was said."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from nanoverse.chat import limits, moderation
from nanoverse.chat.base import Base, audience, check_channel, check_people
from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import Event, ReactionChanged, Said, Typing
from nanoverse.chat.text import clean
from nanoverse.protocol import NEARBY, PRIVATE
from nanoverse.store import accounts, conducts, drafts, handled, messages, reactions, shuns, sight
from nanoverse.store.messages import Message

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """How an agent came to its line: the message that it answers (0: none), whose human author may then choose another
    answer; the prompt (JSON {scene, turns}) that its model was given, None if no model was asked; and the adapter
    version. `stands` says whether what it had in sight is still there (see `store.sight`): if not, it is not said."""

    reply_to: int = 0
    prompt: str | None = None
    version: int = 0
    stands: Callable[[sqlite3.Connection], bool] = lambda connection: True


class Speaking(Base):
    async def say(
        self,
        sender: int,
        channel: int,
        to: int,
        text: str,
        *,
        made: Made | None = None,
        scene: str | None = None,
        quote: int = 0,
        draft: int = 0,
        sent_as: tuple[int, int] = (0, 0),
    ) -> int:
        """Say something, `made` by an agent (None: by its player); returns the message's id once it is committed and
        delivered.

        Of a human, `scene` is JSON of their surroundings, not kept if it does not stand any more (see `store.sight`);
        `quote` the message of the same conversation that they reply to. `draft` is what waited for them to send it: it
        waits no more. If they say something else in its stead, it is kept with the message, for the agent to learn
        what was preferred to it. `sent_as`: the visit and the number under which a page sent this, kept with it, so
        that it is not said again (see `store.handled`); visit 0: not kept.
        """
        check_channel(sender, channel, to)
        text = clean(text)
        self._buckets.take(limits.SAY, sender)
        recipient = to if channel == PRIVATE else None
        heard_by = frozenset(self._hears(sender)) if channel == NEARBY else frozenset()
        visit, ref = sent_as
        now = self._now()

        def write(connection: sqlite3.Connection) -> Said:
            check_people(connection, sender, recipient)
            if recipient is not None:
                moderation.check_may_write(connection, sender, recipient)
            if quote:
                _check_quote(connection, sender, channel, to, quote)
            if made and not made.stands(connection):
                raise ChatError("There is no such message.")
            said = messages.insert(
                connection,
                channel,
                sender,
                text,
                now,
                recipient=recipient,
                heard_by=heard_by,
                by_agent=made is not None,
                version=made.version if made else 0,
                scene=scene if scene and sight.scene_stands(connection, sender, scene) else None,
                reply_to=(made.reply_to if made else quote) or None,
            )
            said = _with_drafts(connection, said, made, draft)
            for witness in self._witnesses:
                witness(connection, said)
            if visit:
                handled.put(connection, sender, visit, [(ref, said.id)], now)
            return _to_all_who_hear(connection, said, quote)

        return (await self._database.write(write, self._publish)).message.id

    def _publish(self, said: Said) -> None:
        self._deliver(said, said.recipients)
        for listener in self._listeners:
            try:
                listener(said)
            except Exception:
                _log.exception("A listener could not take message %d.", said.message.id)

    async def typing(self, sender: int, channel: int, to: int) -> None:
        """Tell those who will get the message that one is being written."""
        check_channel(sender, channel, to)
        self._buckets.take(limits.TYPING, sender)
        recipient = to if channel == PRIVATE else None
        nearby = frozenset(self._hears(sender)) if channel == NEARBY else frozenset()

        def look(connection: sqlite3.Connection) -> tuple[str, frozenset[int]]:
            name = check_people(connection, sender, recipient)
            if recipient is not None:
                moderation.check_may_write(connection, sender, recipient)
                return name, frozenset((recipient,))
            others = nearby if channel == NEARBY else frozenset(p.id for p in accounts.everyone(connection))
            return name, others - shuns.deaf_to(connection, sender, channel)

        name, others = await self._database.read(look)
        self._deliver(Typing(channel, sender, name, recipient or 0), tuple(sorted(others - {sender})))

    async def react(self, player: int, message: int, value: int) -> None:
        """Like (1), dislike (−1) or take it back (0)."""
        if value not in (-1, 0, 1):
            raise ChatError("A reaction is a like, a dislike or none.")
        self._buckets.take(limits.REACT, player)
        now = self._now()

        def write(connection: sqlite3.Connection) -> tuple[Event, tuple[int, ...], Message]:
            said = messages.visible(connection, player, message)
            if said is None:
                raise ChatError("There is no such message.")
            if value and said.sender == player and not said.by_agent:
                raise ChatError("Only others can like or dislike what you said yourself.")
            reactions.put(connection, message, player, value, now)
            likes, dislikes = reactions.counts(connection, message)
            changed = ReactionChanged(message, likes, dislikes, player, value)
            return changed, audience(connection, message), said

        *_, said = await self._database.write(write, lambda done: self._deliver(*done[:2]))
        if value < 0 and said.by_agent:
            self._disliked(said.sender)


def _to_all_who_hear(connection: sqlite3.Connection, said: Message, quote: int) -> Said:
    recipients = audience(connection, said.id)
    without_quote = frozenset(recipients) - messages.audience(connection, quote) if quote else frozenset()
    return Said(said, recipients, without_quote, shuns.unheard(connection, said.sender, said.channel))


def _with_drafts(connection: sqlite3.Connection, said: Message, made: Made | None, draft: int) -> Message:
    """The message, with what an agent's model wrote for it: what was said, or the `draft` that waited to be sent."""
    waiting = conducts.drop(connection, said.sender, draft) if draft else None
    if made is None:
        if waiting:
            drafts.add(connection, said.id, waiting.text, waiting.version, waiting.prompt, said.time)
        return said
    if draft and waiting is None:  # what it answered was forgotten meanwhile, or it was sent already
        raise ChatError("There is no such draft.")
    if made.prompt is None:
        return said
    drafts.add(connection, said.id, said.text, made.version, made.prompt, said.time)
    return messages.visible(connection, said.sender, said.id) or said  # the draft gives it a partner


def _check_quote(connection: sqlite3.Connection, player: int, channel: int, peer: int, quote: int) -> None:
    """Only what was said in the same conversation, and was heard, can be replied to."""
    said = messages.visible(connection, player, quote)
    sides = {said.sender, said.to} if said else set()
    if said is None or said.channel != channel or (channel == PRIVATE and sides != {player, peer}):
        raise ChatError("What you reply to is not in this conversation.")
