"""Training runs on the very tensors that serve, and serving never notices."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from nanoverse.engine import Engine, Request, Sampling
from tests.engine.small_model import limits, prompt


@pytest.fixture
def engine(model_folder: Path) -> Engine:
    return Engine.load(model_folder, limits(2, 512))


def logits(model: Any, tokens: list[int]) -> torch.Tensor:
    with torch.no_grad():
        out: torch.Tensor = model(input_ids=torch.tensor([tokens])).logits
    return out


def train(base: Any, steps: int) -> Any:
    """An adapter on `base` after some steps; the first moves B only, which starts at zero."""
    model = get_peft_model(base, LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM"))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.1)
    ids = torch.tensor([prompt(2, 60)])
    for _ in range(steps):
        model(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
    return model


def test_every_weight_lies_in_the_engines_own_storage(engine: Engine) -> None:
    weights = engine._checkpoint.weights
    own = [weights.embed, weights.norm]
    for layer in weights.layers:
        own += [layer.qkv, layer.o, layer.gate_up, layer.down, *layer.norms.values()]
    storages = {tensor.untyped_storage().data_ptr() for tensor in own}
    parameters = dict(engine.training_model().named_parameters())
    assert parameters
    for name, parameter in parameters.items():
        assert parameter.untyped_storage().data_ptr() in storages, f"{name} was copied"
        assert not parameter.requires_grad
    distinct = {p.data_ptr(): p.nbytes for p in parameters.values()}
    assert sum(distinct.values()) == weights.bytes


def test_it_computes_what_transformers_loads_from_disk(engine: Engine, reference: Any) -> None:
    tokens = prompt(1, 60)
    torch.testing.assert_close(logits(engine.training_model(), tokens), logits(reference, tokens))


def test_a_training_step_changes_the_adapter_and_nothing_else(engine: Engine) -> None:
    tokens = prompt(2, 60)
    before = logits(engine.training_model(), tokens)
    model = train(engine.training_model(), 2)
    assert not torch.equal(logits(model, tokens), before)
    assert torch.equal(logits(engine.training_model(), tokens), before)


def test_adapters_trained_on_it_name_the_base_model(engine: Engine, tmp_path: Path) -> None:
    model = get_peft_model(engine.training_model(), LoraConfig(r=2, target_modules="all-linear"))
    model.save_pretrained(tmp_path, save_embedding_layers=False)
    assert engine.base_id in (tmp_path / "adapter_config.json").read_text()


async def test_what_is_written_while_a_thread_trains_is_what_would_be_written_anyway(
    endless_folder: Path,
) -> None:
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(2, 512))
    engine.start(asyncio.get_running_loop())

    async def answer() -> list[int]:
        request = Request(prompt(5, 40), sampling=Sampling(temperature=0, max_tokens=100))
        generation = engine.generate(request)
        async for _ in generation:
            pass
        return generation.tokens

    before = await answer()
    training = asyncio.create_task(asyncio.to_thread(train, engine.training_model(), 10))
    during = [await answer()]
    while not training.done():
        during.append(await answer())
    await training
    assert all(tokens == before for tokens in during)
    await engine.close()
