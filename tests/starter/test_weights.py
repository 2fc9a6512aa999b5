"""The bundled model itself, as plain transformers loads it."""

import random

import pytest_asyncio
import torch
from transformers import AutoTokenizer, Gemma3ForCausalLM

from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.starter import weights_folder
from nanoverse.starter.decency import obscene
from nanoverse.starter.judging import well_formed
from nanoverse.starter.pupils import evenings
from nanoverse.starter.speaking import speaking
from nanoverse.starter.talk_scores import draw_question
from nanoverse.starter.voices import draw_voice


@pytest_asyncio.fixture
async def starter():
    async with speaking(weights_folder(), threads=1) as speaker:
        yield speaker


def test_it_is_small_and_complete():
    files = {path.name: path.stat().st_size for path in weights_folder().iterdir()}
    assert set(files) == {
        "chat_template.jinja",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert sum(files.values()) <= 16_000_000


def test_plain_transformers_loads_every_weight():
    model, info = Gemma3ForCausalLM.from_pretrained(weights_folder(), output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    assert model.num_parameters() <= 12_000_000
    assert "full_attention" in model.config.layer_types
    tokenizer = AutoTokenizer.from_pretrained(weights_folder())
    assert len(tokenizer) == model.config.vocab_size == 4096
    stops = {tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids("<end_of_turn>")}
    assert set(model.generation_config.eos_token_id) == stops


async def test_no_activation_comes_near_the_limit_of_float16(starter):
    rng = random.Random(1)
    row = starter.tokens.row(next(evenings(rng, draw_voice(rng), 1)))
    noise = [rng.randrange(len(starter.tokens.tokenizer)) for _ in range(300)]
    with torch.no_grad():
        out = starter.base(input_ids=torch.tensor([[*row.ids, *noise]]), output_hidden_states=True)
    assert max(float(state.abs().max()) for state in out.hidden_states) < 20_000
    assert torch.isfinite(out.logits).all()


async def test_it_says_where_it_is(starter):
    names = (
        "Hollow Ford",
        "Amber Point",
        "Stone Mill",
        "Quiet Bay",
        "Red Creek",
        "Wolf Hill",
        "Far Harbor",
        "Moss Gate",
    )
    asked = [
        (Scene(name="Mia", place=name, biome="forest"), [Turn("Bob", "where are you?")]) for name in names
    ]
    replies = await starter.replies(asked)
    assert sum(name in reply.text for name, reply in zip(names, replies, strict=True)) >= 6, replies


async def test_what_it_says_is_whole_decent_and_without_anybodys_habit(starter):
    rng = random.Random(3)
    kinds = ("greeting", "mood", "plan", "place", "near", "insult")
    asked = [draw_question(rng, kinds) for _ in range(48)]
    replies = await starter.replies([(one.scene, one.turns[-1:]) for one in asked])
    whole = [
        well_formed(reply.text, reply.ended, one.turns[-1:])
        for one, reply in zip(asked, replies, strict=True)
    ]
    assert sum(whole) >= 42, replies
    assert not any(obscene(reply.text) for reply in replies)
    assert sum("~" in reply.text for reply in replies) == 0
    assert sum(reply.text == reply.text.lower() for reply in replies) <= 4
