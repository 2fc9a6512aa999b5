"""Lessons on a base model in half precision, as a card of 11 GB needs it: nothing overflows or vanishes on the way."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_talker import tokenizer
from torch import Tensor
from transformers.models.gemma3 import modeling_gemma3

from nanoverse.config import Settings
from nanoverse.engine import Engine
from nanoverse.learning import adapter, gate, sft, training_thread, trl_frame
from nanoverse.learning.lesson_setup import Setup
from nanoverse.learning.rows import Row, Tokens
from tests.engine.small_model import limits, prompt, save_model, save_overflowing_model

ROWS = [Row(tuple(prompt(seed, 30)), 18) for seed in range(8)]
SETTINGS = Settings(sft_rank=4, sft_epochs=4, sft_learning_rate=5e-3)


def base(folder: Path, dtype: str) -> Any:
    return Engine.load(folder, limits(1, 128), dtype=dtype).training_model()


def taught(model: Any) -> adapter.AdapterState:
    tokens = Tokens(tokenizer(), 448)
    setup = Setup(model, tokens, SETTINGS, threading.Event(), seed=1)
    return sft.train(setup, [(row,) for row in ROWS], lambda done, total: None)


def gradients(model: Any) -> dict[str, Tensor]:
    """Of a loss that is as small as that of a long batch, in the adapter's first step."""
    with_adapter = adapter.fresh(model, 4, 0)
    ids = torch.tensor([row.ids for row in ROWS])
    (with_adapter(ids, labels=ids).loss * 1e-4).backward()
    return {name: p.grad for name, p in with_adapter.named_parameters() if ".lora_B." in name}


def test_what_overflows_in_fp16_elsewhere_is_scored_as_in_float32(tmp_path: Path) -> None:
    model = save_overflowing_model(tmp_path)
    ids = torch.tensor([ROWS[0].ids])
    with torch.no_grad():
        assert model.half()(ids).logits.isnan().any(), "this model does not overflow: it proves nothing"
    exact = gate.score(base(tmp_path, "float32"), ROWS)
    rough = gate.score(base(tmp_path, "float16"), ROWS)
    np.testing.assert_allclose(rough.nll, exact.nll, rtol=0.02)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float16", 0.01), ("bfloat16", 0.06)])
def test_gradients_are_those_of_float32_and_small_ones_do_not_vanish(
    tmp_path: Path, dtype: str, tolerance: float
) -> None:
    save_model(tmp_path)
    exact, rough = gradients(base(tmp_path, "float32")), gradients(base(tmp_path, dtype))
    for name, gradient in exact.items():
        assert rough[name].dtype == torch.float32
        apart = torch.linalg.vector_norm(rough[name] - gradient) / torch.linalg.vector_norm(gradient)
        assert apart < tolerance, name


@pytest.mark.parametrize("overflowing", [False, True])
def test_a_lesson_in_fp16_teaches_what_one_in_float32_does(tmp_path: Path, overflowing: bool) -> None:
    (save_overflowing_model if overflowing else save_model)(tmp_path)
    gains = []
    for dtype in ("float32", "float16"):
        model = base(tmp_path, dtype)
        lesson = taught(model)
        before, after = gate.score(model, ROWS), gate.score(adapter.attach(model, lesson), ROWS)
        gains.append(before.per_token - after.per_token)
    exact, rough = gains
    assert exact > 0.02
    assert abs(rough - exact) < 0.1 * exact


def test_a_card_adds_up_in_the_same_order_every_time_and_teaches_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [trl_frame.attention(torch.device(kind)) for kind in ("cuda", "cpu")] == ["eager", "sdpa"]
    save_model(tmp_path)
    model, ways = base(tmp_path, "float16"), list[str]()
    fused = modeling_gemma3.ALL_ATTENTION_FUNCTIONS["sdpa"]

    def noted(*given: Any, **options: Any) -> Any:
        ways.append("sdpa")
        return fused(*given, **options)

    monkeypatch.setitem(modeling_gemma3.ALL_ATTENTION_FUNCTIONS, "sdpa", noted)
    lesson = taught(model)
    in_all = len(ways)
    monkeypatch.setattr(trl_frame, "attention", lambda device: "eager")
    again = taught(model)
    assert 0 < len(ways) - in_all < in_all / 2, "only what the base model makes of the rows is not trained on"
    for name, tensor in lesson.tensors.items():
        apart = torch.linalg.vector_norm(tensor - again.tensors[name])
        assert apart < 0.01 * torch.linalg.vector_norm(tensor), name
    assert model.config._attn_implementation == "sdpa", "the base was changed"


def test_trial_replies_can_be_written_in_fp16(tmp_path: Path) -> None:
    save_overflowing_model(tmp_path)
    tokens = Tokens(tokenizer(), 448)
    prompts = [row.ids[: row.prompt] for row in ROWS]
    exact, rough = (
        gate.rehearse(base(tmp_path, dtype), tokens, prompts, 0.0, 1) for dtype in ("float32", "float16")
    )
    assert exact and sum(one == other for one, other in zip(exact, rough, strict=True)) >= len(exact) - 2


@pytest.mark.parametrize(("capability", "triton"), [((7, 5), False), ((8, 6), True)])
def test_cards_that_triton_does_not_know_do_without_it(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], triton: bool
) -> None:
    kernels = importlib.import_module("trl.kernels.chunked_logprob")
    monkeypatch.setattr(kernels, "_TRITON_AVAILABLE", True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    training_thread._spare_old_cards_triton()
    assert kernels._use_triton(torch.device("cuda")) is triton
