"""Log probabilities of the chosen tokens are those of the model, whatever the sampling made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nanoverse.engine import Engine, Generation, Request, Sampling
from tests.engine.small_model import limits, prompt


@pytest.fixture
async def engine(endless_folder: Path) -> Any:
    engine = await asyncio.to_thread(Engine.load, endless_folder, limits(3, 512))
    engine.start(asyncio.get_running_loop())
    yield engine
    await engine.close()


async def answered(engine: Engine, *requests: Request) -> list[Generation]:
    generations = [engine.generate(request) for request in requests]
    for generation in generations:
        async for _ in generation:
            pass
    return generations


def expected(model: Any, asked: list[int], tokens: list[int]) -> list[float]:
    """What transformers gives to each of `tokens`, natural logarithms."""
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([asked + tokens])).logits[0, len(asked) - 1 : -1]
    found: list[float] = logits.log_softmax(-1).gather(1, torch.tensor(tokens)[:, None])[:, 0].tolist()
    return found


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=0, max_tokens=20, logprobs=True),
        Sampling(temperature=1.7, top_k=20, top_p=0.8, seed=3, max_tokens=20, logprobs=True),
        Sampling(temperature=0, repetition_penalty=1.8, max_tokens=20, logprobs=True),
    ],
)
async def test_they_are_the_models_own_before_penalty_temperature_and_cuts(
    engine: Engine, reference: Any, make_adapter: Callable[..., Path], sampling: Sampling
) -> None:
    from peft import PeftModel

    adapter, silent = make_adapter(21), Sampling(temperature=0, max_tokens=20)
    base, adapted, unasked = await answered(
        engine,
        Request(prompt(1, 40), player=1, sampling=sampling),
        Request(prompt(2, 30), adapter, player=2, sampling=sampling),
        Request(prompt(3, 9), player=3, sampling=silent),
    )
    assert base.logprobs == pytest.approx(expected(reference, prompt(1, 40), base.tokens), abs=1e-4)
    model = PeftModel.from_pretrained(reference, adapter).eval()
    assert adapted.logprobs == pytest.approx(expected(model, prompt(2, 30), adapted.tokens), abs=1e-4)
    assert unasked.logprobs == [], "nobody asked for these"


async def test_there_is_one_for_each_token_even_if_one_that_is_not_shown_ended_the_answer(
    model_folder: Path, reference: Any
) -> None:
    asked = prompt(9, 10)
    whole = reference.generate(input_ids=torch.tensor([asked]), max_new_tokens=4, do_sample=False)[0]
    ending = int(whole[len(asked) + 2])
    (model_folder / "generation_config.json").write_text(f'{{"eos_token_id": [1, {ending}]}}')
    try:
        engine = await asyncio.to_thread(Engine.load, model_folder, limits(1, 512))
        engine.start(asyncio.get_running_loop())
        sampling = Sampling(temperature=0, max_tokens=9, logprobs=True)
        (generation,) = await answered(engine, Request(asked, sampling=sampling))
        await engine.close()
    finally:
        (model_folder / "generation_config.json").unlink()
    assert generation.finish == "stop"
    assert generation.logprobs == pytest.approx(expected(reference, asked, generation.tokens), abs=1e-4)
