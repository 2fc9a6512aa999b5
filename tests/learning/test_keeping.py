"""A lesson changes how a player's agent speaks, and leaves as it was how the model takes what others say."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import torch
from tiny_talker import talk

from nanoverse.config import Settings
from nanoverse.learning import adapter, gate, keeping, sft
from nanoverse.learning.adapter import Stopped
from nanoverse.learning.keeping import Kept
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.rows import Row, Tokens

SETTINGS = Settings(sft_rank=4, sft_epochs=4, sft_learning_rate=5e-3)
GOING_ON = threading.Event()
BATCH = 2


@pytest.fixture
def rows(tokens: Tokens) -> list[Row]:
    return tokens.rows(talk(4))


def hidden(model: Any, row: Row) -> torch.Tensor:
    with torch.no_grad():
        found = model.get_base_model().model(input_ids=torch.tensor([row.ids]), use_cache=False)
    return torch.as_tensor(found.last_hidden_state)


def test_an_adapter_that_changes_nothing_is_nowhere_apart_from_the_base(base: Any, rows: list[Row]) -> None:
    kept = Kept(base, rows, BATCH, GOING_ON)
    fresh = adapter.fresh(base, rank=4, seed=0)
    assert kept.divergence([2], hidden(fresh, rows[2])).item() == pytest.approx(0, abs=1e-5)


def test_it_is_the_mean_divergence_over_what_is_given(
    base: Any, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PLACES", 1000)  # all of them
    row = rows[1]
    other = adapter.fresh(base, rank=4, seed=0)
    for name, tensor in other.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(tensor, std=0.05)
    with torch.no_grad():
        before, after = (
            torch.log_softmax(model(torch.tensor([row.ids])).logits[0, : row.prompt - 1], dim=-1)
            for model in (base, other.get_base_model())
        )
    wanted = (before.exp() * (before - after)).sum(dim=-1).mean().item()
    assert wanted > 0.01
    found = Kept(base, rows, BATCH, GOING_ON).divergence([1], hidden(other, row))
    assert found.item() == pytest.approx(wanted, rel=1e-3)
    assert not other.get_base_model().lm_head.weight.requires_grad


def test_a_large_vocabulary_is_looked_at_in_few_places(
    base: Any, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LOGITS", 3 * BATCH * base.config.vocab_size + 1)
    seen: list[int] = []
    kept = Kept(base, rows, BATCH, GOING_ON)
    base.lm_head.register_forward_hook(lambda *call: seen.append(len(call[1][0])))
    model = adapter.fresh(base, rank=4, seed=0)
    kept.divergence([0], hidden(model, rows[0]))
    base.lm_head._forward_hooks.clear()
    assert set(seen) == {3}
    monkeypatch.setattr(keeping, "LOGITS", 1)
    assert kept_places(Kept(base, rows, BATCH, GOING_ON)) == {1}, "never none"


def kept_places(kept: Kept) -> set[int]:
    return {len(one) for one in kept._places}


def test_what_others_say_is_taken_as_before_and_the_player_is_learnt(
    base: Any, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tokens.views(talk(24))
    unseen = tokens.rows(talk(6, start=100))

    def taught(weight: float) -> tuple[float, float]:
        """What the player's words gain, and how differently their prompts are read."""
        monkeypatch.setattr(keeping, "WEIGHT", weight)
        setup = Setup(base, tokens, SETTINGS, GOING_ON, seed=1)
        state = sft.train(setup, said, lambda done, total: None)
        model = adapter.attach(base, state)
        gained = gate.score(base, unseen).per_token - gate.score(model, unseen).per_token
        kept = Kept(base, unseen, BATCH, GOING_ON)
        return gained, sum(float(kept.divergence([i], hidden(model, row))) for i, row in enumerate(unseen))

    gained, moved = taught(keeping.WEIGHT)
    gained_alone, moved_alone = taught(0.0)
    assert moved < 0.5 * moved_alone
    assert gained > 0.8 * gained_alone > 0.2


def test_asking_the_base_model_stops_when_it_is_told_to(base: Any, rows: list[Row]) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        Kept(base, rows, BATCH, stop)
