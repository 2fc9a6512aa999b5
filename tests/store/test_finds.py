"""Finds, the points they give, and what stands against minting them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from nanoverse.store import accounts, finds, scrolls, shuns
from nanoverse.store.finds import COUNTED, DAY, POINTS, Find, Landmark, Rank

Join = Callable[[str], int]
NOW = 10 * DAY


def found_scroll(player: int, scroll: int, author: int, time: int = NOW) -> Find:
    return Find(player, "scroll", str(scroll), "", "hello", author, 3, 4, time)


def found_place(player: int, what: str) -> Find:
    return Find(player, "place", what, "Hollow Ford", "", None, 3, 4, NOW)


def points(connection: sqlite3.Connection, player: int) -> int:
    return next((r.points for r in finds.leaderboard(connection, 9, player) if r.player == player), 0)


def test_a_find_counts_once_however_often_it_is_made(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob = join("Ann"), join("Bob")
    both = [found_scroll(bob, 1, ann), found_place(bob, "0,0")]
    assert [one.points for one in finds.put(connection, both)] == [POINTS["scroll"], POINTS["place"]]
    assert finds.put(connection, [*both, found_scroll(bob, 1, ann, NOW + 5 * DAY)]) == []
    assert points(connection, bob) == POINTS["scroll"] + POINTS["place"]


def test_ones_own_scroll_is_no_find(connection: sqlite3.Connection, join: Join) -> None:
    ann = join("Ann")
    assert finds.put(connection, [found_scroll(ann, 1, ann)]) == []
    assert points(connection, ann) == 0


def test_few_scrolls_of_one_author_count_within_a_day_also_when_the_clock_is_set_back(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob, eve = join("Ann"), join("Bob"), join("Eve")
    new = finds.put(connection, [found_scroll(bob, n, ann) for n in range(COUNTED + 4)])
    assert [one.points for one in new] == [POINTS["scroll"]] * COUNTED + [0] * 4
    assert finds.put(connection, [found_scroll(bob, 50, ann, NOW - 3 * DAY)])[0].points == 0
    assert finds.put(connection, [found_scroll(bob, 51, eve)])[0].points == POINTS["scroll"]
    assert finds.put(connection, [found_scroll(bob, 52, ann, NOW + DAY)])[0].points == POINTS["scroll"]


def test_an_author_who_goes_takes_the_words_along_and_leaves_the_points_as_they_were(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    scrolls.put(connection, [scrolls.Scroll(n, n, 0, "hello", ann, NOW) for n in range(1, COUNTED + 3)])
    finds.put(connection, [found_scroll(bob, n, ann) for n in range(1, COUNTED + 3)])
    assert len(finds.scrolls(connection, bob, 99)) == COUNTED + 2
    accounts.delete(connection, ann)
    assert points(connection, bob) == COUNTED * POINTS["scroll"]
    assert finds.scrolls(connection, bob, 99) == []
    assert scrolls.hidden(connection) == []
    assert scrolls.last(connection) == COUNTED + 2  # so that no new scroll is taken for an old find


def test_what_a_deleted_player_found_or_hid_meanwhile_is_not_kept(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    accounts.delete(connection, bob)
    assert finds.put(connection, [found_place(bob, "0,0")]) == []
    scrolls.put(connection, [scrolls.Scroll(1, 0, 0, "hello", bob, NOW)])
    assert scrolls.hidden(connection) == []
    assert finds.put(connection, [found_scroll(ann, 1, bob)])[0].author == bob  # counts; the row names nobody
    assert finds.known(connection) == [(ann, "scroll", "1")]


def test_a_scroll_taken_back_stays_with_its_finders_only(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob = join("Ann"), join("Bob")
    scrolls.put(connection, [scrolls.Scroll(n, n, 0, f"number {n}", ann, NOW) for n in (1, 2)])
    finds.put(connection, [found_scroll(bob, 1, ann)])
    scrolls.recover(connection, [1, 2], NOW)
    assert scrolls.hidden(connection) == []
    assert [(s.text, s.by) for s in finds.scrolls(connection, bob, 99)] == [("number 1", "Ann")]
    assert connection.execute("SELECT id FROM scroll").fetchall() == [(1,)]
    assert finds.finders(connection, ann) == {1: 1}


def test_the_leaderboard_names_the_best_and_whoever_asks(connection: sqlite3.Connection, join: Join) -> None:
    ann, bob, eve, dan = (join(name) for name in ("Ann", "Bob", "Eve", "Dan"))
    finds.put(connection, [found_place(bob, str(n)) for n in range(3)])
    finds.put(connection, [found_place(ann, "0"), found_place(eve, "0")])
    two = POINTS["place"]
    assert finds.leaderboard(connection, 1, eve) == [Rank(bob, "Bob", 3 * two, 1), Rank(eve, "Eve", two, 2)]
    assert [r.rank for r in finds.leaderboard(connection, 9, ann)] == [1, 2, 2]
    assert dan not in [r.player for r in finds.leaderboard(connection, 9, dan)]


def test_scrolls_by_whom_one_shuns_are_neither_told_nor_listed_until_one_hears_them_again(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")
    scrolls.put(connection, [scrolls.Scroll(1, 0, 0, "hello", ann, NOW)])
    for blocked in (True, False):
        shuns.put(connection, bob, ann, blocked, NOW)
        assert finds.put(connection, [found_scroll(bob, 1, ann)]) == []
        assert finds.scrolls(connection, bob, 99) == []
    shuns.remove(connection, bob, ann)
    assert [s.text for s in finds.scrolls(connection, bob, 99)] == ["hello"]


def test_landmarks_are_the_regions_and_ruins_of_one_player_the_nearest_first(
    connection: sqlite3.Connection, join: Join
) -> None:
    ann, bob = join("Ann"), join("Bob")

    def find(player: int, kind: str, what: str, name: str, x: int) -> Find:
        return Find(player, kind, what, name, "", None, x, 0, NOW)

    found = [
        find(ann, "place", "900,-40", "Far Reach", 860),
        find(ann, "ruin", "-12,7", "Hollow Ford", -10),
        find(ann, "place", "-30,4", "Hollow Ford", 2),
        find(ann, "biome", "meadow", "meadow", 0),
        find(bob, "place", "0,0", "Bob's Own", 0),
    ]
    finds.put(connection, [*found, found_scroll(ann, 7, bob)])
    expected = [
        Landmark("place", "Hollow Ford", -30, 4),
        Landmark("ruin", "Hollow Ford", -12, 7),
        Landmark("place", "Far Reach", 900, -40),
    ]
    assert finds.landmarks(connection, ann, 0, 0, 9) == expected
    assert finds.landmarks(connection, ann, 860, 0, 1) == expected[2:]
