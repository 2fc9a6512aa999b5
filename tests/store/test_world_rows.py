"""Bodies, edits, visits and facts come back as they were stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from nanoverse.store import bodies, edits, facts, visits
from nanoverse.store.bodies import Body
from nanoverse.store.edits import Edit
from nanoverse.store.visits import Visit

Join = Callable[[str], int]


def test_a_body_comes_back_as_it_was_last_saved(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob = join("Ann"), join("Bob")
    first = Body(ann, -256, 1, 0, 0, ())
    last = Body(ann, 4_000_000 * 256, -5, 3, 8, ((1, 64), (0, 0), (7, 3)))
    other = Body(bob, 0, 0, 1, 2, ((2, 1),))
    bodies.put(connection, [first, other])
    bodies.put(connection, [last])
    assert bodies.get(connection, ann) == last
    assert bodies.everyone(connection) == [last, other]
    assert bodies.get(connection, 999) is None


def test_a_body_whose_player_is_gone_does_not_keep_the_others_from_being_saved(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann = join("Ann")
    bodies.put(connection, [Body(999, 0, 0, 0, 0, ()), Body(ann, 1, 1, 1, 1, ())])
    assert bodies.everyone(connection) == [Body(ann, 1, 1, 1, 1, ())]


def test_the_last_edit_of_a_tile_and_layer_is_the_one_that_counts(
    connection: sqlite3.Connection, join: Join
) -> None:
    old, new = Edit(5, -5, 1, 3, join("Ann"), False, 10), Edit(5, -5, 1, 0, join("Bob"), True, 20)
    ground = Edit(5, -5, 0, 4, None, False, 15)
    edits.put(connection, [old, ground, new])
    assert sorted(edits.everything(connection), key=lambda edit: edit.layer) == [ground, new]


def test_of_paint_that_was_scraped_off_no_row_stays(connection: sqlite3.Connection) -> None:
    red, bare = Edit(5, -5, 2, 7, None, False, 10), Edit(5, -5, 2, 0, None, False, 20)
    stone = Edit(5, -5, 1, 0, None, False, 10)
    edits.put(connection, [red, stone])
    edits.put(connection, [bare])
    assert edits.everything(connection) == [stone]
    edits.put(connection, [bare, red])
    assert sorted(edits.everything(connection), key=lambda edit: edit.layer) == [stone, red]


def test_the_edits_of_a_rectangle_are_those_inside_it_and_no_others(connection: sqlite3.Connection) -> None:
    every = [Edit(x, y, 1, 1, None, False, 0) for x in range(-3, 4) for y in range(-3, 4)]
    edits.put(connection, every)
    found = edits.within(connection, -2, 0, 4, 2)
    assert {(edit.x, edit.y) for edit in found} == {(x, y) for x in (-2, -1, 0, 1) for y in (0, 1)}


def test_the_dearest_places_come_first_and_time_adds_up(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob = join("Ann"), join("Bob")
    visits.add(
        connection, [Visit(ann, 3, 5, 10), Visit(ann, -1, 0, 30), Visit(bob, 0, 0, 99), Visit(999, 0, 0, 1)]
    )
    visits.add(connection, [Visit(ann, 15, 15, 25), Visit(ann, 40, 0, 1)])
    assert visits.favourites(connection, ann, 2) == [Visit(ann, 0, 0, 35), Visit(ann, -16, 0, 30)]


def test_a_fact_is_what_was_put_last_until_it_is_removed(connection: sqlite3.Connection) -> None:
    assert facts.get(connection, "seed") is None
    facts.put(connection, "seed", "1")
    facts.put(connection, "seed", "2")
    assert facts.get(connection, "seed") == "2"
    facts.remove(connection, "seed")
    assert facts.get(connection, "seed") is None
