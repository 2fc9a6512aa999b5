"""`python -m nanoverse bench engine`: tokens a second with a different adapter for every request.

Random weights of a given shape, greedy decoding. Peers run in the same process on the same weights, with the same
threads and dtype, by turns with the engine: transformers' `generate` (hf), and the same with peft's mixed batch (peft).
Prefill and decode are timed apart, each by its median step. What players feel under load is measured by `traffic`.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from nanoverse import report
from nanoverse.engine import use_cores
from nanoverse.engine.checkpoint import Checkpoint, views
from nanoverse.engine.engine import CHUNK
from nanoverse.engine.kv import SPARE, KVCache
from nanoverse.engine.runner import Runner
from nanoverse.engine.sampler import Draw, Sampling
from nanoverse.engine.scheduler import Sequence as Conversation
from nanoverse.engine.scheduler import Work
from nanoverse.engine.shape import Shape
from nanoverse.starter.options import whole

from . import lora_products, traffic
from .random_model import SHAPES, random_adapter, random_checkpoint

T = TypeVar("T")

PEERS = ("hf", "peft")
TURNS = 3
LONG = 4096  # tokens of the conversation whose keys and values are counted


@dataclass(frozen=True, slots=True)
class Load:
    """What is measured: `requests` prompts of `prompt` tokens, `new` tokens each, over `adapters` adapters."""

    requests: int
    adapters: int
    rank: int
    prompt: int
    new: int


def main(argv: Sequence[str]) -> int:
    """Measures, prints and, with --json, writes the figures; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(argv)
    device, dtype = torch.device(options.device), getattr(torch, options.dtype)
    if options.turing and dtype == torch.bfloat16:
        parser.error("a Turing card has no bfloat16")
    if device.type == "cuda" and not torch.cuda.is_available():
        parser.error("torch finds no CUDA device here")
    with _as_on_turing() if options.turing else contextlib.nullcontext():
        figures, not_measured = _measure(options, device, dtype)
    report.show(figures)
    if options.json:
        settings = {name: value for name, value in vars(options).items() if name != "json"}
        if device.type == "cuda":
            settings["device_name"] = torch.cuda.get_device_name(device)
        report.write(options.json, settings, figures, not_measured)
    return 0


def _measure(
    options: argparse.Namespace, device: torch.device, dtype: torch.dtype
) -> tuple[dict[str, float], dict[str, str]]:
    """The figures, and what is missing among them and why."""
    load = Load(options.requests, options.adapters, options.rank, options.prompt, options.new)
    use_cores(1)  # this thread only leads; where the engine computes, see `apart`
    apart = partial(_apart, options.threads)
    checkpoint = apart(random_checkpoint, SHAPES[options.shape], dtype, device)
    figures = apart(_engine_figures, checkpoint, load, options.peers)
    figures |= traffic.figures(
        checkpoint,
        traffic.Traffic(load.requests, load.prompt, load.new, load.rank, options.registered),
        options.threads,
    )
    not_measured: dict[str, str] = {}
    if "decode_tok_s_no_graphs" not in figures:
        not_measured["decode_tok_s_no_graphs"] = "steps are recorded on a card only"
    for peer in PEERS:
        if peer not in options.peers:
            not_measured[f"vs_{peer}"] = f"run with --peers {peer}"
        elif f"vs_{peer}" not in figures:
            not_measured[f"vs_{peer}"] = f"transformers overflows in {options.dtype}"
    return figures, not_measured


def _apart(threads: int, work: Callable[..., T], *args: Any) -> T:
    """Does it in a thread that ends with it, and its helpers too: see `use_cores`."""
    with ThreadPoolExecutor(1, initializer=use_cores, initargs=(threads,)) as thread:
        return thread.submit(work, *args).result()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nanoverse bench engine", description=__doc__.splitlines()[0])
    count = whole(1)
    parser.add_argument("--shape", choices=list(SHAPES), default="starter")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32")
    parser.add_argument("--requests", type=count, default=32, help="requests in one batch")
    parser.add_argument("--adapters", type=count, default=32, help="different adapters among them")
    parser.add_argument("--registered", type=count, default=10_000, help="adapters on disk, under traffic")
    parser.add_argument("--rank", type=count, default=8)
    parser.add_argument("--prompt", type=count, default=128, help="tokens per prompt")
    parser.add_argument("--new", type=count, default=32, help="tokens written per request")
    parser.add_argument("--threads", type=count, default=report.cores())
    parser.add_argument("--peers", type=_peers, default=[], help="hf, peft or both with a comma")
    parser.add_argument(
        "--turing", action="store_true", help="do without the attention kernels that a Turing card lacks"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser


def _peers(text: str) -> list[str]:
    if unknown := set(names := text.split(",")) - set(PEERS):
        raise argparse.ArgumentTypeError(f"{min(unknown)} is none of {', '.join(PEERS)}")
    return names


@contextlib.contextmanager
def _as_on_turing() -> Iterator[None]:
    """Attention and products as sm_75 has them: no flash or cuDNN attention, no TF32. For all, so for the peers too."""
    tf32 = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        with sdpa_kernel([SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]):
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = tf32


def _engine_figures(checkpoint: Checkpoint, load: Load, peers: Sequence[str]) -> dict[str, float]:
    shape, weights = checkpoint.shape, checkpoint.weights
    context = load.prompt + load.new + 1
    runner = Runner(checkpoint, rows=load.requests, rank=load.rank, context=context)
    _, single = _timed(runner, shape, load, 1)
    adapters = [random_adapter(shape, load.rank, weights.embed.dtype) for _ in range(load.adapters)]
    made = {peer: _peer(checkpoint, load, with_adapters=peer == "peft") for peer in peers}
    others = {peer: decodes for peer, decodes in made.items() if decodes}
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(TURNS):  # by turns, so that other work on the machine slows all alike
        for row in range(load.requests):
            runner.place(row, None, None)
        taken["decode_tok_s_no_adapters"].append(_timed(runner, shape, load, load.requests)[1])
        for row in range(load.requests):
            runner.place(row, row % load.adapters, adapters[row % load.adapters])
        prefill, decode = _timed(runner, shape, load, load.requests)
        taken["prefill_tok_s"].append(prefill)
        taken["decode_tok_s"].append(decode)
        if runner.recordings is not None:
            recordings, runner.recordings = runner.recordings, None
            taken["decode_tok_s_no_graphs"].append(_timed(runner, shape, load, load.requests)[1])
            runner.recordings = recordings
        for peer, decodes in others.items():
            taken[f"decode_tok_s_{peer}"].append(decodes())
    speeds = {name: statistics.median(each) for name, each in taken.items()}
    bare = speeds["decode_tok_s_no_adapters"]
    ours = {"hf": bare, "peft": speeds["decode_tok_s"]}
    step_bytes = weights.bytes + runner.cache.bytes // load.requests
    bandwidth = _bandwidth(step_bytes, weights.embed.device)
    extra = runner.adapters.bytes
    reading = extra / _bandwidth(weights.bytes + runner.cache.bytes + extra, weights.embed.device)
    long = KVCache(shape, 1, LONG, weights.embed.dtype, torch.device("meta"))
    everyone = [adapters[row % load.adapters] for row in range(load.requests)]
    products = lora_products.figures(shape, everyone, weights.embed.dtype, weights.embed.device, _now)
    return {
        **products,
        **speeds,
        **{f"vs_{peer}": ours[peer] / speeds[f"decode_tok_s_{peer}"] for peer in others},
        "adapter_ratio": speeds["decode_tok_s"] / bare,
        # What it would be if adapters cost no more than reading their bytes.
        "adapter_limit": 1 / (1 + reading * bare / load.requests),
        "adapter_megabytes": extra / 1e6,
        "step_megabytes": step_bytes / 1e6,
        "bandwidth_gb_s": bandwidth / 1e9,
        "step_over_roofline": bandwidth / single / step_bytes,
        "kv_bytes": long.bytes,
        "kv_bytes_full": LONG * shape.layers * 2 * shape.kv_size * weights.embed.element_size(),
    }


def _timed(runner: Runner, shape: Shape, load: Load, requests: int) -> tuple[float, float]:
    """Tokens per second of prefill and of decode."""
    generator = torch.Generator().manual_seed(0)
    prompts = torch.randint(shape.vocab, (requests, load.prompt), generator=generator).tolist()
    everyone = [Conversation(player, tokens) for player, tokens in enumerate(prompts)]
    for row, conversation in enumerate(everyone):
        conversation.row = row
    draws = {c: Draw(Sampling(temperature=0), c.tokens) for c in everyone}
    reading, writing = [_now()], []
    for conversation in everyone:
        while conversation.cached < load.prompt:
            _step(runner, [conversation], draws)
        reading.append(_now())
    for _ in range(load.new + 1):
        writing.append(_now())
        _step(runner, everyone, draws)
    return load.prompt / _typical(reading), requests / _typical(writing)


def _step(runner: Runner, conversations: list[Conversation], draws: dict[Conversation, Draw]) -> None:
    plan = [
        Work(c, min(len(c.tokens), c.cached + (CHUNK if c.cached == 0 else SPARE))) for c in conversations
    ]
    chosen = runner.step(plan, draws)
    for work in plan:
        work.sequence.cached = work.end
    for conversation, token in chosen:
        conversation.tokens.append(token)


def _plain(checkpoint: Checkpoint) -> Any:
    """transformers' own model on the same weights; ours for training would compute more in half precision."""
    from transformers import AutoModelForCausalLM

    named = views(checkpoint.shape, checkpoint.weights)
    embed = checkpoint.weights.embed
    config = checkpoint.config.__class__.from_dict(checkpoint.config.to_dict())
    from_config: Any = AutoModelForCausalLM.from_config  # untyped in transformers
    with embed.device:
        model = from_config(config, dtype=embed.dtype)
    model.load_state_dict(
        {name: torch.nn.Parameter(view, requires_grad=False) for name, view in named.items()}, assign=True
    )
    model.tie_weights()
    return model.eval()


def _peer(checkpoint: Checkpoint, load: Load, with_adapters: bool) -> Callable[[], float] | None:
    """transformers, or peft over it, with the weights of `checkpoint`; called, it says how many tokens per second it
    decodes. None if what it computes are no numbers."""
    model, extra = _plain(checkpoint), {}
    model.generation_config.eos_token_id = None  # everyone writes to the end
    if with_adapters:
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(
            r=load.rank, lora_alpha=load.rank, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        # The adapters in the dtype of the weights, as ours are: else peft would cast to and fro.
        model = get_peft_model(model, config, adapter_name="0", autocast_adapter_dtype=False).eval()
        for number in range(1, load.adapters):
            model.add_adapter(str(number), config, autocast_adapter_dtype=False)
        extra["adapter_names"] = [str(row % load.adapters) for row in range(load.requests)]
    prompts = torch.randint(checkpoint.shape.vocab, (load.requests, load.prompt))
    prompts = prompts.to(checkpoint.weights.embed.device)

    with torch.no_grad():
        if not model(input_ids=prompts, logits_to_keep=1, **extra).logits.isfinite().all():
            return None

    @torch.no_grad()
    def decodes() -> float:
        clock = _Clock()
        model.generate(
            input_ids=prompts,
            attention_mask=torch.ones_like(prompts),
            do_sample=False,
            max_new_tokens=load.new + 1,
            stopping_criteria=[clock],
            **extra,
        )
        return load.requests / _typical(clock.ticks)

    return decodes


class _Clock:
    """A stopping criterion that never stops, only notes when each step of `generate` was done."""

    def __init__(self) -> None:
        self.ticks: list[float] = []

    def __call__(self, tokens: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        self.ticks.append(_now())
        return torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)


def _bandwidth(size: int, device: torch.device) -> float:
    """Bytes per second at which as many bytes as one step moves are read, by summing them."""
    buffer, ticks = torch.ones(size // 4, device=device), []
    for _ in range(20):
        ticks.append(_now())
        buffer.sum().item()
    return size / _typical(ticks)


def _typical(ticks: Sequence[float]) -> float:
    """The median time between ticks, seconds: other work on the machine disturbs some steps, seldom most."""
    return statistics.median(after - before for before, after in pairwise(ticks))


def _now() -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
