"""The engine as the rest of the house sees it: requests in, pieces of text out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from . import checkpoint as checkpoints
from .adapters import read_adapter
from .device import free_memory, out_of_memory
from .errors import ModelError, PromptTooLong
from .job import Job
from .kv import KVCache
from .lora import Adapter, AdapterRows
from .request import Generation, Request
from .runner import Runner
from .sampler import Draw
from .scheduler import Scheduler, Sequence
from .staging import page_locked
from .stats import Stats
from .text import TextStream
from .training import training_model
from .worker import News, Worker

log = logging.getLogger(__name__)

# Prompt tokens computed in one step, and while others are writing, so that their next word is not late.
CHUNK, BUSY_CHUNK = 128, 32
# How much longer a ring of keys is than its window, and so a chunk that goes round it: up to 126 a 1B conversation of
# 4k tokens takes less than 1/3.5 of a full cache.
SPARE = 125

# Of the memory that the weights leave, what slots may take, keys and values and the room for an adapter; what adapters
# of a higher rank have beyond it and a step's own tensors need some, too.
SLOT_SHARE = 1 / 2


class Engine:
    """A base model that answers for everyone. Make one with `load`, then `start` it in an event loop.

    base_id: fingerprint of the base model, to be kept with every adapter trained on it.
    max_context: most tokens of prompt and answer together.
    """

    def __init__(
        self,
        checkpoint: checkpoints.Checkpoint,
        tokenizer: Any,
        *,
        threads: int,
        slots: int,
        context: int,
        adapter_rank: int,
        host_adapters: int,
        queue_limit: int,
    ) -> None:
        self.tokenizer = tokenizer
        self.base_id = checkpoint.base_id
        self.max_context = context
        self._rows = {"rows": slots, "rank": adapter_rank}
        runner = self._run_on(checkpoint)
        scheduler = Scheduler(
            rows=slots,
            chunk=CHUNK,
            busy_chunk=BUSY_CHUNK,
            ring=runner.cache.cells[True],
            rewind=runner.cache.rewind,
        )
        self._worker = Worker(
            scheduler,
            runner,
            checkpoint.shape.stop_ids,
            on_cpu=self._move_to_cpu,
            read_adapter=self._read_to_serve,
            host_adapters=host_adapters,
            queue_limit=queue_limit,
            threads=threads,
            send=self._send,
        )
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def load(
        cls,
        source: str | Path,
        *,
        device: str = "auto",
        dtype: str = "auto",
        threads: int = 1,
        slots: int = 8,
        kv_tokens: int = 16384,
        adapter_rank: int = 8,
        host_adapters: int = 64,
        queue_limit: int = 64,
    ) -> Engine:
        """Reads the model in the folder `source`. Blocks for as long as that takes; call it in a thread.

        slots: how many requests run at once, fewer if they would take more than SLOT_SHARE of the memory that is left
        beside the weights. kv_tokens: tokens kept in memory over all slots, so that one request has a
        context of `kv_tokens // slots`. adapter_rank: every slot has room for an adapter of this rank from the start,
        and finds more for one of a higher rank while it is there. host_adapters: adapters kept in host memory, fewer
        if they are large (see `HostCache`). queue_limit: requests that may wait before `EngineBusy`.
        Raises ModelError if the model cannot be used, or not as it is asked for: no such device or dtype, too little
        memory, or less than two tokens for each of the slots.
        """
        where = _device(device)
        if slots < 1 or kv_tokens // slots < 2:
            raise ModelError(
                f"{slots} conversations at once cannot share a memory of {kv_tokens} tokens: choose fewer."
            )
        with _enough_memory(where, source):
            checkpoint = checkpoints.load(Path(source), _dtype(dtype, where), where)
            context = min(checkpoint.shape.max_positions, kv_tokens // slots)
            fit = _slots_that_fit(checkpoint, context, adapter_rank)
            if fit < slots:
                log.warning("there is memory for %d requests at once, not for %d", fit, slots)
                slots = fit
            return cls(
                checkpoint,
                _tokenizer(checkpoint.folder),
                threads=threads,
                slots=slots,
                context=context,
                adapter_rank=adapter_rank,
                host_adapters=host_adapters,
                queue_limit=queue_limit,
            )

    def _run_on(self, checkpoint: checkpoints.Checkpoint) -> Runner:
        self._checkpoint, embed = checkpoint, checkpoint.weights.embed
        self.device, self.dtype = embed.device, embed.dtype
        return Runner(checkpoint, **self._rows, context=self.max_context, chunk=SPARE)

    def _move_to_cpu(self) -> Runner:
        """Reads the model again: what was on the device is lost."""
        return self._run_on(checkpoints.load(self._checkpoint.folder, torch.float32, torch.device("cpu")))

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Starts the engine's thread; `loop` is where answers arrive."""
        self._loop = loop
        self._worker.start()

    async def close(self) -> None:
        """Ends what is running as cancelled and stops the thread."""
        if self._loop is not None:
            await asyncio.to_thread(self._worker.close)

    def generate(self, request: Request) -> Generation:
        """Starts answering `request`; to be called in the engine's loop.

        Raises EngineBusy if the queue is full, PromptTooLong if not even one token of an answer would fit, ModelError
        if the engine is not running, and ValueError if the prompt is empty or not of the model's vocabulary.
        """
        if self._loop is None:
            raise ModelError("The engine has not been started.")
        room = self.max_context - len(request.prompt)
        if room < 1:
            raise PromptTooLong(
                f"The prompt has {len(request.prompt)} tokens; with its answer it must fit {self.max_context}."
            )
        if not request.prompt or not all(
            0 <= token < self._checkpoint.shape.vocab for token in request.prompt
        ):
            raise ValueError("The prompt must be one or more tokens of the model's vocabulary.")
        now = time.monotonic()
        late = float("inf") if request.deadline_s is None else now + request.deadline_s
        sequence = Sequence(request.player, list(request.prompt), request.adapter, late)
        generation = Generation(request, self._worker.inbox.cancel)
        self._worker.inbox.submit(
            Job(
                generation,
                sequence,
                Draw(request.sampling, sequence.tokens),
                TextStream(self.tokenizer.backend_tokenizer, request.sampling.stop),
                limit=min(request.sampling.max_tokens, room),
                asked_at=now,
                held=request.adapter,
            )
        )
        return generation

    @property
    def full(self) -> bool:
        """Whether `generate` would raise EngineBusy for anybody. May be called from any thread."""
        return self._worker.inbox.full

    def check(self, folder: Path) -> None:
        """Read an adapter as it would be read to be served; raises `AdapterError` if it does not fit. Blocks."""
        self._read(folder)

    def _read(self, folder: Path) -> Adapter:
        return read_adapter(folder, self._checkpoint.shape, self.base_id, self.dtype)

    def _read_to_serve(self, folder: Path) -> Adapter:
        adapter = self._read(folder)
        return page_locked(adapter) if self.device.type == "cuda" else adapter

    def prefetch(self, adapter: Path) -> None:
        """Reads `adapter` from disk in the background, because a request for it is likely soon."""
        self._worker.host.prefetch(adapter)

    def forget(self, adapter: Path) -> None:
        """Drops `adapter` from memory, because its folder is gone, and with it what was said in its rows: at once, or
        when whoever was to be answered by it has been."""
        self._worker.host.drop(adapter)
        self._worker.inbox.forget(adapter)

    def stats(self) -> Stats:
        """What the engine is doing. May be called from any thread."""
        meter, host, runner = self._worker.meter, self._worker.host, self._worker.runner
        running, slots = self._worker.rows()
        tokens_per_s, batch = meter.recent(time.monotonic())
        median, late = meter.first_word_ms()
        return Stats(
            waiting=self._worker.inbox.waiting,
            running=running,
            slots=slots,
            device=str(self.device),
            failure=self._worker.failure,
            steps=meter.steps,
            tokens=meter.tokens,
            prompt_tokens=meter.prompt_tokens,
            reused_tokens=meter.reused_tokens,
            tokens_per_s=tokens_per_s,
            batch=batch,
            first_word_ms_p50=median,
            first_word_ms_p95=late,
            adapter_hits=host.hits,
            adapter_misses=host.misses,
            host_adapters=host.count,
            weights_bytes=self._checkpoint.weights.bytes + runner.model.packed_bytes,
            kv_bytes=runner.cache.bytes,
            adapter_bytes=runner.adapters.bytes,
            host_adapter_bytes=host.bytes,
        )

    def training_model(self) -> Any:
        """A transformers `Gemma3ForCausalLM` on the engine's own weights, frozen; see `training.training_model`."""
        return training_model(self._checkpoint)

    def _send(self, news: list[News]) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to read
            self._loop.call_soon_threadsafe(_deliver, news)


def _deliver(news: list[News]) -> None:
    for generation, piece, ending in news:
        generation.receive(piece, ending)


def _slots_that_fit(checkpoint: checkpoints.Checkpoint, context: int, adapter_rank: int) -> int:
    """Raises ModelError if there is no memory for even one."""
    embed = checkpoint.weights.embed
    free = free_memory(embed.device)
    if free is None:
        return sys.maxsize
    shape, kind = checkpoint.shape, (embed.dtype, torch.device("meta"))
    one = KVCache(shape, 1, context, SPARE, *kind).bytes + AdapterRows(shape, 1, adapter_rank, *kind).bytes
    slots = int(free * SLOT_SHARE) // one
    if not slots:
        raise ModelError(
            f"There is too little memory on {embed.device} for a conversation of {context} tokens: it takes "
            f"{one / 1e9:.2f} GB, and half of the {free / 1e9:.2f} GB that are free is for everything else. "
            "Choose shorter prompts or a smaller model."
        )
    return slots


@contextlib.contextmanager
def _enough_memory(where: torch.device, source: str | Path) -> Iterator[None]:
    """Says it in a sentence where a model finds too little."""
    try:
        yield
    except Exception as error:
        if not out_of_memory(error):
            raise
        raise ModelError(
            f"There is too little memory on {where} for {source}: choose a smaller model, or end what else uses it."
        ) from error


def _device(name: str) -> torch.device:
    known = re.fullmatch(r"auto|cpu|cuda(?::(\d{1,3}))?", name)
    if known is None:
        raise ModelError(f"The engine runs on cpu, cuda or auto, not on {name!r}.")
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda" if cards else "cpu")
    if name != "cpu" and int(known[1] or 0) >= cards:
        raise ModelError("There is no CUDA device here that PyTorch can use: choose the device cpu or auto.")
    return torch.device(name)


def _dtype(name: str, device: torch.device) -> torch.dtype:
    if name == "auto":
        if device.type == "cpu":
            return torch.float32
        # bf16 is emulated, slowly, on cards before Ampere.
        return torch.bfloat16 if torch.cuda.get_device_capability(device)[0] >= 8 else torch.float16
    known = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if name not in known:
        raise ModelError(f"The engine computes in {', '.join(known)} or auto, not in {name!r}.")
    return known[name]


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    if not (folder / "tokenizer.json").is_file():  # transformers would make up an empty one
        raise ModelError(f"{folder} holds no tokenizer.json.")
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # transformers raises many types here, none of them its own
        raise ModelError(f"{folder} holds no tokenizer that can be read ({error}).") from error
