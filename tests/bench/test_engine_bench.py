"""`nanoverse bench engine` measures what it says, next to its peers, and writes it down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from nanoverse.bench import engine
from nanoverse.bench.random_model import random_checkpoint
from nanoverse.engine.checkpoint import Checkpoint
from nanoverse.engine.graphs import Recordings
from nanoverse.engine.training import training_model
from tests.bench.tiny import TINY
from tests.engine.tape import Recorder

QUICK = [
    "--requests",
    "2",
    "--adapters",
    "2",
    "--prompt",
    "8",
    "--new",
    "2",
    "--registered",
    "40",
    "--threads",
    "1",
]


@pytest.fixture(autouse=True)
def tiny_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine.SHAPES, "starter", TINY)


def test_it_writes_the_named_figures_and_why_others_are_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    assert engine.main([*QUICK, "--peers", "hf,peft", "--json", str(path)]) == 0
    written = json.loads(path.read_text())
    figures = written["figures"]
    assert all(value > 0 for value in figures.values())
    assert figures["vs_peft"] == pytest.approx(
        figures["decode_tok_s"] / figures["decode_tok_s_peft"], rel=1e-3
    )
    assert {"vs_hf", "adapter_ratio", "step_over_roofline", "bandwidth_gb_s", "kv_bytes"} <= figures.keys()
    assert figures["adapter_limit"] < 1
    assert {"lora_ms", "lora_ms_stacked"} <= figures.keys()
    assert {"zipf_ratio", "flood_ratio", "gap_ratio", "ttft_ms_p50", "ttft_ms_p95"} <= figures.keys()
    assert written["not_measured"].keys() == {"decode_tok_s_no_graphs"}
    assert written["settings"]["requests"] == 2
    assert "decode_tok_s" in capsys.readouterr().out


def test_peers_that_were_not_asked_for_are_named_as_not_measured(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    engine.main([*QUICK, "--json", str(path)])
    assert json.loads(path.read_text())["not_measured"]["vs_peft"] == "run with --peers peft"


def logits(model: Any, ids: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(input_ids=ids).logits
    return found


@pytest.mark.parametrize(("dtype", "apart"), [(torch.float32, 1e-6), (torch.bfloat16, 0.1)])
def test_the_peers_are_transformers_as_it_is_on_the_same_weights(dtype: torch.dtype, apart: float) -> None:
    """Not our model for training, which in half precision widens between the products: that would slow them down."""
    ids = torch.arange(8)[None]
    checkpoint = random_checkpoint(TINY, dtype, torch.device("cpu"))
    model, trained = engine._plain(checkpoint), training_model(checkpoint)
    products = [one for one in model.modules() if isinstance(one, torch.nn.Linear)]
    assert products and all(type(one) is torch.nn.Linear for one in products)
    assert {one.dtype for one in model.parameters()} == {dtype} == {logits(model, ids).dtype}
    ours = logits(trained, ids).float()
    torch.testing.assert_close(logits(model, ids).float(), ours, rtol=0, atol=apart)


def test_a_peer_that_gives_no_numbers_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Activations of Gemma-3 overflow fp16."""

    def large(*given: Any) -> Checkpoint:
        checkpoint = random_checkpoint(*given)
        for layer in checkpoint.weights.layers:
            layer.norms["post_feedforward_layernorm"].fill_(6e4)
        return checkpoint

    monkeypatch.setattr(engine, "random_checkpoint", large)
    path = tmp_path / "figures.json"
    engine.main([*QUICK, "--dtype", "float16", "--peers", "hf,peft", "--json", str(path)])
    written = json.loads(path.read_text())
    for peer in ("hf", "peft"):
        assert written["not_measured"][f"vs_{peer}"] == "transformers overflows in float16"
        assert not {f"vs_{peer}", f"decode_tok_s_{peer}"} & written["figures"].keys()


def test_where_steps_are_recorded_they_are_measured_without_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Card(engine.Runner):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.recordings = Recordings(self.model, self.cache, self.adapters, record)

    record = Recorder()
    monkeypatch.setattr(engine, "Runner", Card)
    path = tmp_path / "figures.json"
    engine.main([*QUICK, "--new", "8", "--json", str(path)])
    assert record.replayed > 0
    assert json.loads(path.read_text())["figures"]["decode_tok_s_no_graphs"] > 0


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (["--adapters", "0"], "0 is less than 1"),
        (["--new", "-1"], "-1 is less than 1"),
        (["--peers", "hf,vllm"], "vllm is none of hf, peft"),
        (["--turing", "--dtype", "bfloat16"], "no bfloat16"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is(
    wrong: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        engine.main([*QUICK, *wrong])
    assert reason in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        engine.main([*QUICK, "--device", "cuda"])
    assert "no CUDA device here" in capsys.readouterr().err


def test_as_on_a_turing_card_everything_does_without_newer_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kernels() -> list[bool]:
        cuda = torch.backends.cuda
        return [cuda.flash_sdp_enabled(), cuda.cudnn_sdp_enabled(), cuda.mem_efficient_sdp_enabled()]

    seen, before, measured = [], kernels(), engine._engine_figures

    def note(checkpoint: Checkpoint, load: engine.Load, peers: Sequence[str]) -> dict[str, float]:
        seen.append(kernels())  # in the thread that computes
        return measured(checkpoint, load, peers)

    monkeypatch.setattr(engine, "_engine_figures", note)
    path = tmp_path / "figures.json"
    engine.main([*QUICK, "--turing", "--json", str(path)])
    assert seen == [[False, False, True]]
    assert kernels() == before
    assert json.loads(path.read_text())["settings"]["turing"] is True
