"""Trains the starter from scratch: `python -m nanoverse starter train --corpus DIR --out DIR`.

The run can be stopped and started again at any moment: OUT/checkpoint.pt holds everything, and the seed and the
number of batches seen say which data comes next. OUT/weights is a complete model folder after every checkpoint.
"""

from __future__ import annotations

import argparse
import itertools
import json
import pickle
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nanoverse.starter import corpus, model
from nanoverse.starter.batches import ENGLISH, STAGES, Batch, batches, draw
from nanoverse.starter.conversation import Conversation
from nanoverse.starter.optimizer import optimizers
from nanoverse.starter.options import whole
from nanoverse.starter.tokenizer import train_tokenizer
from nanoverse.syncing import sync, sync_folder

TOKENS = 4096  # of a batch, with the padding
WARM_UP = 100  # batches
COOL_DOWN = 0.35  # the last share of the time, in which the learning rate falls to nothing
AVERAGE = 0.995  # the exported weights are a running average of the trained ones
CHECKPOINT_SECONDS = 240.0
TOKENIZER_TEXTS = 30_000
BAR = 16  # characters
_CHECKPOINT = "checkpoint.pt"


class RunError(Exception):
    """A run cannot go on; the text says why and what to do."""


@dataclass
class Progress:
    """How far a run is; saved with every checkpoint."""

    batch: int = 0
    tokens: int = 0
    seconds: float = 0.0
    loss: float = 0.0  # running mean, nats per weighted token


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="nanoverse starter train", description="Train the bundled starter model."
    )
    found.add_argument(
        "--corpus", type=Path, required=True, help="folder with persona, topical and irc .jsonl.gz"
    )
    found.add_argument("--out", type=Path, required=True, help="folder of the checkpoint and the weights")
    found.add_argument(
        "--minutes", type=float, default=90.0, help="training time, over all restarts (default 90)"
    )
    found.add_argument(
        "--seed", type=int, default=0, help="decides the data and the first weights (default 0)"
    )
    found.add_argument(
        "--begin-with",
        type=Path,
        metavar="FOLDER",
        help="begin with a trained starter's weights and tokenizer, in the last stage",
    )
    found.add_argument(
        "--rate",
        type=float,
        default=1.0,
        help="learning rate, as a share of that of a training from nothing (default 1): less, with --begin-with,"
        " changes less of what is known",
    )
    found.add_argument("--threads", type=whole(1), default=2, help="CPU threads (default 2)")
    return found


def main(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    torch.set_num_threads(given.threads)
    try:
        _go_on(given)
    except (corpus.CorpusError, RunError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _go_on(given: argparse.Namespace) -> None:
    """From where the run in `given.out` is, which may be its beginning, to its end."""
    texts = corpus.load(given.corpus)
    given.out.mkdir(parents=True, exist_ok=True)
    begin = given.begin_with
    for name in ("model.safetensors", "tokenizer.json"):
        if begin and not (begin / name).is_file():
            raise RunError(f"{begin} holds no {name}: --begin-with wants the weights folder of a starter.")
    own = given.out / "weights"  # a run that has begun goes on with its own tokenizer
    tokenizer = _tokenizer(own if _has_begun(given.out) else begin or own, texts, given.seed)
    run = Run(tokenizer, given.out, given.seed, given.rate)
    if not run.resume():
        if begin:
            run.begin_with(begin)
    elif begin and run.first_stage == 0:
        raise RunError(
            f"The run in {given.out} began with nothing: go on without --begin-with, or take another --out."
        )
    source = batches(
        tokenizer, texts.train, given.seed, TOKENS, skip=run.progress.batch, first=run.first_stage
    )
    print("Drawing the first talks and compiling the model: some minutes …", file=sys.stderr, flush=True)
    run.train(source, given.minutes * 60.0)


def _has_begun(out: Path) -> bool:
    return (out / _CHECKPOINT).is_file()


def _tokenizer(folder: Path, texts: corpus.Corpus, seed: int) -> Any:
    from transformers import AutoTokenizer

    if not (folder / "tokenizer.json").is_file():
        print("Learning the tokenizer: some minutes …", file=sys.stderr, flush=True)
        rng = random.Random(f"{seed}-tokenizer")
        stages = itertools.cycle(STAGES)
        made = train_tokenizer(_plain(draw(rng, texts.train, next(stages))) for _ in range(TOKENIZER_TEXTS))
        with model.replacing(folder) as new:
            made.save_pretrained(new)
    return AutoTokenizer.from_pretrained(folder)


def _plain(conversation: Conversation) -> str:
    from nanoverse.learning.dialogue import system_text

    own = conversation.scene.name
    said = [
        turn.text if turn.speaker == own else f"{turn.speaker}: {turn.text}" for turn in conversation.turns
    ]
    return "\n".join(["user", system_text(conversation.scene), "", *said, "model"])


class Run:
    """A model in training."""

    def __init__(self, tokenizer: Any, out: Path, seed: int, rate: float = 1.0) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer, self.out, self.seed = tokenizer, out, seed
        self.model = model.new_model(tokenizer, seed).to(self.device)
        self.average = {name: value.detach().clone() for name, value in self.model.named_parameters()}
        self.muon, self.adam = optimizers(self.model)
        self.rates = [[rate * group["lr"] for group in each.param_groups] for each in (self.muon, self.adam)]
        self.progress = Progress()
        self.first_stage = 0
        self.autocast, self.scaler = _precision(self.device)
        torch._dynamo.config.recompile_limit = 64
        if self.device == "cpu":  # with AMX its fused attention takes a quarter of a step, backwards
            self.model.set_attn_implementation("eager")
        for layer in self.model.model.layers:  # one block at a time: twice the speed for seconds of compiling
            layer.compile(dynamic=False)

    def begin_with(self, folder: Path) -> None:
        """Takes a trained model's weights; its English it has learnt already."""
        from safetensors.torch import load_file

        try:
            self.model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
        except RuntimeError as error:
            raise RunError(
                f"{folder} has another shape than the starter: {str(error).splitlines()[-1].strip()}"
            ) from error
        self.average = {name: value.detach().clone() for name, value in self.model.named_parameters()}
        self.first_stage = len(STAGES) - 1

    def resume(self) -> bool:
        """Goes on with the checkpoint, if there is one; returns whether."""
        path = self.out / _CHECKPOINT
        if not _has_begun(self.out):
            return False
        try:
            saved = torch.load(path, map_location=self.device, weights_only=True)
            begun_with = saved["seed"]
        except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError) as error:
            raise RunError(
                f"{path} cannot be read, so this run cannot go on: start anew with another --out."
            ) from error
        if begun_with != self.seed:  # its order of the data would be neither the one nor the other
            raise RunError(
                f"The run in {self.out} was begun with --seed {begun_with}: go on with that, or take another --out."
            )
        self.model.load_state_dict(saved["model"])
        self.average = saved["average"]
        self.muon.load_state_dict(saved["muon"])
        self.adam.load_state_dict(saved["adam"])
        self.progress = Progress(**saved["progress"])
        self.first_stage = saved.get("first_stage", 0)
        return True

    def save(self) -> None:
        """The weights first: with them is the tokenizer, without which no checkpoint is any use."""
        model.write_model(self.out / "weights", self.model, self.tokenizer, self.average)
        saved = {
            "seed": self.seed,
            "model": self.model.state_dict(),
            "average": self.average,
            "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(),
            "progress": vars(self.progress),
            "first_stage": self.first_stage,
        }
        partial = self.out / "checkpoint.partial"
        torch.save(saved, partial)
        with partial.open("rb") as file:
            sync(file.fileno())
        partial.replace(self.out / _CHECKPOINT)
        sync_folder(self.out)
        (self.out / "progress.json").write_text(json.dumps(vars(self.progress)) + "\n")

    def train(self, source: Iterator[Batch], seconds: float) -> None:
        """Goes on until the run has taken `seconds` in all."""
        self.model.train()
        saved = time.monotonic()
        while self.progress.seconds < seconds:
            began = time.monotonic()
            batch = next(source)
            loss = self._step(batch, self.progress.seconds / seconds)
            took = time.monotonic() - began
            seen = self.progress
            seen.seconds += took
            seen.batch += 1
            tokens = int((batch.ids != 0).sum())  # the rest is padding
            seen.tokens += tokens
            seen.loss = loss if seen.batch == 1 else seen.loss + 0.02 * (loss - seen.loss)
            _show(seen, seconds, tokens / took)
            ends_english = self.first_stage == 0 and seen.batch == ENGLISH.batches
            if ends_english:
                model.write_model(self.out / "english", self.model, self.tokenizer, self.average)
            if ends_english or time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = time.monotonic()
        self.save()
        print(file=sys.stderr)

    def _step(self, batch: Batch, done: float) -> float:
        ids = torch.from_numpy(batch.ids).to(self.device)
        weights = torch.from_numpy(batch.weights[:, 1:]).to(self.device).reshape(-1)
        taught = weights.nonzero().squeeze(1)
        with self.autocast():
            hidden = self.model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
            logits = self.model.lm_head(hidden.reshape(-1, hidden.shape[-1])[taught])
        losses = torch.nn.functional.cross_entropy(
            logits.float(), ids[:, 1:].reshape(-1)[taught], reduction="none"
        )
        loss = (losses * weights[taught]).sum() / weights.sum()
        self.scaler.scale(loss).backward()
        factor = min(1.0, (self.progress.batch + 1) / WARM_UP) * min(1.0, max(0.02, (1 - done) / COOL_DOWN))
        for optimizer, rates in zip((self.muon, self.adam), self.rates, strict=True):
            self.scaler.unscale_(optimizer)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor
        length = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        sound = bool(length.isfinite())  # else it has made the gradients of both what the scaler saw in one
        for optimizer in (self.muon, self.adam):
            if sound:
                self.scaler.step(optimizer)
            optimizer.zero_grad()
        self.scaler.update()
        with torch.no_grad():
            pull = 1 - min(AVERAGE, (self.progress.batch + 1) / (self.progress.batch + 10))
            torch._foreach_lerp_(list(self.average.values()), list(self.model.parameters()), pull)
        return float(loss.detach())


def _precision(device: str) -> tuple[Callable[[], Any], Any]:
    """Autocast for the device and the scaler of its gradients: bf16 where the hardware has it, else fp16 on CUDA."""
    if device == "cpu":
        return (lambda: torch.autocast("cpu", torch.bfloat16)), torch.amp.GradScaler("cpu", enabled=False)
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    dtype = torch.bfloat16 if native else torch.float16
    return (lambda: torch.autocast("cuda", dtype)), torch.amp.GradScaler("cuda", enabled=not native)


def _show(progress: Progress, seconds: float, speed: float) -> None:
    """One line, drawn over itself on a terminal and every hundredth batch otherwise."""
    if not sys.stderr.isatty() and progress.batch % 100 and progress.batch != 1:
        return
    share = min(1.0, progress.seconds / seconds)
    full = int(BAR * share)
    text = (  # first what matters most: a narrow terminal cuts the end off
        f"[{'#' * full}{'-' * (BAR - full)}] {100 * share:3.0f} %  loss {progress.loss:.3f}  {speed:,.0f} tokens/s  "
        f"{progress.seconds / 60:.1f} of {seconds / 60:.0f} min  batch {progress.batch}  "
        f"{progress.tokens / 1e6:.2f} M tokens"
    )
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1  # a line that wraps cannot be drawn over
        print(f"\r\033[K{text[:width]}", end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)
