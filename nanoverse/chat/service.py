"""Talk between players and agents: said, stored, delivered.

A message is delivered after its commit and in commit order, to those who may see it and to nobody else. Whatever
cannot be done raises `ChatError` with a sentence for the player.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from nanoverse.chat import answers, forgetting, friendship, limits, moderation
from nanoverse.chat.errors import ChatError
from nanoverse.chat.events import Deliver, Event, Forgotten, ReactionChanged, Said, TakenBack, Typing
from nanoverse.chat.text import clean, mentions
from nanoverse.protocol import CHANNELS, NEARBY, PRIVATE
from nanoverse.store import (
    accounts,
    consents,
    drafts,
    friends,
    handled,
    lessons,
    messages,
    reactions,
    shuns,
    unread,
)
from nanoverse.store.accounts import Player
from nanoverse.store.database import Database
from nanoverse.store.drafts import AgentWords
from nanoverse.store.forgetting import Gone
from nanoverse.store.friends import Friend
from nanoverse.store.messages import Message
from nanoverse.store.shuns import Shun
from nanoverse.store.unread import Unread

PAGE = 50  # messages of history at once
FOUND = 20  # messages of a search at once …
SPAN = 10_000  # … which goes back over so many

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, the oldest first, and whether there are older ones."""

    messages: tuple[Message, ...]
    more: bool


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


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Chat:
    """`hears(sender)` gives the players within earshot; `deliver(event, recipients)` takes an event to players."""

    def __init__(
        self,
        database: Database,
        hears: Callable[[int], Iterable[int]],
        deliver: Deliver,
        now: Callable[[], int] = wall_clock,
    ) -> None:
        self._database = database
        self._hears = hears
        self._deliver = deliver
        self._now = now
        self._buckets = limits.Buckets(now)
        self._listeners: list[Callable[[Said], None]] = []
        self._critics: list[Callable[[int], None]] = []
        self._forgetters: list[Callable[[Gone], None]] = []

    def subscribe(self, listener: Callable[[Said], None]) -> None:
        """`listener(said)` is called for every message, after it has been delivered."""
        self._listeners.append(listener)

    def subscribe_dislikes(self, listener: Callable[[int], None]) -> None:
        """`listener(player)` is called whenever somebody has disliked what that player's agent said."""
        self._critics.append(listener)

    def subscribe_forgotten(self, listener: Callable[[Gone], None]) -> None:
        """`listener(gone)` is called whenever a player has had words of theirs forgotten."""
        self._forgetters.append(listener)

    # Saying

    async def say(
        self,
        sender: int,
        channel: int,
        to: int,
        text: str,
        *,
        by_agent: bool = False,
        version: int = 0,
        scene: str | None = None,
        reply_to: int = 0,
        quote: int = 0,
        prompt: str | None = None,
        alternatives: Sequence[str] = (),
        sent_as: tuple[int, int] = (0, 0),
    ) -> int:
        """Say something; returns the message's id once it is committed and delivered.

        `scene` is JSON of the sender's surroundings; `quote` the message of the same conversation that a human replies
        to. An agent also gives the message that it answers (`reply_to`,
        whose human author may then choose another answer), the `prompt` (JSON {scene, turns}) and what else its model
        made of it, if anything; `version` is its adapter version. `sent_as`: the visit and the number under which a
        page sent this, kept with it, so that it is not said again (see `store.handled`); visit 0: not kept.
        """
        _check_channel(sender, channel, to)
        text = clean(text)
        self._buckets.take(limits.SAY, sender)
        recipient = to if channel == PRIVATE else None
        heard_by = frozenset(self._hears(sender)) if channel == NEARBY else frozenset()
        now = self._now()

        def write(connection: sqlite3.Connection) -> Said:
            _check_people(connection, sender, recipient)
            if recipient is not None:
                moderation.check_may_write(connection, sender, recipient)
            if quote:
                _check_quote(connection, sender, channel, to, quote)
            said = messages.insert(
                connection,
                channel,
                sender,
                text,
                now,
                recipient=recipient,
                heard_by=heard_by,
                by_agent=by_agent,
                version=version,
                scene=scene,
                reply_to=reply_to or quote or None,
            )
            if prompt is not None:
                for draft in dict.fromkeys((text, *alternatives)):
                    drafts.add(connection, said.id, draft, version, prompt, now)
                said = messages.visible(connection, sender, said.id) or said  # the drafts give it a partner
            visit, ref = sent_as
            if visit:
                handled.put(connection, sender, visit, [(ref, said.id)], now)
            recipients = _audience(connection, said.id)
            sees_quote = messages.audience(connection, quote) if quote else frozenset()
            return Said(said, recipients, frozenset(recipients) - sees_quote if quote else frozenset())

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
        _check_channel(sender, channel, to)
        self._buckets.take(limits.TYPING, sender)
        recipient = to if channel == PRIVATE else None
        nearby = frozenset(self._hears(sender)) if channel == NEARBY else frozenset()

        def look(connection: sqlite3.Connection) -> tuple[str, frozenset[int]]:
            name = _check_people(connection, sender, recipient)
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
            reactions.put(connection, message, player, value, now)
            likes, dislikes = reactions.counts(connection, message)
            changed = ReactionChanged(message, likes, dislikes, player, value)
            return changed, _audience(connection, message), said

        *_, said = await self._database.write(write, lambda done: self._deliver(*done[:2]))
        if value < 0 and said.by_agent:
            for critic in self._critics:
                critic(said.sender)

    # Looking back

    async def history(self, player: int, channel: int, peer: int, before: int) -> Page:
        """What the player may see of a channel, in private with `peer`, before message `before` (0: the newest)."""
        _check_channel(player, channel, peer)
        self._buckets.take(limits.HISTORY, player)
        found = await self._database.read(
            lambda connection: messages.history(connection, player, channel, peer, before, PAGE + 1)
        )
        return Page(tuple(found[-PAGE:]), len(found) > PAGE)

    async def mark_read(self, player: int, channel: int, peer: int, message: int) -> None:
        """The player has read a channel, in private the talk with `peer`, up to this message."""
        _check_channel(player, channel, peer)
        self._buckets.take(limits.READ, player)
        recipient = peer if channel == PRIVATE else None

        def write(connection: sqlite3.Connection) -> None:
            _check_people(connection, player, recipient)
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

    async def people(self) -> list[Player]:
        """All who have an account."""
        return await self._database.read(accounts.everyone)

    # Whom a player does not want to hear

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

    # Friends

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

    # Second thoughts about what agents said

    async def agent_words(self, player: int, before: int) -> AgentPage:
        """What the player's agent said before message `before` (0: the newest)."""
        self._buckets.take(limits.HISTORY, player)
        found = await self._database.read(
            lambda connection: drafts.agent_words(connection, player, before, PAGE + 1)
        )
        return AgentPage(tuple(found[:PAGE]), len(found) > PAGE)

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

    async def add_draft(self, player: int, message: int, text: str, version: int, prompt: str) -> None:
        """The agent's other answer: it is stored and offered to the partner, `player`, with those before it.

        `prompt` is JSON, see `store.drafts.Draft`.
        """
        text, now = clean(text), self._now()
        await self._database.write(
            lambda connection: answers.add(connection, player, message, text, version, prompt, now),
            lambda made: self._deliver(answers.offer(message, made), (player,)),
        )

    async def pick(self, player: int, message: int, draft: int) -> None:
        """The partner prefers this draft: everybody who sees the message sees it from now on."""
        self._buckets.take(limits.ANSWERS, player)
        now = self._now()

        def write(connection: sqlite3.Connection) -> tuple[Event, tuple[int, ...]]:
            replaced = answers.pick(connection, player, message, draft, now)
            return replaced, _audience(connection, message)

        await self._database.write(write, lambda done: self._deliver(*done))

    async def correct(self, player: int, message: int, text: str) -> None:
        """The owner says what they would have said; a later correction replaces an earlier one."""
        text = clean(text)
        self._buckets.take(limits.ANSWERS, player)
        now = self._now()
        await self._database.write(lambda connection: answers.correct(connection, player, message, text, now))

    async def take_back(self, player: int, message: int) -> None:
        """The owner takes back what their agent said: it is gone for everybody who saw it."""
        self._buckets.take(limits.ANSWERS, player)
        now = self._now()

        def write(connection: sqlite3.Connection) -> tuple[Event, tuple[int, ...]]:
            answers.take_back(connection, player, message, now)
            return TakenBack(message), _audience(connection, message)

        await self._database.write(write, lambda done: self._deliver(*done))

    # Forgetting

    async def own_words(self, player: int, before: int) -> Page:
        """What the player's agent may learn from before message `before` (0: the newest), the newest first."""
        self._buckets.take(limits.HISTORY, player)
        found = await self._database.read(
            lambda connection: lessons.own_page(connection, player, before, PAGE + 1)
        )
        return Page(tuple(found[:PAGE]), len(found) > PAGE)

    async def forget_message(self, player: int, message: int) -> int:
        """Forget what the player said themselves, and what was derived from it; returns how many messages went."""
        return await self._forget(player, lambda c: forgetting.message(c, player, message))

    async def forget_person(self, player: int, peer: int) -> int:
        """Forget all that the player said to somebody, and what their agent learnt in that talk; likewise."""
        return await self._forget(player, lambda c: forgetting.person(c, player, peer))

    async def _forget(
        self, player: int, forget: Callable[[sqlite3.Connection], tuple[Gone, set[int]]]
    ) -> int:
        self._buckets.take(limits.FORGET, player)

        def publish(done: tuple[Gone, set[int]]) -> None:
            gone, saw = done
            self._deliver(Forgotten(gone), tuple(sorted(saw | {player})))
            for listener in self._forgetters:
                listener(gone)

        gone, _ = await self._database.write(forget, publish)
        return len(gone.messages)

    async def consent(self, player: int, peer: int, allowed: bool) -> None:
        """Allow, or no longer allow, training on private talk with `peer`; it takes both sides."""
        _check_channel(player, PRIVATE, peer)
        self._buckets.take(limits.CONSENT, player)
        now = self._now()

        def write(connection: sqlite3.Connection) -> None:
            _check_people(connection, player, peer)
            consents.put(connection, player, peer, allowed, now)

        await self._database.write(write)


def _audience(connection: sqlite3.Connection, message: int) -> tuple[int, ...]:
    return tuple(sorted(messages.audience(connection, message)))


def _check_channel(player: int, channel: int, peer: int) -> None:
    if channel not in range(len(CHANNELS)):
        raise ChatError("There is no such channel.")
    if channel == PRIVATE and peer == player:
        raise ChatError("This needs another player than yourself.")


def _check_quote(connection: sqlite3.Connection, player: int, channel: int, peer: int, quote: int) -> None:
    """Only what was said in the same conversation, and was heard, can be replied to."""
    said = messages.visible(connection, player, quote)
    sides = {said.sender, said.to} if said else set()
    if said is None or said.channel != channel or (channel == PRIVATE and sides != {player, peer}):
        raise ChatError("What you reply to is not in this conversation.")


def _with_mentions(connection: sqlite3.Connection, player: int, name: str, found: Unread) -> Unread:
    if found.channel == PRIVATE:
        return replace(found, mentions=found.count)
    texts = unread.texts(connection, player, found.channel)
    return replace(found, mentions=sum(mentions(text, name) for text in texts))


def _check_people(connection: sqlite3.Connection, player: int, peer: int | None) -> str:
    """The player's name, if they and their peer exist."""
    found = accounts.by_id(connection, player)
    if found is None:
        raise ChatError("Your account is gone.")
    if peer is not None and accounts.by_id(connection, peer) is None:
        raise ChatError("There is no such player.")
    return found.name
