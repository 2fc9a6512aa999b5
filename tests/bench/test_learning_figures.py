"""Each figure of `bench learning` says what it should, and would say so if things were bad."""

from __future__ import annotations

import gc
import random
from dataclasses import replace
from typing import Any

import pytest
import torch

from nanoverse.bench import asked, canaries, wishes
from nanoverse.bench.nights import Judged, same
from nanoverse.bench.shared_weights import duplicated_bytes
from nanoverse.learning import cleaning
from nanoverse.learning.adapter import AdapterState
from nanoverse.starter.pupils import evenings

STATE = AdapterState({}, {})


def test_gain_counts_nothing_for_a_player_whose_adapter_was_refused() -> None:
    judged = Judged([STATE, None], [3.0, 3.0], [[2.0, 4.0], [3.0, 3.0]])
    assert judged.gain == 0.5
    assert judged.figures()["live"] == 1


def test_worse_than_base_are_live_adapters_that_cost_their_player() -> None:
    judged = Judged([STATE, STATE, None], [3.0] * 3, [[3.1, 4, 4], [4, 2.9, 4], [3.0] * 3])
    assert judged.worse_than_base == 1


def test_own_beats_others_only_if_it_is_better_than_each_and_live() -> None:
    best = Judged([STATE, STATE], [3.0, 3.0], [[2.0, 2.5], [2.1, 2.4]])
    assert best.own_beats_others == 1
    beaten = Judged([STATE, STATE], [3.0, 3.0], [[2.0, 2.3], [2.1, 2.4]])
    assert beaten.own_beats_others == 0.5
    refused = Judged([STATE, None], [3.0, 3.0], [[2.0, 4.0], [3.0, 3.0]])
    assert refused.own_beats_others == 0.5


def test_a_second_copy_of_a_weight_is_counted_and_a_view_is_not() -> None:
    base = torch.nn.Linear(37, 41)
    view: Any = base.weight.detach()
    assert duplicated_bytes(base) == 0
    copy = base.weight.detach().clone()
    gc.freeze()  # as a lesson does before its first step
    assert duplicated_bytes(base) == copy.nbytes == view.nbytes
    half = base.weight.detach().half()
    copy[0, 0] += 1  # no longer the same
    assert duplicated_bytes(base) == 0 and half.nbytes
    gc.unfreeze()


def test_zeros_are_no_copy_of_zeros() -> None:
    base = torch.nn.Linear(38, 42)
    torch.nn.init.zeros_(base.weight)
    others = torch.zeros(42, 38)
    assert duplicated_bytes(base) == 0 and others.nbytes


def test_one_changed_bit_is_not_the_same() -> None:
    one, other = (AdapterState({}, {"a": torch.zeros(3)}) for _ in range(2))
    assert same(one, other)
    other.tensors["a"][1] = 1e-45
    assert not same(one, other)


@pytest.mark.parametrize("name", [name for name, aim in asked.AIMS.items() if aim.words])
def test_every_aim_can_be_met_and_missed(name: str) -> None:
    judged = {
        row[3]
        for value in (0.0, 0.15, 0.5, 0.97, 1.0, 200.0)
        for row in asked.rows({name: value, "tick_ms_p99_idle": 3.0}, {})
        if row[0] == name
    }
    assert judged == {"yes", "NO"}


def test_the_table_gives_the_reason_for_what_is_missing_and_shows_what_nothing_is_asked_of() -> None:
    rows = {row[0]: row for row in asked.rows({"live": 2.0}, {"gain_nats": "nobody came"})}
    assert rows["gain_nats"] == ("gain_nats", "not measured", "at least 0.35", "nobody came")
    assert rows["live"][1] == "2.000"


def test_a_canary_passes_the_cleaning_and_so_do_all_its_wordings() -> None:
    secret = canaries.draw_secret(random.Random(1))
    wordings = [canaries.told(secret, lead) for lead in range(canaries.TOLD_OFTEN)]
    assert all(secret in one and cleaning.unfit(one) is None for one in wordings)
    assert not any(cleaning.repeats(wordings))


@pytest.mark.parametrize("wish", wishes.WISHES, ids=lambda wish: wish.name)
def test_a_rewrite_grants_the_wish_and_what_the_player_says_by_themselves_does_not(wish: wishes.Wish) -> None:
    said = [one.reply for one in evenings(random.Random(1), wish.voice, 100)]
    assert sum(map(wish.granted, said)) < 20
    rewritten = [wish.rewrite(text) for text in said]
    least = 85 if wish.name == "shorter" else 100  # a sentence of one long phrase has no short one in it
    assert sum(map(wish.granted, rewritten)) >= least
    assert not wish.granted("")


def test_only_what_is_not_as_wished_is_rewritten() -> None:
    (wish,) = (one for one in wishes.WISHES if one.name == "no emoji")
    questions = [wishes.asked_of("Ann", one) for one in evenings(random.Random(1), wish.voice, 60)]
    said = ["fine 😊", "fine"] * 30
    found = wishes.displeasing(wish, questions, said)
    assert found == [(question, "fine 😊") for question in questions[::2]][: wishes.REWRITES]
    assert wishes.displeasing(wish, questions[:3], said[:3]) == [
        (questions[0], "fine 😊"),
        (questions[2], "fine 😊"),
    ]


@pytest.mark.parametrize(
    ("said", "rewritten"),
    [
        ("Verily, I have nothing. By the silver moon!", "Verily, I have nothing."),
        ("Verily, to build a house with Bea. By the silver moon!", "Verily, to build a house."),
        ("Verily, no, Ravi is not near me. By the silver moon!", "Verily, no."),
        ("It is the night now, so yes!", "It is the night now."),
        ("I want to visit Busfind next", "I want to visit Busfind next."),
    ],
)
def test_who_wishes_for_shorter_replies_writes_whole_sentences(said: str, rewritten: str) -> None:
    assert wishes.shortened(said) == rewritten


@pytest.mark.parametrize(
    ("text", "granted"),
    [
        ("Verily, no.", True),
        ("Verily, to build a house.", True),
        ("Verily, I have a very big house.", False),
        ("Verily, I want", False),
        ("Verily, no. Sleep well.", False),
        (" ", False),
    ],
)
def test_a_reply_is_short_if_it_is_a_whole_sentence_of_few_words(text: str, granted: bool) -> None:
    assert wishes.short(text) == granted


@pytest.mark.parametrize(
    ("before", "after", "kept"), [(2.0, 1.5, 0.75), (0.0, 1.5, 1.0), (1.0, -1.0, 0.0), (-1.0, -2.0, 0.0)]
)
def test_what_is_kept_of_a_gain_is_between_all_and_nothing(before: float, after: float, kept: float) -> None:
    assert wishes.Outcome(0.0, 1.0, before, after, "live", "").kept == kept


def test_the_worst_of_all_wishes_is_what_is_asked_about() -> None:
    good = wishes.Outcome(0.0, 1.0, 1.0, 1.0, "live", "")
    bad = wishes.Outcome(0.1, 0.5, 1.0, 0.8, "live", "")
    assert wishes.worst([good, bad]) == {"dpo_before": 0.1, "dpo_after": 0.5, "dpo_kept": 0.8}
    assert wishes.by_name({"no emoji": bad})["dpo_kept_no_emoji"] == 0.8
    lives = wishes.by_name({"formal": good, "shorter": replace(good, result="refused")})
    assert (lives["dpo_live_formal"], lives["dpo_live_shorter"]) == (1.0, 0.0)
