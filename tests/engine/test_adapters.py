"""An adapter folder is a stranger's until proven otherwise; each refusal names the folder and the reason."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import Gemma3TextConfig

from nanoverse.engine import AdapterError, adapters
from nanoverse.engine.adapters import read_adapter
from nanoverse.engine.lora import Adapter
from nanoverse.engine.shape import Shape, shape_of
from tests.engine.small_model import SMALL

BASE = "gemma3-0123"
Q = "base_model.model.model.layers.1.self_attn.q_proj"


@pytest.fixture
def shape(tmp_path: Path) -> Shape:
    return shape_of(Gemma3TextConfig(**SMALL), tmp_path)


@pytest.fixture
def folder(tmp_path: Path, make_adapter: Callable[..., Path]) -> Path:
    """A sound adapter, to be spoilt."""
    return Path(shutil.copytree(make_adapter(1, rank=4), tmp_path / "adapter"))


def read(folder: Path, shape: Shape) -> Adapter:
    return read_adapter(folder, shape, BASE, torch.float32)


def refused(folder: Path, shape: Shape, reason: str) -> None:
    with pytest.raises(AdapterError, match=reason) as caught:
        read(folder, shape)
    assert str(folder) in str(caught.value)


def change_config(folder: Path, **changes: Any) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def change_tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    path = folder / "adapter_model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def test_a_sound_adapter_is_read_and_scaled(folder: Path, shape: Shape) -> None:
    adapter = read(folder, shape)
    stored = load_file(folder / "adapter_model.safetensors")
    assert adapter.rank == 4
    assert torch.equal(adapter.a["self_attn.q_proj"][1], stored[f"{Q}.lora_A.weight"].T)
    assert torch.equal(adapter.b["self_attn.q_proj"][1], stored[f"{Q}.lora_B.weight"].T * 2)


def test_half_precision_is_read_too(folder: Path, shape: Shape) -> None:
    whole = read(folder, shape)
    change_tensors(folder, lambda t: t.update({name: v.to(torch.bfloat16) for name, v in t.items()}))
    torch.testing.assert_close(read(folder, shape).a, whole.a, rtol=0.01, atol=0.01)


def test_names_as_a_multimodal_base_gives_them_are_understood(folder: Path, shape: Shape) -> None:
    whole = read(folder, shape)

    def rename(tensors: dict[str, torch.Tensor]) -> None:
        for name in list(tensors):
            tensors[name.replace("model.model.layers", "model.model.language_model.layers")] = tensors.pop(
                name
            )

    change_tensors(folder, rename)
    assert torch.equal(read(folder, shape).b["mlp.up_proj"], whole.b["mlp.up_proj"])


def test_no_folder(tmp_path: Path, shape: Shape) -> None:
    refused(tmp_path / "none", shape, "no adapter folder")


def test_a_pickle_is_never_read(folder: Path, shape: Shape) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return pytest.fail, ("a pickle was opened",)

    (folder / "adapter_model.safetensors").unlink()
    refused(folder, shape, "no adapter_model.safetensors")
    (folder / "adapter_model.bin").write_bytes(pickle.dumps(Trap()))
    refused(folder, shape, "pickle")
    shutil.copy(folder / "adapter_model.bin", folder / "adapter_model.safetensors")
    refused(folder, shape, "broken")


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "adapter_config.json"])
def test_links_are_not_followed(folder: Path, shape: Shape, name: str) -> None:
    (folder / name).rename(folder.parent / name)
    (folder / name).symlink_to(folder.parent / name)
    refused(folder, shape, "link")


def test_a_link_to_a_folder_is_not_followed(folder: Path, shape: Shape) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    refused(link, shape, "link")


def test_a_cut_off_file(folder: Path, shape: Shape) -> None:
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    refused(folder, shape, "broken")


def test_a_file_larger_than_any_adapter_can_be(folder: Path, shape: Shape) -> None:
    with (folder / "adapter_model.safetensors").open("ab") as file:
        file.truncate(2**26)
    refused(folder, shape, "too large")


def test_a_header_larger_than_any_can_be(folder: Path, shape: Shape) -> None:
    """It is compressed to next to nothing, and the world stands still while what it lists is put together."""
    entries = (f'"{n}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}' for n in range(6000))
    header = f"{{{','.join(entries)}}}".encode()
    (folder / "adapter_model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    refused(folder, shape, "names too many tensors")


def test_a_config_larger_than_any_can_be(folder: Path, shape: Shape) -> None:
    change_config(folder, filling="x" * 2**20)
    refused(folder, shape, "more than a mebibyte")


@pytest.mark.parametrize("text", ["", "[]", "{", "\udcff", "[" * 60_000])
def test_a_config_that_is_no_config(folder: Path, shape: Shape, text: str) -> None:
    (folder / "adapter_config.json").write_text(text, errors="surrogateescape")
    refused(folder, shape, "no readable adapter_config.json")


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "adapter_config.json"])
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(folder: Path, shape: Shape, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    refused(folder, shape, f"no (readable )?{name}")


def test_a_missing_config(folder: Path, shape: Shape) -> None:
    (folder / "adapter_config.json").unlink()
    refused(folder, shape, "no readable adapter_config.json")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"peft_type": "PROMPT_TUNING"}, "PROMPT_TUNING"),
        ({"use_dora": True}, "use_dora"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"rank_pattern": {"q_proj": 2}}, "rank_pattern"),
        ({"alora_invocation_tokens": [1]}, "alora_invocation_tokens"),
        ({"bias": "all"}, "biases"),
        ({"base_model_name_or_path": "gemma3-ffff"}, "another base model"),
        ({"r": 0}, "rank 0"),
        ({"r": 65}, "rank 65"),
        ({"r": "8"}, "rank '8'"),
        ({"lora_alpha": float("nan")}, "lora_alpha nan"),
        ({"lora_alpha": None}, "lora_alpha None"),
        ({"lora_alpha": 10**400}, "lora_alpha 1000"),
        ({"kasa_config": {"beta": 1e-4}}, "kasa_config"),
        ({"init_lora_weights": "pissa"}, "'pissa'"),
        ({"init_lora_weights": "pissa_niter_16"}, "'pissa_niter_16'"),
        ({"init_lora_weights": "OLoRA"}, "'OLoRA'"),
        ({"init_lora_weights": "corda"}, "'corda'"),
        ({"init_lora_weights": "loftq"}, "'loftq'"),
        ({"init_lora_weights": "lora_ga"}, "'lora_ga'"),
        ({"init_lora_weights": "of next year"}, "'of next year'"),
        ({"init_lora_weights": ["pissa"]}, "pissa"),
        ({"r": 8}, "has shape"),
    ],
)
def test_what_the_config_asks_for_must_be_served(
    folder: Path, shape: Shape, changes: dict[str, Any], reason: str
) -> None:
    change_config(folder, **changes)
    refused(folder, shape, reason)


@pytest.mark.parametrize("init", [True, False, "gaussian", "Gaussian", "orthogonal"])
def test_a_beginning_that_leaves_the_base_alone_is_served(
    folder: Path, shape: Shape, make_adapter: Callable[..., Path], init: bool | str
) -> None:
    assert read(make_adapter(1, rank=4, init_lora_weights=init), shape).rank == 4


@pytest.mark.parametrize("init", ["eva", "mica"])
def test_a_beginning_that_needs_data_or_freezes_a_half_is_served(
    folder: Path, shape: Shape, init: str
) -> None:
    change_config(folder, init_lora_weights=init)
    assert read(folder, shape).rank == 4


@pytest.mark.parametrize("init", ["pissa", "olora"])
def test_an_adapter_whose_beginning_was_taken_out_of_the_base_is_refused(
    make_adapter: Callable[..., Path], shape: Shape, init: str
) -> None:
    refused(make_adapter(1, rank=4, init_lora_weights=init), shape, f"began as '{init}'")


def test_the_right_base_is_accepted_by_fingerprint(folder: Path, shape: Shape) -> None:
    change_config(folder, base_model_name_or_path=BASE)
    assert read(folder, shape).rank == 4


def change_one(name: str, value: torch.Tensor | None) -> Callable[[dict[str, torch.Tensor]], None]:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        tensors.pop(name, None)
        if value is not None:
            tensors[name] = value

    return change


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (f"{Q}.lora_A.weight", torch.zeros(4, 63), "for another base model: .* has shape"),
        (f"{Q}.lora_A.weight", torch.full((4, 64), float("nan")), "not numbers"),
        (f"{Q}.lora_A.weight", torch.full((4, 64), float("inf")), "not numbers"),
        (f"{Q}.lora_A.weight", torch.zeros(4, 64, dtype=torch.int32), "stores .* as torch.int32"),
        (f"{Q}.lora_A.weight", None, "only half of self_attn.q_proj in layer 1"),
        (f"{Q.replace('.1.', '.4.')}.lora_A.weight", torch.zeros(4, 64), "has a layer 4, the base 4"),
        ("base_model.model.lm_head.lora_A.weight", torch.zeros(4, 64), "lm_head"),
        (f"{Q}.lora_magnitude_vector", torch.zeros(64), "lora_magnitude_vector"),
        (f"{Q.replace('q_proj', 'z_proj')}.lora_A.weight", torch.zeros(4, 64), "z_proj"),
    ],
)
def test_every_tensor_must_fit_the_base(
    folder: Path, shape: Shape, name: str, value: torch.Tensor | None, reason: str
) -> None:
    change_tensors(folder, change_one(name, value))
    refused(folder, shape, reason)


@pytest.mark.parametrize("name", [Q.replace(".1.", ".01."), Q.replace("model.model.", "model.", 1)])
def test_a_weight_that_is_there_twice_under_two_names(folder: Path, shape: Shape, name: str) -> None:
    """Which of the two is served would be up to the order of their names."""
    change_tensors(folder, change_one(f"{name}.lora_A.weight", torch.zeros(4, 64)))
    refused(folder, shape, "holds self_attn.q_proj of layer 1 twice")


def test_a_file_that_is_overwritten_while_it_is_read_changes_nothing(
    folder: Path, shape: Shape, make_adapter: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not mapped into memory: one that is cut off would then end the whole process by SIGBUS."""
    expected, other = read(folder, shape), make_adapter(2, rank=4)
    checked = adapters._check_names

    def overwrite(*arguments: Any) -> Any:
        shutil.copyfile(other / "adapter_model.safetensors", folder / "adapter_model.safetensors")
        return checked(*arguments)

    monkeypatch.setattr(adapters, "_check_names", overwrite)
    found = read(folder, shape)
    assert all(torch.equal(found.b[name], expected.b[name]) for name in expected.b)


def test_an_empty_adapter(folder: Path, shape: Shape) -> None:
    save_file({}, folder / "adapter_model.safetensors")
    refused(folder, shape, "is empty")


def test_numbers_too_large_for_the_engines_dtype_are_refused(folder: Path, shape: Shape) -> None:
    change_tensors(folder, change_one(f"{Q}.lora_A.weight", torch.full((4, 64), 1e6)))
    with pytest.raises(AdapterError, match="not numbers"):
        read_adapter(folder, shape, BASE, torch.float16)
