"""A real training, shrunk: a few batches of a model with two narrow blocks, not compiled."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, Gemma3ForCausalLM, PreTrainedTokenizerBase

from nanoverse.learning.dialogue import Scene, Turn, prompt_ids
from nanoverse.starter import batches, cli, model, train

SMALL = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "head_dim": 16,
    "layer_types": ["sliding_attention", "full_attention"],
}


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(model, "SHAPE", model.SHAPE | SMALL)
    monkeypatch.setattr(train, "TOKENS", 1024)
    monkeypatch.setattr(train, "TOKENIZER_TEXTS", 200)
    monkeypatch.setattr(batches, "_POOL", 64)
    with torch.compiler.set_stance("force_eager"):
        yield


def run(corpus_folder, out, seconds, *more):
    return cli.main(
        [
            "train",
            "--corpus",
            str(corpus_folder),
            "--out",
            str(out),
            "--minutes",
            str(seconds / 60),
            "--threads",
            "1",
            *more,
        ]
    )


def test_a_run_can_be_stopped_and_goes_on_and_leaves_a_folder_that_plain_transformers_loads(
    small, corpus_folder, tmp_path, capsys
):
    assert run(corpus_folder, tmp_path, 1.5) == 0
    first = json.loads((tmp_path / "progress.json").read_text())
    assert run(corpus_folder, tmp_path, 6) == 0
    second = json.loads((tmp_path / "progress.json").read_text())
    assert second["batch"] > first["batch"] > 0
    assert second["seconds"] >= 6 > first["seconds"] - 1
    assert second["loss"] < first["loss"]
    assert "tokens/s" in capsys.readouterr().err

    folder = tmp_path / "weights"
    loaded, info = Gemma3ForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    stops = [tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<end_of_turn>")]
    assert loaded.generation_config.eos_token_id == stops
    ids = torch.tensor([prompt_ids(tokenizer, Scene(name="Mia"), [Turn("Bob", "hi")], limit=100)])
    assert loaded.generate(ids, max_new_tokens=4, do_sample=False).shape[1] > ids.shape[1]


def test_a_finished_run_trains_no_further(small, corpus_folder, tmp_path):
    assert run(corpus_folder, tmp_path, 1) == 0
    before = json.loads((tmp_path / "progress.json").read_text())
    assert run(corpus_folder, tmp_path, 1) == 0
    assert json.loads((tmp_path / "progress.json").read_text()) == before


def test_another_seed_does_not_go_on_with_what_this_one_began(small, corpus_folder, tmp_path, capsys):
    assert run(corpus_folder, tmp_path, 0.5, "--seed", "3") == 0
    before = (tmp_path / "checkpoint.pt").read_bytes()
    assert run(corpus_folder, tmp_path, 1) == 2
    assert "was begun with --seed 3" in capsys.readouterr().err
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_a_run_can_begin_with_what_another_has_learnt_and_goes_on_with_that(
    small, corpus_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(batches, "STAGES", (batches.Stage(1, {"irc": 1.0}), batches.WORLD))
    assert run(corpus_folder, tmp_path / "first", 3) == 0
    learnt = tmp_path / "first" / "weights"
    stages = []
    monkeypatch.setattr(train, "batches", lambda *a, **k: stages.append(k) or batches.batches(*a, **k))
    step = train.Run._step
    monkeypatch.setattr(train.Run, "_step", lambda self, batch, done: step(self, batch, 1.0))  # hardly moves
    out = tmp_path / "second"
    for seconds in (0.3, 4.0):
        assert run(corpus_folder, out, seconds, "--seed", "2", "--begin-with", str(learnt)) == 0
    told = json.loads((out / "progress.json").read_text())
    assert [drawn["first"] for drawn in stages] == [1, 1]  # its English it has learnt
    assert stages[1]["skip"] > 0 and told["batch"] > stages[1]["skip"]  # it went on, and did not begin again
    old, new = (load_file(folder / "model.safetensors") for folder in (learnt, out / "weights"))
    assert (out / "weights" / "tokenizer.json").read_text() == (learnt / "tokenizer.json").read_text()
    name = "model.layers.0.mlp.down_proj.weight"  # begins as nothing but zeros
    assert torch.nn.functional.cosine_similarity(old[name].flatten(), new[name].flatten(), dim=0) > 0.9


def test_a_run_from_scratch_does_not_go_on_with_others_weights(small, corpus_folder, tmp_path, capsys):
    """Its tokens would be others from then on."""
    for name, seed in (("first", "1"), ("second", "2")):
        assert run(corpus_folder, tmp_path / name, 0.3, "--seed", seed) == 0
    before = [
        (tmp_path / "second" / name).read_bytes() for name in ("checkpoint.pt", "weights/tokenizer.json")
    ]
    first = str(tmp_path / "first" / "weights")
    assert run(corpus_folder, tmp_path / "second", 1, "--seed", "2", "--begin-with", first) == 2
    assert "go on without --begin-with" in capsys.readouterr().err
    after = [
        (tmp_path / "second" / name).read_bytes() for name in ("checkpoint.pt", "weights/tokenizer.json")
    ]
    assert after == before


def test_a_run_goes_on_with_its_own_tokenizer_whatever_became_of_what_it_began_with(
    small, corpus_folder, tmp_path
):
    for name, seed in (("first", "1"), ("other", "3")):
        assert run(corpus_folder, tmp_path / name, 0.3, "--seed", seed) == 0
    learnt, out = tmp_path / "first" / "weights", tmp_path / "out"
    assert run(corpus_folder, out, 0.3, "--begin-with", str(learnt)) == 0
    before = (out / "weights" / "tokenizer.json").read_text()
    changed = (tmp_path / "other" / "weights" / "tokenizer.json").read_text()
    (learnt / "tokenizer.json").write_text(changed)
    assert run(corpus_folder, out, 0.6, "--begin-with", str(learnt)) == 0
    assert (out / "weights" / "tokenizer.json").read_text() == before != changed


def test_weights_without_a_tokenizer_are_nothing_to_begin_with_and_stay_as_they_are(
    small, corpus_folder, tmp_path, capsys
):
    assert run(corpus_folder, tmp_path / "first", 0.3) == 0
    learnt = tmp_path / "first" / "weights"
    (learnt / "tokenizer.json").unlink()
    before = sorted(learnt.iterdir())
    assert run(corpus_folder, tmp_path / "second", 0.3, "--begin-with", str(learnt)) == 2
    assert "holds no tokenizer.json" in capsys.readouterr().err
    assert sorted(learnt.iterdir()) == before


class Killed(BaseException):
    pass


def test_a_run_that_is_killed_while_it_writes_the_weights_goes_on(
    small, corpus_folder, tmp_path, monkeypatch
):
    assert run(corpus_folder, tmp_path, 0.5) == 0
    before = json.loads((tmp_path / "progress.json").read_text())

    def cut_off(self, folder, **_):
        (Path(folder) / "tokenizer.json").write_text("{")
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(PreTrainedTokenizerBase, "save_pretrained", cut_off)
        with pytest.raises(Killed):
            run(corpus_folder, tmp_path, 1)
    AutoTokenizer.from_pretrained(tmp_path / "weights")
    assert run(corpus_folder, tmp_path, 1.5) == 0
    assert json.loads((tmp_path / "progress.json").read_text())["batch"] > before["batch"]
    assert not list(tmp_path.glob("*.partial"))


def test_a_run_that_is_killed_before_its_first_weights_are_there_can_be_begun_again(
    small, corpus_folder, tmp_path, monkeypatch
):
    """A checkpoint without its tokenizer would be no use to anybody."""
    assert run(corpus_folder, tmp_path / "first", 0.3) == 0
    begin = ("--begin-with", str(tmp_path / "first" / "weights"))

    def cut_off(*given):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(model, "write_model", cut_off)
        with pytest.raises(Killed):
            run(corpus_folder, tmp_path / "second", 0.3, *begin)
    assert run(corpus_folder, tmp_path / "second", 0.3, *begin) == 0


def test_padding_is_no_token_that_was_seen(small, tokenizer, tmp_path):
    one = train.Run(tokenizer, tmp_path, 0)
    ids = np.full((4, 16), 7)
    ids[:, 10:] = 0
    one.train(iter([batches.Batch(ids, (ids != 0).astype(np.float32))]), 1e-9)
    assert one.progress.tokens == 40


def test_weights_of_another_shape_to_begin_with_are_told_in_one_sentence(
    small, corpus_folder, tmp_path, capsys, monkeypatch
):
    assert run(corpus_folder, tmp_path / "first", 0.3) == 0
    learnt = str(tmp_path / "first" / "weights")
    monkeypatch.setattr(model, "SHAPE", model.SHAPE | {"hidden_size": 64})
    assert run(corpus_folder, tmp_path / "second", 0.3, "--begin-with", learnt) == 2
    assert "has another shape than the starter" in capsys.readouterr().err
    assert run(corpus_folder, tmp_path / "third", 0.3, "--begin-with", str(tmp_path / "nowhere")) == 2
    assert "--begin-with wants the weights folder of a starter" in capsys.readouterr().err
    assert not (tmp_path / "third" / "checkpoint.pt").exists()


def test_a_checkpoint_that_cannot_be_read_is_told_in_one_sentence(small, corpus_folder, tmp_path, capsys):
    (tmp_path / "checkpoint.pt").write_bytes(b"cut off")
    assert run(corpus_folder, tmp_path, 1) == 2
    assert re.search(
        r"checkpoint\.pt cannot be read.* start anew with another --out", capsys.readouterr().err
    )


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(small, corpus_folder, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run(corpus_folder, tmp_path / "file" / "out", 1) == 2
    assert "Not a directory" in capsys.readouterr().err


def test_what_takes_its_time_before_the_first_batch_is_said(small, corpus_folder, tmp_path, capsys):
    assert run(corpus_folder, tmp_path, 0.5) == 0
    told = capsys.readouterr().err
    assert told.index("tokenizer") < told.index("compiling") < told.index("batch 1")
    assert run(corpus_folder, tmp_path, 0.6) == 0
    assert "tokenizer" not in capsys.readouterr().err  # it is there already


def test_the_progress_fits_a_narrow_terminal_with_loss_and_speed_in_it(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    train._show(train.Progress(123_456, 505_675_776, 5_400.0, 3.1234), 5_400.0, 123_456.7)
    line = capsys.readouterr().err
    assert line.startswith("\r") and "\n" not in line
    shown = line.removeprefix("\r\033[K")
    assert len(shown) < 80
    assert "loss 3.123" in shown and "123,457 tokens/s" in shown and "90 min" in shown and "100 %" in shown


def test_the_seed_decides_the_first_weights(small, tokenizer):
    one, same, other = (model.new_model(tokenizer, seed).model.embed_tokens.weight for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("spoilt", ["embed_tokens", "q_proj"])
def test_gradients_that_overflow_fp16_cost_one_step_and_no_weight(small, tokenizer, tmp_path, spoilt):
    """The two optimizers share the length that gradients are cut to: what is no number in one must not enter the
    other, whose own were looked at before."""
    one = train.Run(tokenizer, tmp_path, 0)
    one.scaler = torch.amp.GradScaler("cpu", init_scale=8.0)  # as on a card without bf16
    ids = np.random.default_rng(0).integers(0, len(tokenizer), (4, 16))
    batch = batches.Batch(ids, np.ones(ids.shape, np.float32))
    parameters = dict(one.model.named_parameters())
    before = {name: value.detach().clone() for name, value in parameters.items()}
    name = next(name for name in parameters if spoilt in name)
    overflow = parameters[name].register_hook(lambda gradient: gradient * float("nan"))
    one._step(batch, 0.0)
    assert all(torch.equal(value, before[name]) for name, value in parameters.items())
    assert one.scaler.get_scale() == 4.0
    overflow.remove()
    one._step(batch, 0.0)
    assert all(bool(value.isfinite().all()) for value in parameters.values())
    for name in ("model.embed_tokens.weight", "model.layers.0.mlp.down_proj.weight"):  # one of each optimizer
        assert not torch.equal(parameters[name], before[name])


def test_a_missing_corpus_is_told_in_one_sentence(small, tmp_path, capsys):
    assert run(tmp_path / "nowhere", tmp_path / "out", 1) == 2
    assert "--corpus wants the folder" in capsys.readouterr().err
