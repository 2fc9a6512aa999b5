"""Examples as token ids, in exactly the format that serving uses.

The prompt comes from `dialogue.prompt_ids`, as in a live reply; what the model is taught is what it would have to
produce after it: the reply and the end of the turn. Both are tokenised apart, because in serving, too, the prompt is
finished before the first token of the reply exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from nanoverse.learning.dialogue import Scene, Turn, one_line, prompt_ids
from nanoverse.learning.examples import Example
from nanoverse.learning.views import views

END_OF_TURN = "<end_of_turn>"
IGNORED = -100  # the label of a token that carries no loss


@dataclass(frozen=True, slots=True)
class Row:
    """One sequence: `ids[:prompt]` is given, `ids[prompt:]` is to be said."""

    ids: tuple[int, ...]
    prompt: int

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def labels(self) -> tuple[int, ...]:
        return (IGNORED,) * self.prompt + self.ids[self.prompt :]


def padded(rows: Sequence[Sequence[int]], filling: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows filled up on the right to the longest of them, and which places are theirs (1); `[rows, longest]` each."""
    found = torch.full((len(rows), max(map(len, rows))), filling, dtype=torch.long)
    mask = torch.zeros_like(found)
    for i, row in enumerate(rows):
        found[i, : len(row)] = torch.tensor(row)
        mask[i, : len(row)] = 1
    return found, mask


def reply_nats(head: Any, hidden: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The negative log likelihood of each token that is to be said, in nats, row by row: `[tokens to say]`.

    `hidden`: a model's last hidden states of some rows, `[rows, longest, hidden size]`; `labels`: `[rows, longest]`.
    Nothing else goes through the head, so the peak of memory does not grow with the vocabulary times the prompt.
    """
    wanted = labels[:, 1:].to(hidden.device)
    said = wanted != IGNORED
    logits = head(hidden[:, :-1][said]).float()  # the state at t guesses the token at t + 1
    return torch.nn.functional.cross_entropy(logits, wanted[said], reduction="none")


class Tokens:
    """Turns talk into rows for one tokenizer, with prompts of at most `limit` tokens."""

    def __init__(self, tokenizer: Any, limit: int) -> None:
        self.limit = limit
        self.tokenizer = tokenizer
        self.end = int(tokenizer.convert_tokens_to_ids(END_OF_TURN))

    def prompt(self, scene: Scene, turns: Sequence[Turn]) -> tuple[int, ...]:
        return tuple(prompt_ids(self.tokenizer, scene, turns, self.limit))

    def reply(self, text: str) -> tuple[int, ...]:
        """The ids of a reply with its end of turn; one longer than the prompt limit is cut and has no end."""
        ids = self.tokenizer(one_line(text), add_special_tokens=False)["input_ids"]
        return tuple([*ids, self.end][: self.limit])

    def has_word(self, word: str) -> bool:
        """Whether the vocabulary has this word in one piece, as it has the common ones of what the model has read."""
        ways = {f"{space}{cased}" for space in ("", " ") for cased in (word, word.capitalize())}
        return any(len(self.tokenizer(way, add_special_tokens=False)["input_ids"]) == 1 for way in ways)

    def row(self, example: Example) -> Row:
        prompt = self.prompt(example.scene, example.answers)
        return Row(prompt + self.reply(example.reply), len(prompt))

    def overheard(self, scene: Scene, turns: Sequence[Turn]) -> Row:
        """A row in which what others say is to be predicted, from the first one's words to the end of the turn."""
        ids = self.prompt(scene, turns)
        silent = self.prompt(scene, (Turn(turns[0].speaker, ""),))
        first = next(i for i, (one, other) in enumerate(zip(ids, silent, strict=False)) if one != other)
        return Row(ids[: len(ids) - ids[::-1].index(self.end)], first)

    def rows(self, examples: Iterable[Example]) -> list[Row]:
        return [self.row(example) for example in examples]

    def views(self, examples: Iterable[Example]) -> list[tuple[Row, ...]]:
        """Of each example the row of every view of it (see `learning.views`), none twice."""
        return [
            tuple(dict.fromkeys(self.row(replace(example, turns=seen)) for seen in views(example.answers)))
            for example in examples
        ]
