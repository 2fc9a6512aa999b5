"""Whom a line is for: which of the agents that hear it should answer, and who is spoken to in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nanoverse.agents.manners import Heard, Manners, called, names
from nanoverse.chat.events import Said
from nanoverse.protocol import ASLEEP, NEARBY, PRIVATE
from nanoverse.store.conducts import DRAFT
from nanoverse.store.messages import Message
from nanoverse.world.simulation import Simulation


def spoken_to(world: Simulation, message: Message, recipients: Sequence[int]) -> set[str]:
    """Whom a message is for, as far as that is plain: who gets it in private, whose words a human replies to, and
    whom they name among those nearby. Whom an agent answers before all it notes itself."""
    if message.channel == PRIVATE:
        other = world.bodies.get(message.to)
        return {other.name} if other else set()
    found = {message.quoted_name} if message.quoted_name else set()
    if message.channel == NEARBY and not message.by_agent:
        near = (world.bodies[player] for player in recipients if player in world.bodies)
        found |= {body.name for body in near if names(message.text, body.name)}
    return found - {message.name}


class Hearing:
    """Who feels addressed. `drives` says whether an agent has a player's body just now, `level` how much its player
    lets it do (`store.conducts`)."""

    def __init__(
        self, world: Simulation, manners: Manners, drives: Callable[[int], bool], level: Callable[[int], int]
    ) -> None:
        self._world = world
        self._manners = manners
        self._drives = drives
        self._level = level

    def addressed(self, said: Said, now: float, dice: float) -> list[tuple[int, bool]]:
        """The agents that should answer, and whether they were named: of those named each, else at most one, the
        nearest that likes to. `now` and `dice` as `Manners.answers` takes them."""
        message, bodies = said.message, self._world.bodies
        others = set(said.recipients) - said.unheard - {message.sender}
        listeners = [p for p in sorted(others & bodies.keys()) if bodies[p].driver != ASLEEP]
        agents = [p for p in listeners if self._drives(p)]
        if message.channel == NEARBY:
            agents.sort(key=lambda p: self._distance(p, message.sender))
        # Who speaks to somebody else who hears it, or answers what somebody else has said, does not speak to an agent.
        whom = called(message.text)
        elsewhere = message.quoted_name not in ("", message.name) or any(
            whom == bodies[p].name.casefold() for p in listeners
        )
        willing: list[tuple[int, bool]] = []
        drafting: list[tuple[int, bool]] = []
        for agent in agents:
            named = message.quoted_name == bodies[agent].name or names(message.text, bodies[agent].name)
            heard = Heard(
                channel=message.channel,
                speaker=message.sender,
                speaker_is_agent=message.by_agent,
                named=named,
                alone=message.channel == NEARBY and len(listeners) == 1,
                elsewhere=elsewhere and not named,
            )
            level = self._level(agent)
            if self._manners.answers(agent, heard, now, dice, level):
                # A draft is silent, so it takes nobody's turn.
                (drafting if level == DRAFT else willing).append((agent, named))
        return drafting + ([one for one in willing if one[1]] or willing[:1])

    def _distance(self, one: int, other: int) -> int:
        a, b = self._world.bodies[one], self._world.bodies[other]
        return abs(a.x - b.x) + abs(a.y - b.y)
