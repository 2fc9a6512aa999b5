"""The starter's own tokenizer: byte-level BPE, so that any Unicode text can be encoded, with Gemma-3's chat format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

VOCABULARY = 4096
SPECIAL = {
    "pad_token": "<pad>",
    "eos_token": "<eos>",
    "bos_token": "<bos>",
    "start_of_turn": "<start_of_turn>",
    "end_of_turn": "<end_of_turn>",
}
# Written for the starter in the format of Gemma-3: the system text goes in front of the first user turn.
CHAT_TEMPLATE = """{{ bos_token }}
{%- set offset = 1 if messages[0]['role'] == 'system' else 0 -%}
{%- for message in messages[offset:] -%}
{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) or message['role'] not in ['user', 'assistant'] -%}
{{ raise_exception('After the system text, user and assistant must take turns, the user first.') }}
{%- endif -%}
{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else 'user') + '\\n' }}
{%- if loop.first and offset == 1 -%}
{{ messages[0]['content'] | trim + '\\n\\n' }}
{%- endif -%}
{{ message['content'] | trim + '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ '<start_of_turn>model\\n' }}
{%- endif -%}
"""


def train_tokenizer(texts: Iterable[str]) -> Any:
    """A `PreTrainedTokenizerFast` of `VOCABULARY` tokens learnt from `texts`."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL.values()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    named = {key: SPECIAL[key] for key in ("pad_token", "eos_token", "bos_token")}
    fast: Any = PreTrainedTokenizerFast  # untyped in transformers
    tokenizer = fast(
        tokenizer_object=bpe,
        **named,
        additional_special_tokens=[SPECIAL["start_of_turn"], SPECIAL["end_of_turn"]],
        clean_up_tokenization_spaces=False,
        padding_side="left",
        model_max_length=2048,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer
