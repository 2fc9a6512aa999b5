"""Every Gemma-3 folder loads, and every other folder is refused with a sentence that says why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    Gemma3Config,
    Gemma3ForCausalLM,
    Gemma3ForConditionalGeneration,
    Gemma3TextConfig,
    SiglipVisionConfig,
)

from nanoverse.engine import Engine, ModelError, device
from nanoverse.engine.lora import NOTHING
from nanoverse.engine.sampler import Draw, Sampling
from nanoverse.engine.scheduler import Sequence, Work
from tests.engine.small_model import (
    SMALL,
    VOCAB,
    limits,
    prompt,
    randomise,
    save_model,
    save_overflowing_model,
    save_tokenizer,
)


def load(folder: Path, **options: Any) -> Engine:
    return Engine.load(folder, limits(1, 512), **options)


def logits(engine: Engine, tokens: list[int], adapter: Path | None = None, last: int = 0) -> torch.Tensor:
    """Of the last of `tokens`, computed as the engine would, in two chunks, the second of `last` tokens (0: half)."""
    runner, sequence = engine._worker.runner, Sequence(0, tokens)
    sequence.row = 0
    runner.place(0, adapter, None if adapter is None else engine._read(adapter))
    middle = len(tokens) - (last or len(tokens) // 2)
    runner.step([Work(sequence, middle)], {})
    sequence.cached = middle
    with torch.no_grad():
        batch = runner._batch([Work(sequence, len(tokens))])
        return runner.model.forward(batch, runner.cache, runner.adapters)[0].float()


def expected(model: Any, tokens: list[int]) -> torch.Tensor:
    with torch.no_grad():
        out: torch.Tensor = model(input_ids=torch.tensor([tokens])).logits[0, -1].float()
    return out


@pytest.fixture
def folder(tmp_path: Path, model_folder: Path) -> Path:
    """A sound model, to be spoilt."""
    return Path(shutil.copytree(model_folder, tmp_path / "model"))


def change_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_sharded_weights_are_the_same_model(folder: Path, reference: Any, tmp_path: Path) -> None:
    reference.save_pretrained(tmp_path / "sharded", max_shard_size="200KB")
    save_tokenizer(tmp_path / "sharded")
    assert len(list((tmp_path / "sharded").glob("*.safetensors"))) > 1
    whole, sharded = load(folder), load(tmp_path / "sharded")
    assert sharded.base_id == whole.base_id
    assert torch.equal(logits(sharded, prompt(1, 30)), logits(whole, prompt(1, 30)))


def test_the_text_part_of_a_multimodal_checkpoint_loads(tmp_path: Path) -> None:
    """As in the 4B: several kv heads, a scaled global RoPE, and weights beside those of the vision tower."""
    text = {
        **SMALL,
        "num_key_value_heads": 2,
        "rope_parameters": {
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
        },
    }
    vision = SiglipVisionConfig(
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        image_size=28,
        patch_size=14,
    )
    config = Gemma3Config(
        text_config=Gemma3TextConfig(**text),
        vision_config=vision,
        mm_tokens_per_image=4,
        image_token_index=300,
    )
    model = Gemma3ForConditionalGeneration(config).eval()
    randomise(model, 3)
    model.save_pretrained(tmp_path)
    save_tokenizer(tmp_path)
    tokens = prompt(1, 200)
    tokens = [token if token < 300 else 70 for token in tokens]
    engine = load(tmp_path)
    torch.testing.assert_close(logits(engine, tokens), expected(model, tokens), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(logits(engine, tokens), expected(engine.training_model(), tokens))


def test_the_oldest_style_of_config_means_the_same(folder: Path) -> None:
    tokens, before = prompt(1, 100), load(folder)
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for name in ("rope_parameters", "layer_types"):
        del config[name]
    config |= {"rope_theta": 1e6, "rope_local_base_freq": 1e4, "sliding_window_pattern": 2}
    path.write_text(json.dumps(config))
    model = Gemma3ForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found = logits(load(folder), tokens)
    torch.testing.assert_close(found, expected(model, tokens), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(found, logits(before, tokens)), "other layers slide now"


def test_the_fingerprint_is_of_the_weights_not_of_how_they_are_used(folder: Path, tmp_path: Path) -> None:
    plain = load(folder).base_id
    assert load(folder, dtype="bfloat16").base_id == plain
    assert load(save_model(tmp_path / "other", seed=1)).base_id != plain
    change_config(folder, rms_norm_eps=1e-5)
    assert load(folder).base_id != plain


@pytest.mark.parametrize(("dtype", "tolerance"), [("bfloat16", 0.05), ("float16", 0.01)])
def test_half_precision_stays_close_to_float32(model_folder: Path, dtype: str, tolerance: float) -> None:
    """Measured on the scale of the logits: bf16 has 8 bits of mantissa, fp16 11, and the residual is fp32."""
    tokens = prompt(1, 150)
    exact, rough = (logits(load(model_folder, dtype=kind), tokens) for kind in ("float32", dtype))
    assert (rough - exact).abs().max() < tolerance * exact.abs().max()


@pytest.mark.parametrize("rank", [8, 12])  # 12 is more than the rows have room for by themselves
@pytest.mark.parametrize("last", [1, 60])  # a word that is written, a question that is read
@pytest.mark.parametrize(("dtype", "tolerance"), [("bfloat16", 0.05), ("float16", 0.01)])
def test_adapters_in_half_precision_add_what_they_add_in_float32(
    model_folder: Path, make_adapter: Any, dtype: str, tolerance: float, last: int, rank: int
) -> None:
    """On the scale of what they add to the logits."""
    tokens, adapter = prompt(1, 120), make_adapter(rank, rank=rank)
    added = []
    for kind in ("float32", dtype):
        engine = load(model_folder, dtype=kind)
        added.append(logits(engine, tokens, adapter, last) - logits(engine, tokens, None, last))
    exact, rough = added
    assert (rough - exact).abs().max() < tolerance * exact.abs().max()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_embedding_is_scaled_as_transformers_scales_it(tmp_path: Path, dtype: str) -> None:
    """By the square root of the width, rounded to the dtype of the weights: 80 is no square."""
    model = Gemma3ForCausalLM(Gemma3TextConfig(**{**SMALL, "hidden_size": 80})).eval()
    randomise(model, 5)
    embed = model.model.embed_tokens.weight
    with torch.no_grad():
        embed.copy_(embed.sign() * torch.exp2(torch.frexp(embed)[1]))  # of powers of two the product is exact
        for layer in model.model.layers:  # no block adds anything
            layer.post_attention_layernorm.weight.fill_(-1)
            layer.post_feedforward_layernorm.weight.fill_(-1)
    model.save_pretrained(tmp_path)
    save_tokenizer(tmp_path)
    runner, sequence = load(tmp_path, dtype=dtype)._worker.runner, Sequence(0, prompt(1, 30))
    sequence.row = 0
    with torch.no_grad():
        batch = runner._batch([Work(sequence, 30)])
        found = runner.model.hidden(batch, runner.cache, NOTHING)
        scaled = model.to(getattr(torch, dtype)).model.embed_tokens(batch.tokens).float()
    assert found.abs().max() > 0
    assert torch.equal(found, scaled)


def test_fp16_is_guarded_where_transformers_overflows(tmp_path: Path) -> None:
    model = save_overflowing_model(tmp_path)
    tokens = prompt(1, 150)
    exact = logits(load(tmp_path), tokens)
    assert expected(model.half(), tokens).isnan().any(), "this model does not overflow: it proves nothing"
    guarded = logits(load(tmp_path, dtype="float16"), tokens)
    assert (guarded - exact).abs().max() < 0.02 * exact.abs().max()


def test_a_step_without_a_choice_gives_none(model_folder: Path) -> None:
    engine, sequence = load(model_folder), Sequence(0, prompt(1, 20))
    sequence.row = 0
    draws = {sequence: Draw(Sampling(temperature=0), sequence.tokens)}
    assert engine._worker.runner.step([Work(sequence, 19)], draws) == []


def refused(folder: Path, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        load(folder)


def test_no_folder(tmp_path: Path) -> None:
    refused(tmp_path / "none", "no model folder")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    refused(tmp_path, "no config.json")


def test_a_config_that_is_not_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")
    refused(folder, "cannot be read as JSON")


def test_another_family(folder: Path) -> None:
    change_config(folder, model_type="llama")
    refused(folder, "type 'llama'; NanoVerse runs Gemma-3")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"num_attention_heads": 3}, "not a valid Gemma-3 config"),
        ({"final_logit_softcapping": 30.0}, "soft-capped"),
        ({"attention_bias": True}, "biases"),
        ({"tie_word_embeddings": False}, "untied"),
        ({"hidden_activation": "silu"}, "silu"),
        ({"use_bidirectional_attention": True}, "bidirectional"),
        (
            {"rope_parameters": {"full_attention": {"rope_type": "yarn", "factor": 2.0, "rope_theta": 1e6}}},
            "'yarn'",
        ),
        ({"hidden_size": 128}, "is broken: .* has shape"),
        ({"num_hidden_layers": 5, "layer_types": ["full_attention"] * 5}, "lack layers.4"),
    ],
)
def test_a_config_the_engine_cannot_run(folder: Path, changes: dict[str, Any], reason: str) -> None:
    change_config(folder, **changes)
    refused(folder, reason)


def test_weights_that_are_not_there(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    refused(folder, "no model.safetensors")


def test_weights_that_are_cut_off(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    refused(folder, "is broken: its weights cannot be read")


def test_weights_that_lack_a_tensor(folder: Path) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    del tensors["model.layers.2.mlp.up_proj.weight"]
    save_file(tensors, path)
    refused(folder, "lack layers.2.mlp.up_proj.weight")


def test_a_missing_shard(folder: Path) -> None:
    index = {"weight_map": {"model.norm.weight": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(folder, "model-2.safetensors is missing")
    (folder / "model.safetensors.index.json").write_text("[]")
    refused(folder, "not a valid index")


def test_a_broken_generation_config(folder: Path) -> None:
    (folder / "generation_config.json").write_text("[]")
    refused(folder, "generation_config.json cannot be read")


def test_a_missing_or_broken_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{")
    refused(folder, "no tokenizer that can be read")
    (folder / "tokenizer.json").unlink()
    refused(folder, "no tokenizer.json")


def test_an_unknown_dtype(folder: Path) -> None:
    with pytest.raises(ModelError, match="computes in float32, bfloat16, float16 or auto, not in 'int8'"):
        load(folder, dtype="int8")


@pytest.mark.parametrize("device", ["tpu", "meta", "cuda:1", "a b"])
def test_an_unknown_device(folder: Path, device: str) -> None:
    with pytest.raises(ModelError, match=f"runs on cpu, cuda or auto, not on '{device}'"):
        load(folder, device=device)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_card_where_there_is_none(folder: Path) -> None:
    with pytest.raises(ModelError, match="There is no CUDA device here that PyTorch can use: choose"):
        load(folder, device="cuda")


@pytest.mark.parametrize(("slots", "context"), [(0, 512), (4, 1)])
def test_limits_within_which_nothing_can_be_answered(slots: int, context: int) -> None:
    with pytest.raises(ValueError, match=f"no answer in {slots} conversations of {context} tokens"):
        limits(slots, context)


def test_a_model_larger_than_the_memory(folder: Path) -> None:
    change_config(folder, vocab_size=10**13)
    refused(folder, f"too little memory on cpu for {folder}: choose a smaller model")


def test_a_model_larger_than_what_is_free_of_the_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "meminfo").write_text("MemAvailable: 99 kB\n")
    monkeypatch.setattr(device, "MEMORY_INFO", tmp_path / "meminfo")
    refused(folder, f"too little memory on cpu for {folder}: choose a smaller model")


def test_the_vocabulary_bounds_the_logits(model_folder: Path) -> None:
    assert logits(load(model_folder), prompt(1, 10)).shape == (VOCAB,)
