"""Replies and losses of a model in plain transformers, for the evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nanoverse.learning.dialogue import Scene, Turn, prompt_ids
from nanoverse.starter.conversation import Message

PROMPT_TOKENS = 384  # as long as the longest row of the training
REPLY_TOKENS = 64
TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    ended: bool  # by itself, not by the limit


@dataclass
class Speaker:
    """A loaded starter."""

    model: Any
    tokenizer: Any

    @classmethod
    def load(cls, folder: Path) -> Speaker:
        """Raises OSError, as transformers words it, if the folder holds no model."""
        from transformers import AutoTokenizer, Gemma3ForCausalLM

        model: Any = Gemma3ForCausalLM.from_pretrained(folder, dtype=torch.float32)
        return cls(model.eval(), AutoTokenizer.from_pretrained(folder))

    def replies(self, asked: Sequence[tuple[Scene, Sequence[Turn]]], batch: int = 16) -> list[Reply]:
        """A sampled reply to each of the conversations, as the game samples it."""
        found: list[Reply] = []
        for at in range(0, len(asked), batch):
            found += self._batch(
                [prompt_ids(self.tokenizer, *one, limit=PROMPT_TOKENS) for one in asked[at : at + batch]]
            )
        return found

    @torch.inference_mode()
    def _batch(self, prompts: list[list[int]]) -> list[Reply]:
        longest = max(map(len, prompts))
        pad = self.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (longest - len(one)) + one for one in prompts])
        mask = torch.tensor([[0] * (longest - len(one)) + [1] * len(one) for one in prompts])
        with evaluating(self.model):
            out = self.model.generate(
                ids, attention_mask=mask, do_sample=True, temperature=TEMPERATURE, max_new_tokens=REPLY_TOKENS
            )
        stop = self.tokenizer.convert_tokens_to_ids("<end_of_turn>")
        texts = self.tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)
        return [
            Reply(text.strip(), stop in row[longest:].tolist()) for text, row in zip(texts, out, strict=True)
        ]

    def rows(self, messages: Sequence[Message]) -> list[tuple[list[int], int]]:
        """For each message the ids of prompt and text, and where the text begins."""
        found = []
        for message in messages:
            prompt = prompt_ids(self.tokenizer, message.scene, message.turns, limit=PROMPT_TOKENS)
            text = self.tokenizer.encode(message.text, add_special_tokens=False)
            found.append(
                ([*prompt, *text, self.tokenizer.convert_tokens_to_ids("<end_of_turn>")], len(prompt))
            )
        return found

    def loss(self, rows: Sequence[tuple[list[int], int]]) -> torch.Tensor:
        """Mean nats per token of the texts in `rows`."""
        longest = max(len(ids) for ids, _ in rows)
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        taught = torch.zeros(len(rows), longest, dtype=torch.bool)
        for at, (row, start) in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row)
            taught[at, start : len(row)] = True
        logits = self.model(input_ids=ids, use_cache=False).logits[:, :-1]
        targets = taught[:, 1:]
        return torch.nn.functional.cross_entropy(logits[targets], ids[:, 1:][targets])

    @torch.no_grad()
    def nats(self, rows: Sequence[tuple[list[int], int]]) -> float:
        """`loss` of the model as it serves."""
        with evaluating(self.model):
            return float(self.loss(rows))


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    was = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was)
