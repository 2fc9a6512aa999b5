"""Who is there in person, and when the agent is due."""

from __future__ import annotations

from nanoverse.agents.presence import Presence


def test_the_agent_is_due_some_time_after_the_player_left_and_once() -> None:
    presence = Presence(30, agents=True)
    presence.came(1)
    assert presence.is_here(1)
    presence.left(1, 100)
    assert not presence.is_here(1)
    assert not presence.due(129.9)
    assert presence.due(130) == {1: 100}
    assert not presence.due(1000)


def test_who_comes_back_in_time_is_not_replaced() -> None:
    presence = Presence(30, agents=True)
    presence.left(1, 0)
    presence.came(1)
    assert not presence.due(1000)


def test_who_leaves_again_is_waited_for_anew() -> None:
    presence = Presence(30, agents=True)
    presence.left(1, 0)
    presence.came(1)
    presence.left(1, 20)
    assert not presence.due(49) and presence.due(50) == {1: 20}


def test_in_a_world_without_agents_bodies_stay_asleep() -> None:
    presence = Presence(0, agents=False)
    presence.left(1, 0)
    assert not presence.due(1000)


def test_the_agent_of_who_is_there_or_locked_may_not_drive() -> None:
    locked: set[int] = set()
    presence = Presence(30, agents=True, locked=locked.__contains__)
    assert presence.leaves_body(1)
    presence.came(1)
    assert not presence.leaves_body(1)
    presence.left(1, 0)
    locked.add(1)
    assert not presence.leaves_body(1)
