"""Supervised and preference training: they teach what they should, on shared weights, the same way each time."""

from __future__ import annotations

import importlib
import random
import threading
from dataclasses import replace
from types import FunctionType, SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_talker import base_model, talk

from nanoverse.config import Settings
from nanoverse.learning import (
    adapter,
    dpo,
    gate,
    own_words,
    preference_scores,
    sft,
    sidebyside,
    training_thread,
    trl_frame,
    unpaired,
)
from nanoverse.learning.adapter import AdapterState, Stopped
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Examples
from nanoverse.learning.keeping import Kept
from nanoverse.learning.lesson import Lesson, teach
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.material import Preferences
from nanoverse.learning.own_words import OwnWords
from nanoverse.learning.rows import Row, Tokens
from nanoverse.learning.trl_frame import BATCH
from nanoverse.learning.votes import Judged

SETTINGS = Settings(sft_rank=4, sft_epochs=4, sft_learning_rate=5e-3, dpo_learning_rate=2e-3)
NEVER = threading.Event()


@pytest.fixture(scope="module")
def taught(base: Any, tokens: Tokens) -> AdapterState:
    return train(base, tokens, tokens.rows(talk(24)))


def nothing(done: int, total: int) -> None:
    pass


def given(
    base: Any,
    tokens: Tokens,
    settings: Settings = SETTINGS,
    stop: threading.Event = NEVER,
    seed: int = 0,
) -> Setup:
    return Setup(base, tokens, settings, stop, seed)


def train(
    base: Any, tokens: Tokens, rows: list[Row], seed: int = 1, settings: Settings = SETTINGS
) -> AdapterState:
    return sft.train(given(base, tokens, settings, seed=seed), [(row,) for row in rows], nothing)


def same(one: AdapterState, other: AdapterState) -> bool:
    return one.tensors.keys() == other.tensors.keys() and all(
        torch.equal(tensor, other.tensors[name]) for name, tensor in one.tensors.items()
    )


def test_training_makes_unseen_words_of_the_same_player_likelier(
    base: Any, tokens: Tokens, taught: AdapterState
) -> None:
    unseen = tokens.rows(talk(6, start=100))
    before = gate.score(base, unseen)
    after = gate.score(adapter.attach(base, taught), unseen)
    assert after.per_token < before.per_token - 0.3


def test_training_leaves_the_base_model_as_it_was(base: Any, tokens: Tokens, taught: AdapterState) -> None:
    untouched = base_model()
    ids = torch.tensor([tokens.rows(talk(1))[0].ids])
    with torch.no_grad():
        assert torch.equal(base(ids).logits, untouched(ids).logits)
    assert [name for name, _ in base.named_modules()] == [name for name, _ in untouched.named_modules()]
    assert "forward" not in vars(base)
    assert not base.training
    assert not any(p.requires_grad or p.grad is not None for p in base.parameters())


def test_a_model_in_training_has_no_second_copy_of_the_base_weights(base: Any) -> None:
    shared = {p.data_ptr() for p in base.parameters()}
    model = adapter.fresh(base, rank=4, seed=0)
    own = {name for name, p in model.named_parameters() if p.data_ptr() not in shared}
    assert own and all(".lora_" in name for name in own)
    assert shared <= {p.data_ptr() for p in model.parameters()}


def test_the_adapter_sits_on_every_linear_layer_and_not_on_the_head(taught: AdapterState) -> None:
    assert len(taught.tensors) == 2 * 2 * 7  # layers, A and B, projections
    assert not any("lm_head" in name or "embed" in name for name in taught.tensors)
    assert taught.config["lora_alpha"] == 2 * taught.config["r"] == 8


def test_the_same_seed_gives_the_same_adapter_whatever_else_draws_random_numbers(
    base: Any, tokens: Tokens
) -> None:
    rows = tokens.rows(talk(6))
    first = train(base, tokens, rows)
    torch.rand(17)
    assert same(first, train(base, tokens, rows))
    assert not same(first, train(base, tokens, rows, seed=2))


def test_an_adapter_trained_without_a_message_equals_one_that_never_saw_it(base: Any, tokens: Tokens) -> None:
    with_secret = tokens.rows([*talk(8), *talk(1, ending=" the treasure is under the oak", start=50)])
    without = tokens.rows(talk(8))
    never = train(base, tokens, without)
    train(base, tokens, with_secret)
    assert same(never, train(base, tokens, without))


def test_a_model_stops_before_its_next_layer_forward_and_backward(base: Any) -> None:
    stop = threading.Event()
    model = adapter.interruptible(adapter.fresh(base, rank=4, seed=0), stop)
    ids = torch.tensor([[2, 7, 8, 9]])
    loss = model(input_ids=ids, labels=ids).loss
    stop.set()
    with pytest.raises(Stopped):
        torch.autograd.backward(loss)
    with pytest.raises(Stopped):
        model(input_ids=ids)


def test_a_training_that_is_told_to_stop_does_not_end_its_next_step(base: Any, tokens: Tokens) -> None:
    stop, steps = threading.Event(), []

    def progress(done: int, total: int) -> None:
        steps.append((done, total))
        stop.set()

    with pytest.raises(Stopped):
        sft.train(given(base, tokens, stop=stop), tokens.views(talk(16)), progress)
    assert steps == [(1, 16)]


def test_progress_counts_every_step(base: Any, tokens: Tokens) -> None:
    steps: list[tuple[int, int]] = []
    settings = replace(SETTINGS, sft_epochs=1.5)
    sft.train(given(base, tokens, settings), tokens.views(talk(8)), lambda *step: steps.append(step))
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_a_training_that_diverges_says_so(base: Any, tokens: Tokens) -> None:
    with pytest.raises(ValueError, match="diverged"):
        train(base, tokens, tokens.rows(talk(8)), settings=replace(SETTINGS, sft_learning_rate=1e30))


def test_each_epoch_shows_every_row_once() -> None:
    order = sft.schedule([[length] for length in range(10, 33)], 3, seed=4)
    assert sorted(order) == sorted(list(range(23)) * 3)
    assert sorted(order[: 23 * 2]) != order[: 23 * 2]


def test_rows_are_numbered_over_the_views_of_everything() -> None:
    order = sft.schedule([[10, 400], [10], [20, 300]], 4, seed=4)
    assert sorted(order) == [0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4]


def test_batches_hold_rows_of_like_length() -> None:
    lengths = [10, 400] * 32
    order = sft.schedule([[length] for length in lengths], 1, seed=0)
    batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    assert all(len({lengths[i] for i in batch}) == 1 for batch in batches)


def pairs(count: int, start: int = 0) -> list[Preference]:
    """The owner would rather be heard without their habit."""
    return [
        Preference(one.scene, one.turns, one.reply.removesuffix(" right as rain ~"), one.reply)
        for one in talk(count, start=start)
    ]


def margin(base: Any, tokens: Tokens, state: AdapterState) -> float:
    """How much likelier, in nats, the chosen replies of unseen pairs are than the rejected ones."""
    model = adapter.attach(base, state)
    unseen = pairs(6, start=200)
    rows = [
        [Row(p + r, len(p)) for p, r in zip(prompts(tokens, unseen), replies, strict=True)]
        for replies in (
            [tokens.reply(one.chosen) for one in unseen],
            [tokens.reply(one.rejected) for one in unseen],
        )
    ]
    chosen, rejected = (gate.score(model, some) for some in rows)
    return float((rejected.nll - chosen.nll).mean())


def prompts(tokens: Tokens, some: list[Preference]) -> list[tuple[int, ...]]:
    return [tokens.prompt(one.scene, one.turns) for one in some]


@pytest.mark.parametrize("own", [0, 24])
def test_preferences_move_the_adapter_towards_the_chosen_words(
    base: Any, tokens: Tokens, taught: AdapterState, own: int
) -> None:
    words = tokens.rows(talk(own)) or None
    after = dpo.train(given(base, tokens), taught, pairs(12), words, nothing)
    assert margin(base, tokens, after) > margin(base, tokens, taught) + 2
    assert after.tensors.keys() == taught.tensors.keys()


def test_rewrites_move_an_adapter_at_twice_the_rate_of_picks(
    base: Any, tokens: Tokens, taught: AdapterState, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[float] = []
    arguments = dpo.arguments

    def watched(config: Any, setup: Setup, scratch: str, rate: float, batch: int, **more: Any) -> Any:
        rates.append(rate)
        return arguments(config, setup, scratch, rate, batch, **more)

    monkeypatch.setattr(dpo, "arguments", watched)
    for own in (None, tokens.rows(talk(2))):
        dpo.train(given(base, tokens), taught, pairs(2), own, nothing)
    assert rates == [2 * SETTINGS.dpo_learning_rate, SETTINGS.dpo_learning_rate]


def test_the_players_own_words_hold_their_manner_while_picks_move_it(
    base: Any, tokens: Tokens, taught: AdapterState, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, costs = tokens.rows(talk(24)), []
    for weight in (own_words.WEIGHT, 0.0):
        monkeypatch.setattr(own_words, "WEIGHT", weight)
        after = dpo.train(given(base, tokens), taught, pairs(12), own, nothing)
        costs.append(gate.score(adapter.attach(base, after), own).per_token)
    assert costs[0] < costs[1] - 0.1


def test_preference_training_stops_when_told_to(base: Any, tokens: Tokens, taught: AdapterState) -> None:
    stop = threading.Event()
    with pytest.raises(Stopped):
        dpo.train(given(base, tokens, stop=stop), taught, pairs(8), None, lambda done, total: stop.set())


def likes_and_dislikes(count: int, start: int = 300) -> list[Judged]:
    """Who asks likes to be greeted, and not to be sent away."""
    return [
        Judged(one.scene, one.turns, f"{word} {i}", liked, 1)
        for i, one in enumerate(talk(count, start=start))
        for word, liked in (("hello friend", True), ("go away now", False))
    ]


def test_likes_and_dislikes_move_the_adapter_and_the_players_own_words_hold_it(
    base: Any, tokens: Tokens, taught: AdapterState
) -> None:
    own, votes, unseen = tokens.rows(talk(24)), likes_and_dislikes(16), likes_and_dislikes(6, start=400)
    after = unpaired.train(given(base, tokens), taught, votes, own, nothing)
    assert preference_scores.of_votes(given(base, tokens), unseen, taught, after).startswith("100 % of 12")
    assert after.tensors.keys() == taught.tensors.keys()
    again = unpaired.train(given(base, tokens), taught, votes, own, nothing)
    assert same(after, again)
    kept = gate.score(adapter.attach(base, after), own).per_token
    alone = unpaired.train(given(base, tokens), taught, votes, own[:1], nothing)
    assert kept < gate.score(adapter.attach(base, alone), own).per_token, "than with next to none of them"


@pytest.mark.parametrize("count, trained", [(16, False), (18, False), (19, True)])
def test_votes_are_trained_on_only_where_sixteen_of_both_kinds_are_left_beside_those_held_out(
    base: Any, tokens: Tokens, count: int, trained: bool
) -> None:
    liked = Preferences((), (), tuple(likes_and_dislikes(count)))
    lesson = Lesson(Examples(tuple(talk(3)), tuple(talk(3, start=50))), liked, (), None, ())
    steps: set[str] = set()
    settings = Settings(sft_rank=4, sft_epochs=1)
    done = teach(given(base, tokens, settings, seed=1), lesson, lambda what, *_: steps.add(what))
    assert ("likes" in steps) == trained
    assert any("held-out likes and dislikes right" in figure for figure in done.figures) == trained


def test_training_on_votes_stops_when_told_to(base: Any, tokens: Tokens, taught: AdapterState) -> None:
    stop = threading.Event()
    own = tokens.rows(talk(4))
    with pytest.raises(Stopped):
        setup = given(base, tokens, stop=stop)
        unpaired.train(setup, taught, likes_and_dislikes(8), own, lambda done, total: stop.set())


def test_measuring_what_a_preference_step_did_stops_when_told_to(
    base: Any, tokens: Tokens, taught: AdapterState
) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        preference_scores.of_votes(given(base, tokens, stop=stop), likes_and_dislikes(3), taught, taught)
    with pytest.raises(Stopped):
        preference_scores.of_pairs(given(base, tokens, stop=stop), pairs(3), taught, taught)


def test_preference_steps_are_measured_on_what_they_did_not_see(
    base: Any, tokens: Tokens, taught: AdapterState
) -> None:
    train_on, apart = preference_scores.split(pairs(16))
    assert (len(train_on), len(apart)) == (11, 5) and apart == pairs(16)[11:]
    assert len(preference_scores.split(pairs(40))[1]) == 6
    assert preference_scores.split(pairs(15)) == (pairs(15), [])
    assert preference_scores.split(pairs(10), preference_scores.FEWEST_REWRITES) == (pairs(5), pairs(10)[5:])
    assert preference_scores.split(pairs(9), preference_scores.FEWEST_REWRITES) == (pairs(9), [])
    after = dpo.train(given(base, tokens), taught, train_on, None, nothing)
    told = preference_scores.of_pairs(given(base, tokens), apart, taught, after)
    assert told.startswith("100 % of 5 held-out pairs right, chosen -")
    undone = preference_scores.of_pairs(given(base, tokens), apart, after, taught)
    assert undone.startswith("0 % of 5 held-out pairs right")
    was, now = told.removesuffix(" nats per token").split("chosen ")[1].split(" → ")
    assert float(now) > float(was), "the supervised term keeps the chosen words likely"
    votes = likes_and_dislikes(16)[26:]
    assert preference_scores.of_votes(given(base, tokens), votes, taught, taught).startswith("50 % of 6"), (
        "none moved"
    )


def test_pairs_that_say_nothing_or_hold_a_secret_are_not_used() -> None:
    (good, *_) = pairs(1)
    same_text = replace(good, rejected=good.chosen + " ")
    secret = replace(good, chosen="write to ann@example.org")
    assert dpo.usable([good, same_text, secret]) == [good]


def on_a_small_card(most: int) -> tuple[Any, list[int]]:
    """A base model with memory to train on so many rows at once, and how many it was asked for, time by time."""
    asked: list[int] = []

    def look(layer: Any, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        hidden = args[0] if args else options["hidden_states"]
        if hidden.requires_grad:  # else it is a measurement
            asked.append(len(hidden))
            if len(hidden) > most:
                raise torch.OutOfMemoryError("CUDA out of memory.")

    model = base_model()
    model.model.layers[1].register_forward_pre_hook(look, with_kwargs=True)
    return model, asked


def test_where_memory_does_not_suffice_a_step_takes_its_rows_in_several_goes(
    base: Any, tokens: Tokens, caplog: pytest.LogCaptureFixture
) -> None:
    rows = tokens.rows(talk(8))
    small, asked = on_a_small_card(1)
    found, whole = train(small, tokens, rows), train(base, tokens, rows)
    assert asked[:2] == [4, 2] and set(asked[2:]) == {1}
    assert [record.args for record in caplog.records if record.levelname == "WARNING"] == [(4, 2), (2, 1)]
    assert all(torch.allclose(found.tensors[n], whole.tensors[n], atol=2e-3) for n in whole.tensors)
    assert gate.score(adapter.attach(base, found), rows).per_token == pytest.approx(
        gate.score(adapter.attach(base, whole), rows).per_token, abs=0.02
    )


def test_own_words_are_the_same_whether_a_step_takes_them_in_one_go_or_in_several(
    base: Any, tokens: Tokens, taught: AdapterState
) -> None:
    rows, model = tokens.rows(talk(10)), adapter.attach(base, taught)

    def costs(count: int) -> torch.Tensor:
        words = OwnWords(base, rows, 100, BATCH, 1, threading.Event())
        with torch.no_grad():  # ten rows twice around
            return torch.stack([words.loss(model, count) for _ in range(20 // count)])

    whole, halves = costs(4), costs(2).view(5, 2).mean(dim=1)
    assert whole.tolist() == pytest.approx(halves.tolist(), rel=0.02)


def test_the_base_is_asked_only_about_own_words_that_are_shown(base: Any, tokens: Tokens) -> None:
    asked: list[int] = []
    looked_at = base_model()
    looked_at.model.layers[0].register_forward_pre_hook(
        lambda layer, args, options: asked.append(len(args[0] if args else options["hidden_states"])),
        with_kwargs=True,
    )
    OwnWords(looked_at, tokens.rows(talk(30)), 6, BATCH, 1, threading.Event())
    assert sum(asked) == 6


@pytest.mark.parametrize("cards", [0, 1, 2])
def test_however_many_cards_there_are_one_trains(cards: int) -> None:
    arguments = SimpleNamespace(n_gpu=cards)
    assert trl_frame.on_one_card(arguments)._n_gpu == min(cards, 1)


def test_what_is_measured_and_tried_out_takes_fewer_rows_at_once_too(base: Any, tokens: Tokens) -> None:
    most = 3

    def look(layer: Any, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        if len(args[0] if args else options["hidden_states"]) > most:
            raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")

    small = base_model()
    small.model.layers[1].register_forward_pre_hook(look, with_kwargs=True)
    rows = tokens.rows(talk(10))
    whole, found = gate.score(base, rows), gate.score(small, rows)
    assert found.nll == pytest.approx(whole.nll)
    prompts = [row.ids[: row.prompt] for row in rows]
    for temperature in (0.0, 0.7):
        replies = [gate.rehearse(one, tokens, prompts, temperature, 1) for one in (small, base)]
        assert replies[0] == replies[1], f"at temperature {temperature}"
    shown = [sidebyside.samples(given(one, tokens), talk(6), None, fresh(one)) for one in (small, base)]
    assert len(shown[0]) == sidebyside.PROMPTS and shown[0] == shown[1]
    kept, other = (Kept(one, rows, BATCH, threading.Event()) for one in (small, base))
    hidden = torch.randn(2, max(map(len, rows)), base.config.hidden_size)
    assert kept.divergence([0, 7], hidden) == pytest.approx(float(other.divergence([0, 7], hidden)))
    most = 0
    with pytest.raises(RuntimeError, match="ALLOC_FAILED"):
        gate.score(small, rows)


def fresh(base: Any) -> AdapterState:
    return adapter.extract(adapter.fresh(base, 2, 0))


def test_a_card_keeps_no_activations_and_the_adapters_are_the_same(
    base: Any, tokens: Tokens, taught: AdapterState, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, votes = tokens.rows(talk(8)), likes_and_dislikes(4)
    passes: list[int] = []

    def steps() -> list[AdapterState]:
        passes.append(0)
        looked_at = base_model()
        looked_at.model.layers[1].mlp.register_forward_hook(count)
        return [
            train(looked_at, tokens, own),
            dpo.train(given(base, tokens), taught, pairs(4), own, nothing),
            unpaired.train(given(base, tokens), taught, votes, own, nothing),
        ]

    def count(*call: Any) -> None:
        passes[-1] += 1

    assert not trl_frame.recomputes(torch.device("cpu")) and trl_frame.recomputes(torch.device("cuda"))
    plain = steps()
    monkeypatch.setattr(trl_frame, "recomputes", lambda device: True)
    for one, other in zip(plain, steps(), strict=True):
        assert all(torch.allclose(one.tensors[n], other.tensors[n], atol=1e-5) for n in one.tensors)
    assert passes[1] > 1.5 * passes[0]


def test_only_replies_go_through_the_head_and_the_adapters_are_the_same(
    base: Any, tokens: Tokens, taught: AdapterState, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, wanted, votes = tokens.rows(talk(4)), pairs(4), likes_and_dislikes(2)
    utils = importlib.import_module("trl.trainer.utils")
    head, passed = utils._ChunkedLogProbFunction, list[int]()

    def counted(hidden: torch.Tensor, *rest: Any) -> Any:
        passed[-1] += len(hidden)
        return head.apply(hidden, *rest)

    def steps() -> list[AdapterState]:
        passed.append(0)
        return [
            dpo.train(given(base, tokens), taught, wanted, own, nothing),
            unpaired.train(given(base, tokens), taught, votes, own, nothing),
        ]

    monkeypatch.setattr(utils, "_ChunkedLogProbFunction", SimpleNamespace(apply=counted))
    monkeypatch.setattr(utils, "_use_triton", lambda device: False)  # as trl has it without Triton
    everything = steps()
    training_thread._pass_only_replies_through_the_head()
    for one, other in zip(everything, steps(), strict=True):
        assert all(torch.allclose(one.tensors[n], other.tensors[n], atol=1e-5) for n in one.tensors)
    said = sum(len(tokens.reply(one.chosen)) + len(tokens.reply(one.rejected)) for one in wanted) * dpo.EPOCHS
    said += sum(len(tokens.reply(one.reply)) for one in votes) * unpaired.EPOCHS
    assert passed[1] == 2 * said, "once trained, and once as the reference"
    assert passed[0] > 3 * passed[1]


def break_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the engine has moved to the CPU: torch finds a card, and whatever it asks of it fails."""

    def fail(*given: Any, **options: Any) -> Any:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    known = {"is_available": True, "is_initialized": True, "device_count": 1, "_is_in_bad_fork": False}
    for name, found in vars(torch.cuda).copy().items():
        if name in known:
            monkeypatch.setattr(torch.cuda, name, lambda answer=known[name]: answer)
        elif isinstance(found, FunctionType):
            monkeypatch.setattr(torch.cuda, name, fail)


def test_lessons_on_the_cpu_need_nothing_of_a_card_that_broke(
    base: Any, tokens: Tokens, taught: AdapterState, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, votes = tokens.rows(talk(8)), likes_and_dislikes(4)

    def steps() -> list[AdapterState]:
        return [
            train(base, tokens, own),
            dpo.train(given(base, tokens), taught, pairs(4), own, nothing),
            unpaired.train(given(base, tokens), taught, votes, own, nothing),
        ]

    sound = steps()
    state = random.getstate()
    break_the_card(monkeypatch)
    training_thread.prepare(torch.get_num_threads())
    for one, other in zip(sound, steps(), strict=True):
        assert same(one, other)
    assert random.getstate() == state, "a training has seeded what others draw from"


def test_where_not_even_one_row_fits_that_is_said(tokens: Tokens) -> None:
    small, _ = on_a_small_card(0)
    with pytest.raises(torch.OutOfMemoryError):
        train(small, tokens, tokens.rows(talk(8)))


def test_the_preference_steps_take_fewer_rows_at_once_too(tokens: Tokens, taught: AdapterState) -> None:
    small, asked = on_a_small_card(2)  # a pair is two rows
    dpo.train(given(small, tokens), taught, pairs(4), None, nothing)
    assert asked[0] == 2 * BATCH and asked[-1] == 2
    small, asked = on_a_small_card(2)
    rows = tokens.rows(talk(8))
    unpaired.train(given(small, tokens), taught, likes_and_dislikes(4), rows, nothing)
    assert asked[0] > 2 >= asked[-1]
