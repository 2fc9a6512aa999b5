"""The one format of a conversation, for training and for serving.

A model sees a `Scene` (the facts an agent may speak of) and the recent `Turn`s. `messages` turns both into the
role/content list that the model's own chat template takes; `prompt_ids` applies that template and trims the
oldest turns until the prompt fits. The starter's training data, the nightly examples and the live replies are all
built here, so what a model is trained on is what it meets.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nanoverse.config import Settings

# What a model is given when its player speaks first: the templates of Gemma-3 want a user turn before any answer.
SILENCE = "(it is quiet)"

# The beginning of what looks like <bos>, <end_of_turn>, <unused12> …
_MARK = re.compile(r"<(?=/?[a-z_]+\d*>)")

# When words are chosen, in a live reply and in a trial before the gate. It holds for the words of the prompt, too: at
# 1.1 fewer facts of a scene come out whole.
REPETITION_PENALTY = 1.05
TURNS = 10  # newest lines that a model is given
TALK_SPAN_S = 900.0  # older lines are no longer part of a nearby or world conversation


@dataclass(frozen=True, slots=True)
class Scene:
    """What an agent may speak of: who it is, where, when, with what and with whom.

    Every fact is short plain text, e.g. `holding=("3 stone", "torch")`, `did=("dug 12 stone",)`,
    `agreed=("meet Bob at Hollow Ford",)`. Empty facts are left out of the prompt.
    """

    name: str
    place: str = ""
    biome: str = ""
    time: str = ""
    weather: str = ""
    holding: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    home: str = ""
    did: tuple[str, ...] = ()
    agreed: tuple[str, ...] = ()
    talk: str = "nearby"

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Scene:
        return cls._of(json.loads(text))

    @classmethod
    def _of(cls, raw: Any) -> Scene:
        facts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
        return cls(**facts)


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of talk, as it was written."""

    speaker: str
    text: str


def prompt_to_json(scene: Scene, turns: Sequence[Turn]) -> str:
    """What a model was given, as it is kept with every draft: `{"scene": {…}, "turns": [{"speaker", "text"}, …]}`."""
    raw = {"scene": dataclasses.asdict(scene), "turns": [dataclasses.asdict(turn) for turn in turns]}
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":"))


def prompt_from_json(text: str) -> tuple[Scene, tuple[Turn, ...]]:
    """The other way round; raises `ValueError`, `KeyError` or `TypeError` if it is something else."""
    raw = json.loads(text)
    return Scene._of(raw["scene"]), tuple(Turn(turn["speaker"], turn["text"]) for turn in raw["turns"])


def system_text(scene: Scene) -> str:
    """The facts of a scene, one a line, in a fixed order."""
    facts = (
        ("Place", ", ".join(filter(None, (scene.place, scene.biome)))),
        ("Home", scene.home),
        ("Time", ", ".join(filter(None, (scene.time, scene.weather)))),
        ("Holding", ", ".join(scene.holding)),
        ("Near", ", ".join(scene.near)),
        ("Today", "; ".join(scene.did)),
        ("Agreed", "; ".join(scene.agreed)),
        ("Talk", scene.talk),
    )
    lines = [f"You are {scene.name}, in NanoVerse."]
    lines += [f"{label}: {value}" for label, value in facts if value]
    return "\n".join(lines)


def one_line(text: str) -> str:
    """A message as the model may see it: one line, in which nothing is a mark of the format.

    A tokenizer takes `<end_of_turn>` in a text for the mark itself, and a line break would let somebody write
    "Bob: …" below their own words; both would put words into another's mouth.
    """
    return _MARK.sub("< ", " ".join(text.splitlines())).strip()


def messages(scene: Scene, turns: Sequence[Turn]) -> list[dict[str, str]]:
    """The conversation as alternating user and assistant messages, ending with a user message.

    Lines by `scene.name` are the assistant's; everyone else's are the user's, each with its speaker in front.
    Neighbouring lines of one side are merged, and a talk that would open or end with the assistant gets
    `SILENCE` as the user's part, because the templates demand strict alternation and a user's turn first.
    """
    merged: list[dict[str, str]] = []
    for turn in turns:
        own = turn.speaker == scene.name
        text = one_line(turn.text)
        role, line = ("assistant", text) if own else ("user", f"{turn.speaker}: {text}")
        if merged and merged[-1]["role"] == role:
            merged[-1]["content"] += "\n" + line
        else:
            if own and not merged:
                merged.append({"role": "user", "content": SILENCE})
            merged.append({"role": role, "content": line})
    if not merged or merged[-1]["role"] == "assistant":
        merged.append({"role": "user", "content": SILENCE})
    return [{"role": "system", "content": system_text(scene)}, *merged]


def prompt_limit(settings: Settings, context: int) -> int:
    """Most tokens of a prompt, in serving and in training: as many as are wished, and no more than leave room for a
    reply in the `context` that the engine takes of the two together."""
    return min(settings.prompt_tokens, max(context - settings.reply_tokens, context // 2))


def prompt_ids(tokenizer: Any, scene: Scene, turns: Sequence[Turn], limit: int) -> list[int]:
    """Token ids of the prompt up to the point where the model starts to answer, at most `limit` of them.

    The oldest turns go first when it is too long; if the scene and the newest turn alone are too long, the ids are
    cut from the left, so that the newest words always stay.
    """
    kept = list(turns)
    while True:
        ids: list[int] = tokenizer.apply_chat_template(
            messages(scene, kept), add_generation_prompt=True, tokenize=True, return_dict=False
        )
        if len(ids) <= limit or len(kept) <= 1:
            return ids[-limit:]
        # Drop about as much as is over, at least one turn: a long history needs few rounds.
        excess = (len(ids) - limit) / len(ids)
        kept = kept[max(1, int(len(kept) * excess)) :]
