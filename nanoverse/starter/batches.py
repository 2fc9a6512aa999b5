"""From conversations to rows of token ids with a loss weight each, in an order that the seed alone decides."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nanoverse.learning.dialogue import SILENCE, Turn, messages
from nanoverse.starter.conversation import Conversation, draw_conversation
from nanoverse.starter.corpus import draw_corpus
from nanoverse.starter.decency import obscene

LONGEST = 384  # tokens of a row; longer conversations are cut
_POOL = 1024  # conversations sorted by length together
_VERDICT = (
    4.0  # weight of the yes or no that follows from what was said before it: all hangs on that one word
)
_STEP = 32  # rows of a batch are padded to a multiple of this, so that few shapes need compiling


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of the training: how many batches (None: all that come), the shares of its conversations, and of which
    the agent takes the manner up only where it has spoken like that: its first line there teaches nothing."""

    batches: int | None
    shares: dict[str, float]
    taken_up: frozenset[str] = frozenset()


# English first, about one pass over the corpora; then the world's own talk, which is what so small a model can master,
# with a third of open chat to the end: what an adapter adds rests on the English below it.
ENGLISH = Stage(1800, {"persona": 0.45, "topical": 0.30, "irc": 0.25})
WORLD = Stage(
    None, {"world": 0.66, "persona": 0.08, "topical": 0.08, "irc": 0.18}, taken_up=frozenset({"irc"})
)
STAGES = (ENGLISH, WORLD)


@dataclass(frozen=True, slots=True)
class Row:
    ids: list[int]
    weights: list[float]  # of the loss of predicting each id; 0 for the scene and the format


@dataclass(frozen=True, slots=True)
class Batch:
    """`ids` int64 and `weights` float32, both [rows, length]; padding has id 0 and weight 0."""

    ids: NDArray[np.int64]
    weights: NDArray[np.float32]


def encode(tokenizer: Any, conversation: Conversation) -> Row:
    """The whole conversation in the serving format, with the weight of every token as a target."""
    chat = messages(conversation.scene, conversation.turns)
    if conversation.later:
        chat.append({"role": "assistant", "content": conversation.later})
    elif chat[-1]["content"] == SILENCE:
        chat.pop()
    ids: list[int] = tokenizer.apply_chat_template(chat, tokenize=True, return_dict=False)[:LONGEST]
    start, end, newline = _marks(tokenizer)
    weights = [0.0] * len(ids)
    starts = [at for at, token in enumerate(ids) if token == start]
    first = True
    for number, at in enumerate(starts):
        own = number % 2 == 1
        begin = ids.index(newline, at) + 1 if newline in ids[at:] else len(ids)  # past the role
        stop = next((i for i in range(at, len(ids)) if ids[i] == end), len(ids) - 1)
        if number == 0:  # the scene's facts come before the first words said
            begin = _after_scene(ids, newline, begin, stop)
        speak = conversation.speak if conversation.learn_first or not first else 0.0
        weight = speak if own else conversation.listen
        first = first and not own
        weights[begin : stop + 1] = [weight] * (stop + 1 - begin)
        if own and weight:
            for verdict in _verdicts(tokenizer, ids, begin, stop):
                weights[verdict] = _VERDICT * weight
    return Row(ids, weights)


def _verdicts(tokenizer: Any, ids: list[int], begin: int, stop: int) -> list[int]:
    """Where the agent draws its conclusion: `It's dusk, so yes.`"""
    (so,), *words = (tokenizer.encode(word, add_special_tokens=False) for word in (" so", " yes", " no"))
    answers = {word[0] for word in words if len(word) == 1}
    return [at for at in range(begin + 1, stop) if ids[at - 1] == so and ids[at] in answers]


def _marks(tokenizer: Any) -> tuple[int, int, int]:
    newline: list[int] = tokenizer.encode("\n", add_special_tokens=False)
    found = tokenizer.convert_tokens_to_ids(["<start_of_turn>", "<end_of_turn>"])
    return found[0], found[1], newline[0]


def _after_scene(ids: list[int], newline: int, begin: int, stop: int) -> int:
    """Where the empty line after the scene's facts ends."""
    return next((i + 1 for i in range(begin + 1, stop) if ids[i] == ids[i - 1] == newline), begin)


def draw(rng: random.Random, conversations: dict[str, list[tuple[Turn, ...]]], stage: Stage) -> Conversation:
    """One decent conversation of a stage's mixture; a slip of the finger can make an indecent one."""
    source = rng.choices(tuple(stage.shares), tuple(stage.shares.values()))[0]
    while True:
        found = draw_conversation(rng) if source == "world" else draw_corpus(rng, conversations, source)
        if source in stage.taken_up:
            found = replace(found, learn_first=False)
        if not any(obscene(turn.text) for turn in found.turns):
            return found


def batches(
    tokenizer: Any,
    conversations: dict[str, list[tuple[Turn, ...]]],
    seed: int,
    tokens: int,
    skip: int = 0,
    first: int = 0,
) -> Iterator[Batch]:
    """Endless batches of about `tokens` tokens, stage after stage from the one numbered `first`; `skip` of them are
    passed over, to go on where a run stopped."""
    for number, stage in enumerate(STAGES):
        if number < first:
            continue
        if stage.batches is not None and skip >= stage.batches:
            skip -= stage.batches
            continue
        groups = _groups(tokenizer, conversations, stage, f"{seed}-{number}", tokens)
        for rows, length in islice(groups, stage.batches):
            if skip:
                skip -= 1
            else:
                yield _padded(rows, length)


def _groups(
    tokenizer: Any,
    conversations: dict[str, list[tuple[Turn, ...]]],
    stage: Stage,
    seed: str,
    tokens: int,
) -> Iterator[tuple[list[Row], int]]:
    """Rows of like length and the length to pad them to, without end."""
    for pool in count():
        rng = random.Random(f"{seed}-{pool}")
        rows = sorted(
            (encode(tokenizer, draw(rng, conversations, stage)) for _ in range(_POOL)),
            key=lambda row: len(row.ids),
        )
        made = []
        while rows:
            length = -(-len(rows[-1].ids) // _STEP) * _STEP
            size = max(1, tokens // length)
            # A row short of a full batch would be another shape: leave the remainder of the pool out.
            if len(rows) >= size:
                made.append((rows[-size:], length))
            del rows[-size:]
        rng.shuffle(made)
        yield from made


def _padded(rows: list[Row], length: int) -> Batch:
    ids = np.zeros((len(rows), length), np.int64)
    weights = np.zeros((len(rows), length), np.float32)
    for at, row in enumerate(rows):
        ids[at, : len(row.ids)] = row.ids
        weights[at, : len(row.ids)] = row.weights
    return Batch(ids, weights)
