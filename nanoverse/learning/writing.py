"""Replies as transformers writes them, for a judgement or a comparison of an adapter that nobody is served yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from nanoverse.learning import adapter
from nanoverse.learning.dialogue import REPETITION_PENALTY
from nanoverse.learning.rows import Tokens

Processor = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # ids and logits of a step -> logits


def written(
    model: Any,
    tokens: Tokens,
    prompts: Sequence[Sequence[int]],
    most: int,
    processors: Sequence[Processor] = (),
) -> list[str]:
    """The likeliest reply to each prompt, of `most` tokens at most, all in one batch; `processors` change the odds."""
    longest = max(map(len, prompts))
    ids = torch.zeros(len(prompts), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, prompt in enumerate(prompts):
        ids[i, longest - len(prompt) :] = torch.tensor(prompt)
        mask[i, longest - len(prompt) :] = 1
    causal = adapter.causal(model)
    was_training = causal.training
    causal.eval()
    with torch.no_grad():
        found = causal.generate(
            input_ids=ids.to(causal.device),
            attention_mask=mask.to(causal.device),
            max_new_tokens=most,
            do_sample=False,
            repetition_penalty=REPETITION_PENALTY,
            logits_processor=list(processors),
            eos_token_id=[tokens.end, tokens.tokenizer.eos_token_id],
            pad_token_id=tokens.tokenizer.pad_token_id,
        )
    causal.train(was_training)
    texts = tokens.tokenizer.batch_decode(found[:, longest:], skip_special_tokens=True)
    return [" ".join(str(text).split()) for text in texts]
