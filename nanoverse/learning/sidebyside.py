"""A few prompts, answered by a new version and by the one before it or, without one, the bare model: what a player is
shown of a night's change.

Made in the training thread, right after the gate, and stored; nothing is generated when somebody looks at it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from nanoverse.learning import adapter
from nanoverse.learning.adapter import AdapterState, interruptible
from nanoverse.learning.dialogue import REPETITION_PENALTY
from nanoverse.learning.examples import Example
from nanoverse.learning.rows import Tokens

PROMPTS = 5
REPLY_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Sample:
    """What `speaker` said, and the likeliest answers of the version before ("" stands for none) and of the new one."""

    speaker: str
    heard: str
    before: str
    after: str


def samples(
    base: Any,
    tokens: Tokens,
    held_out: Sequence[Example],
    before: AdapterState | None,
    after: AdapterState,
    stop: threading.Event,
) -> tuple[Sample, ...]:
    """The newest `PROMPTS` things that the player answered and no training saw, answered by both.

    Without a version before, the bare base model is what it is held against.
    """
    asked: dict[str, Example] = {}
    for one in reversed(held_out):
        if one.turns and len(asked) < PROMPTS:
            asked.setdefault(one.turns[-1].text, one)
    if not asked:
        return ()
    prompts = [tokens.prompt(one.scene, one.turns) for one in asked.values()]
    old = adapter.attach(base, before) if before else adapter.twin(base)
    said = _answers(interruptible(old, stop), tokens, prompts)
    says = _answers(interruptible(adapter.attach(base, after), stop), tokens, prompts)
    return tuple(
        Sample(one.turns[-1].speaker, heard, old, new)
        for (heard, one), old, new in zip(asked.items(), said, says, strict=True)
    )


def _answers(model: Any, tokens: Tokens, prompts: Sequence[Sequence[int]]) -> list[str]:
    """The likeliest answer to each prompt, all in one batch."""
    longest = max(map(len, prompts))
    ids = torch.zeros(len(prompts), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, prompt in enumerate(prompts):
        ids[i, longest - len(prompt) :] = torch.tensor(prompt)
        mask[i, longest - len(prompt) :] = 1
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    causal.eval()
    with torch.no_grad():
        written = causal.generate(
            input_ids=ids.to(causal.device),
            attention_mask=mask.to(causal.device),
            max_new_tokens=REPLY_TOKENS,
            do_sample=False,
            repetition_penalty=REPETITION_PENALTY,
            eos_token_id=[tokens.end, tokens.tokenizer.eos_token_id],
            pad_token_id=tokens.tokenizer.pad_token_id,
        )
    texts = tokens.tokenizer.batch_decode(written[:, longest:], skip_special_tokens=True)
    return [" ".join(str(text).split()) for text in texts]
