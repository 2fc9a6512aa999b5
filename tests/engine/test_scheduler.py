"""The scheduler is a game of cards: no tensors, no clock, no threads."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanoverse.engine.scheduler import Scheduler, Sequence

WINDOW, CHUNK = 8, 8
RING = WINDOW + CHUNK


def scheduler(rows: int = 4, ring: int = RING, busy_chunk: int = 2) -> Scheduler:
    return Scheduler(
        rows=rows,
        chunk=4 * busy_chunk,
        busy_chunk=busy_chunk,
        ring=ring,
        rewind=ring - WINDOW + 1,
    )


def everything_is_ready(_: Sequence) -> bool:
    return True


def run(s: Scheduler, answer: int = 0, ready: Callable[[Sequence], bool] = everything_is_ready) -> None:
    """One step; whoever has all tokens computed writes `answer`."""
    s.admit(ready)
    plan = s.plan()
    choosing = [work.sequence for work in plan if work.chooses]
    s.done(plan)
    for sequence in choosing:
        sequence.tokens.append(answer)


def test_a_prompt_is_read_in_chunks_and_then_written_one_token_a_step() -> None:
    s = scheduler()
    sequence = Sequence(1, list(range(19)))
    s.add(sequence)
    progress = []
    for _ in range(5):
        run(s)
        progress.append((sequence.cached, len(sequence.tokens)))
    assert progress == [(8, 19), (16, 19), (19, 20), (20, 21), (21, 22)]


def test_while_someone_writes_a_prompt_gets_only_the_small_chunk() -> None:
    s = scheduler()
    writer, reader = Sequence(1, [1]), Sequence(2, list(range(30)))
    s.add(writer)
    run(s)
    s.add(reader)
    run(s)
    assert (len(writer.tokens), reader.cached) == (3, 2)


def test_a_short_question_overtakes_a_long_one_that_has_had_more() -> None:
    s = scheduler()
    long, short = Sequence(1, list(range(100))), Sequence(2, [1, 2, 3])
    s.add(long)
    run(s)
    s.add(short)
    run(s)
    assert len(short.tokens) == 4


@pytest.mark.parametrize("rows", [16, 32])
def test_a_long_question_is_read_however_many_short_ones_come_after_it(rows: int) -> None:
    s, rng = scheduler(rows, ring=256, busy_chunk=32), random.Random(rows)
    replies: dict[Sequence, int] = {}

    def step(asked: Sequence | None = None) -> None:
        """As soon as a row is free the next player asks, so that somebody always writes."""
        while len(s.running) < rows:
            short = Sequence(len(replies), [1] * rng.randint(60, 200))
            sequence, asked = asked or short, None
            replies[sequence] = rng.randint(3, 40)
            s.add(sequence)
            s.admit(everything_is_ready)
        run(s)
        for sequence in list(s.running.values()):
            if len(sequence.tokens) - sequence.prompt >= replies[sequence]:
                s.remove(sequence)

    for _ in range(100):
        step()
    while len(s.running) == rows:
        step()
    long = Sequence(-1, [2] * 448)
    before = sum(len(s.tokens) - s.cached for s in s.running.values() if not s.writing)
    steps = 0
    while long.cached < long.prompt:
        step(long if not steps else None)
        steps += 1
        # Every other step is for those who were there before it, and then for it.
        assert long.cached >= min(448, 32 * (steps // 2) - before)


def test_a_question_is_read_before_the_flood_of_another_player() -> None:
    s = scheduler(rows=8)
    for _ in range(4):
        s.add(Sequence(1, list(range(100))))
    run(s)
    other = Sequence(2, list(range(20, 36)))
    s.add(other)
    run(s)
    run(s)
    assert len(other.tokens) == 17, "it was answered after its own two chunks"


def flooded(rows: int, writing: int, reading: int) -> Scheduler:
    """Player 1 has so many answers under way, and so many long questions being read."""
    s = scheduler(rows)
    for _ in range(writing):
        s.add(Sequence(1, [1]))
    run(s)
    for _ in range(reading):
        s.add(Sequence(1, list(range(100))))
    return s


def test_a_flood_stands_back_for_one_step_so_that_a_question_is_read_at_once() -> None:
    s = flooded(rows=8, writing=4, reading=0)
    other = Sequence(2, list(range(CHUNK)))
    s.add(other)
    run(s)
    assert len(other.tokens) == CHUNK + 1, "read in one step, and answered"
    assert [len(s.running[row].tokens) for row in range(4)] == [2] * 4
    run(s)
    assert [len(s.running[row].tokens) for row in range(4)] == [3] * 4


def test_what_a_flood_asks_is_not_read_in_the_step_in_which_it_stands_back() -> None:
    s = flooded(rows=8, writing=0, reading=2)
    run(s)
    before = [s.running[row].cached for row in range(2)]
    other = Sequence(2, list(range(CHUNK - 2)))
    s.add(other)
    run(s)
    assert len(other.tokens) == CHUNK - 1, "answered"
    assert [s.running[row].cached for row in range(2)] == before, "though there was room for two tokens more"
    run(s)
    assert sum(s.running[row].cached for row in range(2)) > sum(before)


def test_a_flood_stands_back_every_other_step_however_long_the_question() -> None:
    s = flooded(rows=8, writing=4, reading=0)
    other = Sequence(2, list(range(100)))
    s.add(other)
    progress = []
    for _ in range(4):
        run(s)
        progress.append((len(s.running[0].tokens), other.cached))
    assert progress == [(2, 8), (3, 10), (3, 18), (4, 20)]


def test_nobody_stands_back_for_one_who_runs_as_much() -> None:
    s = scheduler(rows=8)
    writer, reader = Sequence(1, [1]), Sequence(2, list(range(100)))
    s.add(writer)
    run(s)
    s.add(reader)
    for _ in range(3):
        run(s)
    assert len(writer.tokens) == 5


def test_where_only_a_flood_reads_the_steps_are_short() -> None:
    # Of 8 rows a flood holds more than 2.
    for writing, reading, read in ((0, 2, CHUNK), (1, 1, 2), (2, 1, 1), (0, 3, 1)):
        s = flooded(rows=8, writing=writing, reading=reading)
        run(s)
        assert sum(sequence.cached for sequence in s.running.values() if not sequence.writing) == read


def test_a_flood_of_one_player_leaves_rows_to_the_next() -> None:
    s = scheduler(rows=4)
    for _ in range(100):
        s.add(Sequence(1, [1]))
    run(s)
    assert len(s.running) == 2
    other = Sequence(2, [1])
    s.add(other)
    run(s)
    assert other.row >= 0


def test_free_rows_go_around_the_players() -> None:
    s = scheduler(rows=2)
    sequences = {player: [Sequence(player, [player]) for _ in range(2)] for player in (1, 2, 3)}
    for mine in sequences.values():
        for sequence in mine:
            s.add(sequence)
    order = []
    while s.running or any(s.waiting()):
        run(s)
        for sequence in list(s.running.values()):
            order.append(sequence.player)
            s.remove(sequence)
    assert order == [1, 2, 3, 1, 2, 3]


def test_who_takes_a_question_back_keeps_their_turn_for_the_next() -> None:
    s = scheduler(rows=1)
    taken_back, mine, theirs = Sequence(1, [1]), Sequence(1, [2]), Sequence(2, [3])
    for sequence in (taken_back, mine, theirs):
        s.add(sequence)
    s.remove(taken_back)
    assert s.admit(everything_is_ready) == [mine]


def test_a_request_whose_adapter_is_not_there_yet_holds_up_nobody() -> None:
    s = scheduler(rows=1)
    slow, quick = Sequence(1, [1], adapter="slow"), Sequence(2, [1])
    s.add(slow)
    s.add(quick)
    run(s, ready=lambda sequence: sequence.adapter is None)
    assert list(s.running.values()) == [quick]


def test_every_row_can_carry_an_adapter() -> None:
    s = scheduler(rows=4)
    without = [Sequence(player, [1]) for player in (1, 2)]
    with_adapter = [Sequence(player, [1], adapter=player) for player in (3, 4)]
    for sequence in without + with_adapter:
        s.add(sequence)
    run(s)
    assert len(s.running) == 4, "nobody waits beside an empty row"


def finish(s: Scheduler, tokens: list[int], adapter: str | None = None, writes: int = 1) -> Sequence:
    sequence = Sequence(1, list(tokens), adapter)
    s.add(sequence)
    while len(sequence.tokens) < len(tokens) + writes:
        run(s)
    s.remove(sequence)
    return sequence


def admitted(s: Scheduler, tokens: list[int], adapter: str | None = None) -> Sequence:
    """Of a player of whom nothing else runs."""
    sequence = Sequence(1 + len(s.running), list(tokens), adapter)
    s.add(sequence)
    assert s.admit(everything_is_ready) == [sequence]
    return sequence


def test_the_next_turn_of_a_conversation_reuses_what_its_row_knows() -> None:
    s = scheduler()
    first = finish(s, [5, 6, 7], writes=4)
    again = admitted(s, [*first.tokens, 9, 9])
    assert again.cached == 6  # the last written token was never computed


def test_at_least_one_token_is_left_to_compute() -> None:
    s = scheduler()
    finish(s, [5, 6, 7])
    assert admitted(s, [5, 6, 7]).cached == 2


def test_what_one_adapter_computed_is_nothing_to_another() -> None:
    s = scheduler(rows=1)
    finish(s, [5, 6, 7], adapter="a")
    assert admitted(s, [5, 6, 7, 8], adapter="b").cached == 0


def test_a_full_ring_is_not_rolled_back_further_than_it_remembers() -> None:
    old = list(range(100, 140))
    for back, reused in ((9, 31), (10, 0)):
        s = scheduler()
        finish(s, old)
        kept = len(old) - back
        assert admitted(s, [*old[:kept], 1, 2]).cached == reused


def test_cancelling_after_a_rollback_does_not_hide_what_the_ring_lost() -> None:
    s = scheduler(rows=1)
    old = list(range(100, 140))
    finish(s, old)
    s.remove(admitted(s, [*old[:35], 1]))  # rolled back by 5, then gone before it computed anything
    assert admitted(s, [*old[:30], 2]).cached == 0


def test_a_forgotten_row_is_not_reused() -> None:
    s = scheduler(rows=1)
    finish(s, [5, 6, 7])
    s.forget(0)
    assert admitted(s, [5, 6, 7, 8]).cached == 0


TEMPLATE = list(range(200, 210))  # what all prompts begin with


def talk(number: int, length: int = 20) -> list[int]:
    """A prompt of its own behind the template."""
    return TEMPLATE + [number] * (length - len(TEMPLATE))


def test_two_conversations_that_share_a_beginning_keep_a_row_each() -> None:
    s = scheduler(rows=8)
    for adapter in (None, "a"):
        for _ in range(3):
            finish(s, talk(1), adapter)
            finish(s, talk(2), adapter)
        assert [admitted(s, [*talk(number), 9], adapter).cached for number in (1, 2)] == [20, 20]


def test_a_short_question_does_not_take_the_row_of_a_long_talk_for_its_first_tokens() -> None:
    s = scheduler(rows=2)
    finish(s, talk(1, length=24))
    finish(s, talk(2, length=30))
    assert admitted(s, [*TEMPLATE[:2], 3]).row == 0, "longest unused"
    assert admitted(s, [*talk(2, length=30), 9]).cached == 30


def test_a_row_is_taken_for_its_beginning_if_that_is_most_of_what_it_holds() -> None:
    for shared, reused in ((8, 8), (7, 0)):  # of 16
        s = scheduler(rows=2)
        finish(s, list(range(100, 116)))
        asked = admitted(s, [*range(100, 100 + shared), 1, 2])
        assert (asked.row, asked.cached) == (0 if reused else 1, reused)


def test_where_there_is_no_other_row_even_a_short_beginning_is_used() -> None:
    s = scheduler(rows=1)
    finish(s, list(range(100, 116)))
    assert admitted(s, [100, 101, 1]).cached == 2


def test_an_idle_conversation_is_evicted_before_a_fresher_one() -> None:
    s = scheduler(rows=2)
    for number in (1, 2, 3):
        finish(s, talk(number))
    assert admitted(s, [*talk(2), 9]).cached == 20
    assert admitted(s, [*talk(3), 9]).cached == 20


def test_an_adapter_is_copied_rather_than_a_talk_forgotten() -> None:
    s = scheduler(rows=2)
    finish(s, talk(1), adapter="a")
    finish(s, talk(2), adapter="b")
    assert admitted(s, talk(3), adapter="b").row == 0, "the second talk is the fresher one"
    s = scheduler(rows=2)
    finish(s, talk(1), adapter="a")
    assert admitted(s, talk(2), adapter="a").row == 1, "the first talk may go on"
    assert admitted(s, [*talk(1), 9], adapter="a").cached == 20


def test_of_rows_that_were_not_used_of_late_the_one_that_has_the_adapter_is_taken() -> None:
    for adapter, row in (("b", 1), ("c", 0)):
        s = scheduler(4)
        for number, name in enumerate("abcd"):
            finish(s, talk(number), adapter=name)
        assert admitted(s, talk(9), adapter=adapter).row == row, "half of the talks were not used of late"


def test_a_row_in_which_nothing_was_computed_is_taken_before_one_that_is_longer_unused() -> None:
    s = scheduler(rows=2)
    finish(s, talk(1))
    s.remove(admitted(s, talk(2)))
    assert admitted(s, talk(3), adapter="a").row == 1


def test_of_empty_rows_the_one_that_has_the_adapter_is_taken() -> None:
    s = scheduler(rows=3)
    running = [admitted(s, talk(number), adapter) for number, adapter in ((1, "a"), (2, "b"))]
    for sequence in running:
        s.remove(sequence)  # before anything was computed
    assert admitted(s, talk(3), adapter="b").row == 1, "nothing has to be copied"


def test_late_requests_are_named_wherever_they_are() -> None:
    s = scheduler(rows=1)
    running, waiting = Sequence(1, [1], deadline=5), Sequence(2, [1], deadline=4)
    for sequence in (running, waiting):
        s.add(sequence)
    run(s)
    assert s.late(3.9) == []
    assert s.late(4) == [waiting]
    assert set(map(id, s.late(5))) == {id(running), id(waiting)}


EVENTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("ask"),
            st.integers(0, 3),  # player
            st.sampled_from([None, None, "a", "b"]),
            st.integers(0, 40),  # tokens of a story that all prompts begin with
            st.lists(st.integers(0, 1), min_size=1, max_size=3),
        ),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("loaded"), st.sampled_from(["a", "b"])),
        st.tuples(st.just("step"), st.integers(1, 8), st.integers(0, 1)),
    ),
    max_size=60,
)


class Memory:
    """What the keys and values of a row would be: which tokens, under which adapter, lie in which cell of a ring."""

    def __init__(self, rows: int) -> None:
        self.cells: list[dict[int, tuple[object, ...]]] = [{} for _ in range(rows)]

    def write(self, sequence: Sequence, end: int) -> None:
        cells = self.cells[sequence.row]
        for position in range(sequence.cached, end):
            cells[position % RING] = (sequence.adapter, position, tuple(sequence.tokens[: position + 1]))
        for query in range(sequence.cached, end):
            for seen in range(max(0, query - WINDOW + 1), query + 1):
                expected = (sequence.adapter, seen, tuple(sequence.tokens[: seen + 1]))
                assert cells[seen % RING] == expected, "a request sees what is not its own"


@settings(max_examples=300, deadline=None)
@given(EVENTS)
def test_no_schedule_leaks_a_row_mixes_two_requests_or_forgets_one(events: list[tuple[object, ...]]) -> None:
    s = scheduler(rows=3)
    memory = Memory(3)
    loaded: set[object] = {None}
    alive: list[Sequence] = []
    stood_back = False

    def step(token: int) -> None:
        nonlocal stood_back
        s.admit(lambda sequence: sequence.adapter in loaded)
        plan = s.plan()
        rows = [work.sequence.row for work in plan]
        assert rows == sorted(set(rows)), "two requests in one row"
        read = sum(work.end - work.sequence.cached for work in plan if not work.sequence.writing)
        assert read <= CHUNK
        counts = Counter(sequence.player for sequence in s.running.values())
        computed = {id(work.sequence) for work in plan}
        left_out = [q for q in s.running.values() if q.writing and id(q) not in computed]
        least = min((counts[q.player] for q in s.running.values() if not q.writing), default=0)
        assert all(counts[q.player] > least > 0 for q in left_out), "a writer was left out for no one"
        assert not (left_out and stood_back), "twice running"
        stood_back = bool(left_out)
        for work in plan:
            memory.write(work.sequence, work.end)
        choosing = [work.sequence for work in plan if work.chooses]
        s.done(plan)
        for sequence in choosing:
            sequence.tokens.append(token)
            if len(sequence.tokens) - sequence.prompt == 3:
                s.remove(sequence)
                alive.remove(sequence)

    for event in events:
        match event:
            case ("ask", int(player), adapter, int(shared), list(own)):
                alive.append(Sequence(player, list(range(100, 100 + shared)) + own, adapter))
                s.add(alive[-1])
            case ("cancel", int(number)) if alive:
                s.remove(alive.pop(number % len(alive)))
            case ("loaded", adapter):
                loaded.add(adapter)
            case ("step", int(count), int(token)):
                for _ in range(count):
                    step(token)
        assert sorted(map(id, alive)) == sorted(map(id, [*s.waiting(), *s.running.values()]))
        assert all(row == sequence.row for row, sequence in s.running.items())

    loaded |= {"a", "b"}
    for _ in range(80 * len(alive) + 1):
        step(0)
    assert not alive and not s.running and not any(s.waiting()), "a request never came to its end"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9), st.integers(0, 8)), min_size=2, max_size=8))
def test_a_row_used_again_and_again_never_shows_what_its_ring_has_lost(
    turns: list[tuple[int, int, int]],
) -> None:
    s = scheduler(rows=1)
    memory = Memory(1)
    for number, (shared, own, steps) in enumerate(turns):
        sequence = Sequence(1, list(range(100, 100 + shared)) + [number] * (own + 1))
        s.add(sequence)
        s.admit(everything_is_ready)
        for _ in range(steps):
            plan = s.plan()
            for work in plan:
                memory.write(work.sequence, work.end)
            s.done(plan)
            if sequence.cached == len(sequence.tokens):
                sequence.tokens.append(number)
        s.remove(sequence)


def test_a_chunk_that_goes_round_the_ring_leaves_its_first_token_the_whole_window() -> None:
    ring = WINDOW + CHUNK // 2
    s = Scheduler(rows=1, chunk=CHUNK, busy_chunk=CHUNK, ring=ring, rewind=ring - WINDOW + 1)
    s.add(Sequence(1, list(range(40))))
    s.admit(everything_is_ready)
    lengths = []
    while s.running[0].cached < 40:
        (work,) = s.plan()
        first = work.sequence.cached
        assert work.end - ring <= max(0, first - WINDOW + 1), "a key was overwritten that is still looked at"
        lengths.append(work.end - first)
        s.done([work])
    assert lengths[0] == CHUNK, "nothing lies before the first chunk"
