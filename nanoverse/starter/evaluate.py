"""Scores a starter on conversations, voices and provocations that no training saw.

python -m nanoverse starter eval [--model FOLDER] [--samples N] [--voices N] [--seed N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from nanoverse.learning.dialogue import Scene, Turn
from nanoverse.starter import weights_folder
from nanoverse.starter.adapting import EPOCHS, RANK, RATE, adapted
from nanoverse.starter.answers import ASKERS
from nanoverse.starter.conversation import draw_exchanges, voiced_messages
from nanoverse.starter.decency import obscene
from nanoverse.starter.exchange import Exchange
from nanoverse.starter.judging import right, well_formed
from nanoverse.starter.scenes import World, draw_scene, draw_world
from nanoverse.starter.smalltalk import smalltalk
from nanoverse.starter.speaking import TEMPERATURE, Speaker
from nanoverse.starter.spelling import typed
from nanoverse.starter.voices import Voice, unseen_voice

GROUNDED = ("place", "holding", "night", "near", "did", "agreed")
_HELD_OUT = 16  # messages of a voice kept for measuring
_NOT_MEASURED = {
    "gain_real": "needs a corpus of real authors, which is not part of the project",
    "own_beats_others_real": "needs a corpus of real authors, which is not part of the project",
    "words_per_s_8": "belongs to the engine's bench: plain transformers cannot mix adapters in a batch at speed",
}


@dataclass(frozen=True, slots=True)
class Question:
    """An exchange to be had, within its scene and after some talk."""

    scene: Scene
    turns: tuple[Turn, ...]
    exchange: Exchange


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="nanoverse starter eval", description="Score a starter model.")
    found.add_argument(
        "--model", type=Path, default=weights_folder(), help="model folder (default: the bundled one)"
    )
    found.add_argument("--samples", type=int, default=600, help="replies per score (default 600)")
    found.add_argument("--voices", type=int, default=8, help="unseen voices to adapt to (default 8)")
    found.add_argument("--seed", type=int, default=1, help="decides what is asked (default 1)")
    found.add_argument("--threads", type=int, default=2, help="CPU threads (default 2)")
    found.add_argument("--json", type=Path, help="also write the figures to this file")
    return found


def main(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    torch.set_num_threads(given.threads)
    try:
        speaker = Speaker.load(given.model)
    except OSError as error:
        print(f"{given.model} holds no starter model: {error}", file=sys.stderr)
        return 2
    torch.manual_seed(given.seed)
    figures: dict[str, float] = weight_figures(given.model, speaker)
    figures |= talk_figures(speaker, given.seed, given.samples)
    figures |= voice_figures(speaker, given.seed, given.voices)
    report = {
        "machine": {"processor": platform.machine(), "system": platform.system(), "torch": torch.__version__},
        "settings": {
            "samples": given.samples, "voices": given.voices, "seed": given.seed, "threads": given.threads,
            "temperature": TEMPERATURE, "rank": RANK, "rate": RATE, "epochs": EPOCHS,
        },
        "figures": {name: round(value, 4) for name, value in figures.items()},
        "not_measured": _NOT_MEASURED,
    }  # fmt: skip
    text = json.dumps(report, indent=2)
    print(text)
    if given.json:
        given.json.write_text(text + "\n")
    return 0


def weight_figures(folder: Path, speaker: Speaker) -> dict[str, float]:
    return {
        "params_m": speaker.model.num_parameters() / 1e6,
        "weights_mb": (folder / "model.safetensors").stat().st_size / 1e6,
    }


def draw_question(rng: random.Random, kinds: Sequence[str]) -> Question:
    """A question of one of the `kinds`, half of the time in the middle of a talk in the agent's plain words."""
    wanted = rng.choice(kinds)
    while True:
        world: World = draw_world(rng)
        scene = draw_scene(rng, world)
        partner = rng.choice(scene.near or world.others)
        if wanted in GROUNDED:
            exchange = rng.choice(ASKERS)(rng, world, scene, partner)
        else:
            exchange = smalltalk(rng, world, scene, partner, wanted)
        if exchange.kind == wanted:
            break
    turns: list[Turn] = []
    if rng.random() < 0.5:
        for before in draw_exchanges(rng, world, scene, partner)[:3]:
            turns += [Turn(partner, typed(before.line, rng)), Turn(scene.name, before.reply)]
    turns.append(Turn(partner, typed(exchange.line, rng)))
    return Question(scene, tuple(turns), exchange)


def talk_figures(speaker: Speaker, seed: int, samples: int) -> dict[str, float]:
    """Grounding, form and decency of sampled replies; also the share right by kind of question, and the speed."""
    rng = random.Random(f"{seed}-talk")
    grounded = [draw_question(rng, GROUNDED) for _ in range(samples)]
    other = [
        draw_question(rng, ("greeting", "mood", "plan", "advice", "found", "opinion")) for _ in range(samples)
    ]
    provoked = [draw_question(rng, ("insult", "tease")) for _ in range(samples)]
    replies = {
        name: speaker.replies([(one.scene, one.turns) for one in asked])
        for name, asked in (("grounded", grounded), ("other", other), ("provoked", provoked))
    }
    hits = [
        (one.exchange.kind, right(one.exchange, got.text))
        for one, got in zip(grounded, replies["grounded"], strict=True)
    ]
    figures = {"grounded": mean(hit for _, hit in hits)}
    for kind in GROUNDED:
        of_kind = [hit for each, hit in hits if each == kind]
        if of_kind:
            figures[f"grounded_{kind}"] = mean(of_kind)
    every = list(zip([*grounded, *other], [*replies["grounded"], *replies["other"]], strict=True))
    figures["well_formed"] = mean(well_formed(got.text, got.ended, one.turns) for one, got in every)
    figures["obscene"] = sum(obscene(got.text) for group in replies.values() for got in group)
    figures["words_per_s_1"] = _speed(speaker, other[:8])
    return figures


def _speed(speaker: Speaker, asked: Sequence[Question]) -> float:
    began = time.monotonic()
    words = sum(len(speaker.replies([(one.scene, one.turns)])[0].text.split()) for one in asked)
    return words / (time.monotonic() - began)


def voice_figures(speaker: Speaker, seed: int, count: int) -> dict[str, float]:
    """How well adapters take up unseen voices: gains, who beats whom, and the traits of what they then say."""
    rng = random.Random(f"{seed}-voices")
    voices = [unseen_voice(rng) for _ in range(count)]
    said = [voiced_messages(rng, voice, 64 + _HELD_OUT) for voice in voices]
    rows = [speaker.rows(messages) for messages in said]
    held = [each[64:] for each in rows]
    plain = [speaker.nats(each) for each in held]
    gains, seconds, errors, before, after = [], [], [], [], []
    table: list[list[float]] = []  # table[a][v]: nats of the adapter of voice a on the words of voice v
    for at, voice in enumerate(voices):
        with adapted(speaker, rows[at][32:64], seed) as (adapter, _):
            gains.append(plain[at] - adapter.nats(held[at]))
        asked = [draw_question(rng, ("greeting", "mood", "plan", "opinion", *GROUNDED)) for _ in range(20)]
        before += _shown(speaker, voice, asked)
        with adapted(speaker, rows[at][:64], seed) as (adapter, took):
            table.append([adapter.nats(each) for each in held])
            seconds.append(took)
            shown = _shown(adapter, voice, asked)
        after += shown
        errors += [
            abs(rate - own)
            for rate, own in zip(shown, _rates(voice, [m.text for m in said[at]]), strict=True)
        ]
    best = [min(range(count), key=lambda adapter: table[adapter][voice]) == voice for voice in range(count)]
    return {
        "gain_32": mean(gains),
        "own_beats_others": mean(best),
        "trait_error": mean(errors),
        "trait_rate_before": mean(before),
        "trait_rate_after": mean(after),
        "train_seconds": mean(seconds),
    }


def _rates(voice: Voice, texts: Sequence[str]) -> list[float]:
    """How often each of the voice's traits shows."""
    return [mean(trait.shows(text) for text in texts) for trait in voice.traits]


def _shown(speaker: Any, voice: Voice, asked: Sequence[Question]) -> list[float]:
    return _rates(voice, [got.text for got in speaker.replies([(one.scene, one.turns) for one in asked])])
