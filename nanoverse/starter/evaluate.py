"""Scores a starter on conversations, voices, authors and provocations that no training saw.

python -m nanoverse starter eval [--model FOLDER] [--corpus FOLDER] [--samples N] [--voices N] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import math
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import torch

from nanoverse import report
from nanoverse.engine import ModelError
from nanoverse.starter import corpus, pupils, talk_scores, voice_scores, weights_folder
from nanoverse.starter.options import model_name, sets_of_habits, whole
from nanoverse.starter.speaking import Speaker, speaking

_ASKED = 40  # questions to each voice
_LINES = 200  # of each corpus file, for the perplexity


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="nanoverse starter eval", description="Score a starter model.")
    found.add_argument(
        "--model", type=Path, default=weights_folder(), help="model folder (default: the bundled one)"
    )
    found.add_argument(
        "--corpus", type=Path, help="folder of the training's chats: adds real authors' scores"
    )
    found.add_argument(
        "--samples", type=whole(0), default=600, help="replies to each of three groups (default 600, 0: none)"
    )
    found.add_argument(
        "--voices",
        type=whole(0, sets_of_habits()),
        default=20,
        help=f"unseen voices to learn (default 20, 0: none; there are {sets_of_habits()})",
    )
    found.add_argument(
        "--authors",
        type=whole(0),
        default=20,
        help="real authors of the corpus to learn (default 20, 0: none)",
    )
    found.add_argument("--seed", type=int, default=1, help="decides what is asked (default 1)")
    found.add_argument("--threads", type=whole(1), default=report.cores(), help="CPU threads")
    found.add_argument("--json", type=Path, help="also write the figures to this file")
    return found


def main(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    try:
        figures, missing, base = asyncio.run(_measure(given))
    except (ModelError, corpus.CorpusError) as error:
        print(error, file=sys.stderr)
        return 2
    report.show(figures)
    if given.json:
        report.write(given.json, _settings(given, base), figures, missing)
    return 0


def _settings(given: argparse.Namespace, base: str) -> dict[str, object]:
    chosen = {name: value for name, value in vars(given).items() if name not in ("json", "model", "corpus")}
    model = {"model": model_name(given.model), "base": base}
    return model | chosen | {"lesson": voice_scores.LESSON, "judged_by": voice_scores.JUDGED_BY}


async def _measure(given: argparse.Namespace) -> tuple[dict[str, float], dict[str, str], str]:
    """The figures, for those that are missing the reason, and the fingerprint of the model."""
    log = corpus.load(given.corpus) if given.corpus else None
    async with speaking(given.model, given.threads, given.seed) as speaker:
        torch.set_num_threads(given.threads)
        figures: dict[str, float] = {
            "params_m": speaker.base.num_parameters() / 1e6,
            "weights_mb": (given.model / "model.safetensors").stat().st_size / 1e6,
        }
        importlib.import_module("trl.trainer.sft_trainer")  # takes seconds that are not part of any lesson
        if given.samples:
            figures["words_per_s_1"] = await talk_scores.words_per_second(speaker, random.Random(given.seed))
            rng = random.Random(f"{given.seed}-talk")
            figures |= await talk_scores.talk_figures(speaker, rng, given.samples)
        if given.voices:
            figures |= await _voice_figures(speaker, random.Random(f"{given.seed}-voices"), given)
        if log is not None:
            figures |= _corpus_figures(speaker, random.Random(f"{given.seed}-log"), log, given)
    missing = {name: why for name, why in _reasons(given).items() if name not in figures}
    return figures, missing, speaker.engine.base_id


def _reasons(given: argparse.Namespace) -> dict[str, str]:
    """Why a figure would be missing."""
    log = "needs the chats of the training (--corpus), which are not part of the project"
    real = "left out by --authors 0" if given.corpus else log
    return (
        dict.fromkeys(("grounded", "well_formed", "obscene", "words_per_s_1"), "left out by --samples 0")
        | dict.fromkeys(
            ("gain_32", "own_beats_others", "trait_error", "train_seconds", "words_per_s_8"),
            "left out by --voices 0",
        )
        | dict.fromkeys((f"perplexity_{name}" for name in corpus.FILES), log)
        | dict.fromkeys(("gain_real", "own_beats_others_real"), real)
    )


async def _voice_figures(speaker: Speaker, rng: random.Random, given: argparse.Namespace) -> dict[str, float]:
    everyone = pupils.classmates(rng, given.voices, voice_scores.LESSON + voice_scores.JUDGED_BY)
    asked = [(one.scene, one.turns) for one in pupils.plain_talk(rng, _ASKED)]
    learnt = voice_scores.learn(speaker, everyone, given.seed)
    with tempfile.TemporaryDirectory(prefix="nanoverse-eval-") as scratch:
        folders = voice_scores.store(speaker, learnt, Path(scratch))
        traits = await voice_scores.trait_figures(speaker, everyone, folders, asked)
        speed = await voice_scores.words_per_second(speaker, folders[:8], asked)
    return traits | {
        "gain_64": learnt.gain,
        "own_beats_others": learnt.own_beats_others,
        "gain_32": voice_scores.short_gain(speaker, learnt, given.seed),
        "train_seconds": mean(learnt.seconds),
        "train_seconds_max": max(learnt.seconds),
        "words_per_s_8": speed,
    }


def _corpus_figures(
    speaker: Speaker, rng: random.Random, log: corpus.Corpus, given: argparse.Namespace
) -> dict[str, float]:
    figures = {}
    for name in corpus.FILES:
        lines = pupils.newest_words(rng, log.held_out[name], _LINES)
        figures[f"perplexity_{name}"] = math.exp(speaker.nats(speaker.base, lines))
    authors = [pupils.real(author, talks) for author, talks in log.authors.items()]
    enough = [pupil for pupil in authors if len(voice_scores.later(pupil)) == voice_scores.JUDGED_BY]
    known = enough[: given.authors]
    if not known:
        return figures
    learnt = voice_scores.learn(speaker, known, given.seed)
    return figures | {
        "authors": len(known),
        "gain_real": learnt.gain,
        "own_beats_others_real": learnt.own_beats_others,
        "train_seconds_real": mean(learnt.seconds),
    }
