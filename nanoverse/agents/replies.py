"""From what is heard to what is said: how an agent's words come about.

An agent hears what its player would hear. Whether it answers is a matter of manners (`hearing`); what it says comes
from the voice and goes into the chat as the agent's, with the adapter version, the prompt and the draft that made it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from nanoverse.agents.agreements import standing
from nanoverse.agents.hearing import Hearing, spoken_to
from nanoverse.agents.manners import FOLLOW_UP, GREET_DISTANCE, GREETED_AT_ONCE, Manners
from nanoverse.agents.memory import Memory
from nanoverse.agents.missed import Missed
from nanoverse.agents.scenes import scene_of
from nanoverse.agents.voice import FAILED, LOADING, WAKING, Voice
from nanoverse.chat.errors import ChatError, TooFast
from nanoverse.chat.events import Said
from nanoverse.chat.service import Chat
from nanoverse.chat.speaking import Made
from nanoverse.learning.dialogue import TALK_SPAN_S, TURNS, Turn, prompt_from_json, prompt_to_json
from nanoverse.protocol import ASLEEP, NEARBY, PLAYER, PRIVATE
from nanoverse.store import adapters, conducts, drafts, forgotten, messages, sight
from nanoverse.store.adapters import AdapterVersion
from nanoverse.store.clock import now_ms
from nanoverse.store.conducts import ACT, DRAFT
from nanoverse.store.database import Database
from nanoverse.store.errors import StoreError
from nanoverse.store.messages import Message
from nanoverse.world.bodies import Body
from nanoverse.world.simulation import Simulation

log = logging.getLogger(__name__)

_PATIENCE = 10  # seconds that an agent waits for its turn to speak

Conversation = tuple[int, int]  # channel, and with whom: in private, or of those nearby who call the agent


@dataclass(frozen=True, slots=True)
class _Wish:
    """To say something to a partner: in answer to a message that was heard `at` this time (`time.monotonic`), or as a
    greeting."""

    partner: int
    message: Message | None
    at: float


class Replies:
    """Listens to the chat for all agents. `drives` says whether an agent has a player's body just now,
    `level` how much its player lets it do (`store.conducts`), `locked` whose agent has nothing to say."""

    def __init__(
        self,
        world: Simulation,
        db: Database,
        chat: Chat,
        voice: Voice,
        memory: Memory,
        drives: Callable[[int], bool],
        level: Callable[[int], int] = lambda player: ACT,
        locked: Callable[[int], bool] = lambda player: False,
    ) -> None:
        self._world = world
        self._db = db
        self._chat = chat
        self._voice = voice
        self._memory = memory
        self._drives = drives
        self._level = level
        self._locked = locked
        self._manners = Manners()
        self._hearing = Hearing(world, self._manners, drives, level)
        self._dice = random.Random()
        self._greeted_last = 0  # up to which player it was looked who could greet them
        self._thinking: dict[int, asyncio.Task[None]] = {}
        self._wishes: defaultdict[int, dict[Conversation, _Wish]] = defaultdict(dict)
        self._nearby: set[int] = set()  # agents that think of an answer to somebody nearby
        self._missed = Missed()

    async def close(self) -> None:
        """Let go of every reply that is still being thought of."""
        tasks = list(self._thinking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def forget(self, player: int) -> None:
        """The account is gone: its agent says nothing more, and nobody's has an answer for it any more."""
        if task := self._thinking.get(player):
            task.cancel()
        for agent, wishes in self._wishes.items():
            self._wishes[agent] = {key: wish for key, wish in wishes.items() if wish.partner != player}
        self._missed.forget(player)

    # What is heard

    def hear(self, said: Said) -> None:
        """A message was committed and delivered: the agents it concerns may answer. Returns at once."""
        message = said.message
        for name in spoken_to(self._world, message, said.recipients):
            self._memory.talked(message.sender, name, message.channel)
        listener = self._world.bodies.get(message.to) if message.channel == PRIVATE else None
        # Nobody listens: the player has left, and their agent is not there yet.
        if listener is not None and listener.driver == ASLEEP and not message.by_agent:
            self._missed.note(said, time.monotonic())
        self._consider(said)

    def catch_up(self, player: int, since: float) -> None:
        """An agent takes over from a player who has been away `since` then (`time.monotonic`): what was said to them
        in private in between, it may answer; what has waited longer than a talk lasts, it leaves to its player."""
        for said in self._missed.taken(player, max(since, time.monotonic() - TALK_SPAN_S)):
            self._consider(said)

    def _consider(self, said: Said) -> None:
        """Have the agents answer whom it concerns."""
        message = said.message
        now = time.monotonic()
        wish = _Wish(message.sender, message, now)
        for agent, is_named in self._hearing.addressed(said, now, self._dice.random()):
            # Whoever calls it has an answer coming; of talk that it joins in, only the newest line is worth one.
            peer = message.sender if message.channel == PRIVATE or is_named else 0
            self._think_of(agent, (message.channel, peer), wish)

    def _think_of(self, agent: int, conversation: Conversation, wish: _Wish) -> None:
        """Have an agent think, one thought after the other; of each conversation only the newest waits, since a reply
        is made from all that was said until then."""
        self._wishes[agent].pop(conversation, None)
        self._wishes[agent][conversation] = wish
        if agent not in self._thinking:
            self._thinking[agent] = asyncio.create_task(self._think(agent))

    async def _think(self, agent: int) -> None:
        try:
            while wishes := self._wishes[agent]:
                conversation = next(iter(wishes))
                wish = wishes.pop(conversation)
                try:
                    if wish.message is None:
                        await self._greet(agent, wish.partner)
                    elif wish.message.channel == PRIVATE or time.monotonic() - wish.at < FOLLOW_UP:
                        if wish.message.channel == NEARBY:
                            self._nearby.add(agent)
                        await self._answer(agent, conversation, wish.message)
                except Exception as error:  # whatever becomes of one thought, the next has its turn
                    expected = isinstance(error, StoreError)
                    log.warning(
                        "the agent of player %d loses its thread: %s",
                        agent,
                        error,
                        exc_info=None if expected else error,
                    )
                finally:
                    self._nearby.discard(agent)
        finally:
            del self._thinking[agent], self._wishes[agent]

    def answers_nearby(self, agent: int) -> bool:
        """Whether it thinks of an answer to somebody nearby, who would not hear it if it went on walking."""
        return agent in self._nearby

    # What is said

    async def _answer(self, agent: int, conversation: Conversation, message: Message) -> None:
        if not self._drives(agent):  # the player came back while this waited for its turn
            return
        peer = message.sender if message.channel == PRIVATE else 0
        if self._voice.state in (LOADING, FAILED):
            wanted = (
                not message.by_agent
                and self._level(agent) > DRAFT
                and self._manners.says_waking(agent, message.sender, time.monotonic())
            )
            if wanted and self._voice.state == LOADING:
                await self._say(agent, message.channel, peer, WAKING, Made(message.id))
            return
        if not await self._has_time(0 if message.by_agent else _PATIENCE):
            return
        if self._may_say(agent):
            with contextlib.suppress(ChatError):
                await self._chat.typing(agent, message.channel, peer)
        partner = self._world.bodies.get(message.sender)
        if partner is None:  # the account was deleted meanwhile
            return
        recent, unlearnt = await self._recent(agent, message.channel, peer)
        newest = self._newest_of(agent, conversation, message, recent)
        ids = [one.id for one in recent]
        if newest.id in ids:  # what others have said since is not what this answers
            recent = recent[: ids.index(newest.id) + 1]
        else:  # so much has been said since that it is out of sight
            recent, unlearnt = await self._recent(agent, message.channel, peer, newest.id + 1)
        await self._speak(agent, newest.channel, peer, partner, newest, recent, unlearnt)

    def _newest_of(
        self, agent: int, conversation: Conversation, message: Message, recent: Sequence[Message]
    ) -> Message:
        """What to answer of all that somebody has said by now: a wish for an answer to what is in sight has come true
        with this one."""
        waiting = self._wishes[agent].get(conversation)
        if waiting is None or waiting.message is None or waiting.partner != message.sender:
            return message
        if waiting.message.id not in {one.id for one in recent}:
            return message
        del self._wishes[agent][conversation]
        return waiting.message

    def _may_say(self, agent: int) -> bool:
        """Whether others may hear what this agent answers."""
        return self._level(agent) > DRAFT and not self._locked(agent)

    async def _has_time(self, patience: int) -> bool:
        """Whether the model can answer, now or within so many seconds."""
        for _ in range(patience):
            if not self._voice.too_busy():
                return True
            await asyncio.sleep(1)
        return not self._voice.too_busy()

    async def _recent(
        self, agent: int, channel: int, peer: int, before: int = 0
    ) -> tuple[list[Message], dict[int, int]]:
        """The recent conversation, up to message `before` (0: until now), as this agent's player has heard it, and what
        they had forgotten by then (`store.forgotten.unlearnt`).

        What another version of the agent said is left out: a model copies the manner it finds in its own earlier
        lines, and a new version would go on talking like the one before it. An answer of its own stands behind what it
        answers, whatever was said while it was thought of: else that would seem to be answered, too.
        """

        def read(c: sqlite3.Connection) -> tuple[list[Message], dict[int, int], AdapterVersion | None]:
            live, unlearnt = adapters.live(c, agent), forgotten.unlearnt(c, agent)
            found = messages.history(c, agent, channel, peer, before, TURNS)
            return [m for m in found if m.id > unlearnt.get(m.sender, 0)], unlearnt, live

        def place(message: Message) -> tuple[int, bool]:
            answers = message.sender == agent and message.by_agent and message.reply_to > 0
            return (message.reply_to if answers else message.id), answers

        said, unlearnt, live = await self._db.read(read)
        speaks = self._voice.speaks_through(live)
        oldest = time.time() * 1000 - TALK_SPAN_S * 1000
        recent = [
            m
            for m in said
            if (channel == PRIVATE or m.time >= oldest)
            and not (m.sender == agent and m.by_agent and (m.version != speaks or m.text == WAKING))
        ]
        return sorted(recent, key=place), unlearnt

    async def _speak(
        self,
        agent: int,
        channel: int,
        peer: int,
        partner: Body,
        answered: Message | None,
        recent: Sequence[Message],
        unlearnt: dict[int, int],
    ) -> None:
        """Think of one line to a partner, and say it; or of none. `answered` is the last of the `recent` messages, or
        None where the agent speaks first, to nothing that was said."""
        reply_to = answered.id if answered else 0
        partner_is_agent = answered is not None and answered.by_agent
        turns = [Turn(message.name, message.text) for message in recent]
        body = self._world.bodies[agent]
        agreed = await standing(self._world, self._db, body, channel, peer)
        scene = scene_of(self._world, self._memory, body, channel, peer, agreed)
        if answered is None:  # with others in sight it would greet any of them
            scene = replace(scene, near=(partner.name,))
        reply = await self._voice.speak(agent, scene, turns, partner.name)
        if reply is None or self._locked(agent) or not self._drives(agent):
            return
        level = self._level(agent)  # as it is now: its quiet hours may have begun meanwhile
        greets_nobody = not reply_to and partner.driver != PLAYER  # who came near has left meanwhile
        if level < DRAFT or (level < ACT and not reply_to) or greets_nobody:
            return
        heard = {message.id for message in recent} | ({reply_to} if reply_to else set())
        stands = partial(sight.stands, player=agent, scene=scene.to_json(), heard=heard, unlearnt=unlearnt)
        made = Made(reply_to, prompt_to_json(scene, turns), reply.version, stands)
        # Noted before it is said: another agent may answer the moment it hears it.
        self._manners.spoke(agent, partner.id, partner_is_agent, time.monotonic())
        if level == DRAFT:
            await self._keep(agent, channel, peer, reply.text, made)
            return
        said = await self._say(agent, channel, peer, reply.text, made)
        # In private it was noted as it was heard; and the account of the partner may have been deleted meanwhile.
        if said and channel != PRIVATE and partner.id in self._world.bodies:
            self._memory.talked(agent, partner.name, channel)
            if reply_to:  # who is greeted has not said anything yet
                self._memory.talked(partner.id, body.name, channel)

    async def _keep(self, agent: int, channel: int, peer: int, text: str, made: Made) -> None:
        """Write down for the player what their agent would have said."""
        now, prompt = now_ms(), made.prompt
        assert prompt is not None

        def keep(connection: sqlite3.Connection) -> None:
            if made.stands(connection):
                conducts.draft(
                    connection, agent, channel, peer, made.reply_to, text, made.version, prompt, now
                )

        await self._db.write(keep)

    async def _say(self, agent: int, channel: int, peer: int, text: str, made: Made) -> bool:
        """Say a line, as soon as the agent may; not if it may not, or if meanwhile the player came back or its quiet
        hours began. Returns whether it was said."""
        for patience in range(_PATIENCE, -1, -1):
            if not (self._drives(agent) and self._may_say(agent)):
                break
            try:
                await self._chat.say(agent, channel, peer, text, made=made)
                return True
            except TooFast as refusal:  # the same limit as for players, but an agent can wait
                if not patience:
                    log.info("the agent of %s stays silent: %s", self._world.bodies[agent].name, refusal)
                    break
                await asyncio.sleep(1)
            except (ChatError, StoreError) as error:
                log.info("the agent of %s stays silent: %s", self._world.bodies[agent].name, error)
                break
        return False

    def greet(self) -> None:
        """Agents greet people in person who come near; called now and then."""
        if self._voice.state in (LOADING, FAILED) or self._voice.too_busy():
            return
        now = time.monotonic()
        for body in self._next_to_greet(now):
            other = self._world.nearest(
                body.x, body.y, GREET_DISTANCE, lambda o: self._drives(o.id) and o.id not in self._thinking
            )
            if other and self._manners.greets(other.id, body.id, now, self._level(other.id)):
                self._think_of(other.id, (NEARBY, body.id), _Wish(body.id, None, now))

    def _next_to_greet(self, now: float) -> list[Body]:
        """People who may be greeted: to look who is near takes long for all in a crowd, so they take turns."""
        bodies = self._world.bodies
        people = sorted(
            body.id
            for body in bodies.values()
            if body.driver == PLAYER and self._manners.may_be_greeted(body.id, now)
        )
        turn = [p for p in people if p > self._greeted_last][:GREETED_AT_ONCE] or people[:GREETED_AT_ONCE]
        self._greeted_last = turn[-1] if turn else 0
        return [bodies[player] for player in turn]

    async def _greet(self, agent: int, other: int) -> None:
        if not await self._chat.on_speaking_terms(agent, other):
            return
        partner = self._world.bodies.get(other)  # None: the account was deleted meanwhile
        if partner is not None and partner.driver == PLAYER:
            # Into the silence: whatever was said last nearby, a greeting is no answer to it.
            unlearnt = await self._db.read(lambda c: forgotten.unlearnt(c, agent))
            await self._speak(agent, NEARBY, 0, partner, None, (), unlearnt)

    # Another answer

    async def another(self, player: int, message: int) -> None:
        """Think of one more draft for an agent's message, on the wish of its partner. Raises `ChatError`."""
        agent = await self._chat.check_another(player, message)
        said = await self._db.read(lambda c: drafts.of(c, message))
        if not said or not self._may_say(agent):
            raise ChatError("There is no other answer to this.")
        scene, turns = prompt_from_json(said[0].prompt)
        known = {draft.text for draft in said}
        for _ in range(3):  # a small model likes to repeat itself; what is offered must be another answer
            reply = await self._voice.speak(agent, scene, turns, turns[-1].speaker if turns else "")
            if not self._may_say(agent):  # its quiet hours may have begun meanwhile
                break
            if reply and reply.text not in known:
                # Whatever of the prompt has been forgotten meanwhile, the drafts went with it, and no other is added.
                await self._chat.add_draft(player, message, reply.text, reply.version)
                return
        raise ChatError("No other answer came to mind.")
