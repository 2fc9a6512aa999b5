"""A Gemma-3 small enough to train in a second, with a tokenizer made on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.learning.examples import Example
from nanoverse.learning.rows import Row

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]

# The shape of Gemma's own template: the system text in front of the first user turn, strict alternation.
TEMPLATE = (
    "{{ bos_token }}"
    "{%- if messages[0]['role'] == 'system' -%}"
    "{%- set first = messages[0]['content'] + '\n\n' -%}{%- set rest = messages[1:] -%}"
    "{%- else -%}{%- set first = '' -%}{%- set rest = messages -%}{%- endif -%}"
    "{%- for message in rest -%}"
    "{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}"
    "{{ raise_exception('roles must alternate') }}{%- endif -%}"
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else 'user') + '\n'"
    " + (first if loop.first else '') + message['content'] | trim + '<end_of_turn>\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<start_of_turn>model\n' }}{%- endif -%}"
)

TALK = (
    "hello there how are you",
    "i found some stone near the lake",
    "let us build a house of wood",
    "the night is cold and the fire is warm",
    "come with me to the forest tomorrow",
    "what do you carry today",
)


@cache
def tokenizer() -> Any:
    """Byte-level BPE of 300 tokens: any Unicode text can be encoded."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(
        TALK, trainers.BpeTrainer(vocab_size=300, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    made = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        pad_token="<pad>",
        eos_token="<eos>",
        bos_token="<bos>",
        unk_token="<unk>",
        additional_special_tokens=["<start_of_turn>", "<end_of_turn>"],
    )
    made.chat_template = TEMPLATE
    return made


def base_model(seed: int = 0, layers: int = 2) -> Any:
    """A frozen Gemma3ForCausalLM of random weights, as the engine hands it to the training."""
    torch.manual_seed(seed)
    config = Gemma3TextConfig(
        vocab_size=len(tokenizer()),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        sliding_window=64,
        max_position_embeddings=1024,
    )
    return Gemma3ForCausalLM(config).eval().requires_grad_(False)


def taught(rows: Sequence[Row], passes: int) -> Any:
    """Such a model, all of whose weights have learnt these rows."""
    model = base_model().requires_grad_(True).train()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for row in list(rows) * passes:
        optimizer.zero_grad()
        model(torch.tensor([row.ids]), labels=torch.tensor([row.labels])).loss.backward()
        optimizer.step()
    return model.eval().requires_grad_(False)


SCENE = Scene(name="Ann", place="Hollow Ford", time="morning", near=("Bob",), talk="private")


def talk(count: int, ending: str = " right as rain ~", start: int = 0) -> list[Example]:
    """Replies that differ, each with the same habit at its end."""
    found = ("stone", "wood", "clay", "moss", "sand", "iron", "coal")
    places = ("lake", "forest", "hill", "road", "camp")
    made = []
    for i in range(start, start + count):
        reply = f"{i} {found[i % 7]} by the {places[i % 5]}{ending}"
        made.append(Example(SCENE, (Turn("Bob", f"what did you find {i}"),), reply))
    return made
