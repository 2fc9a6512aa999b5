"""The engine as the rest of the house sees it: requests in, pieces of text out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from functools import partial
from pathlib import Path
from typing import Any

import torch

from .adapters import read_adapter
from .checkpoint import Checkpoint
from .device import attempt, give_back_freed_memory
from .errors import DeviceError, ModelError
from .inbox import Job
from .lora import Adapter
from .opening import Limits, choose_device, choose_dtype, read_model, read_tokenizer, usable
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


class Engine:
    """A base model that answers for everyone. Make one with `load`, then `start` it in an event loop.

    base_id: fingerprint of the base model, to be kept with every adapter trained on it.
    max_context: most tokens of prompt and answer together.
    """

    def __init__(self, checkpoint: Checkpoint, limits: Limits, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.base_id = checkpoint.base_id
        self.max_context = limits.context
        self._limits = limits
        runner = self._run_on(checkpoint, limits)
        scheduler = Scheduler(
            rows=limits.slots,
            chunk=CHUNK,
            busy_chunk=BUSY_CHUNK,
            ring=runner.cache.cells[True],
            rewind=runner.cache.rewind,
        )
        self._worker = Worker(
            scheduler,
            runner,
            checkpoint.shape.stop_ids,
            limits,
            on_cpu=self._move_to_cpu,
            read_adapter=self._read_to_serve,
            send=self._send,
        )
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def load(cls, folder: Path, limits: Limits, *, device: str = "auto", dtype: str = "auto") -> Engine:
        """Reads the model in `folder`. Blocks for as long as that takes; call it in a thread.

        A card that cannot hold or compute it is left for the CPU if the `device` is up to the engine. Raises ModelError
        if it cannot be used as it is asked for: no such device or dtype, or too little memory.
        """
        where = choose_device(device)
        try:
            with usable(where, folder):
                kind = choose_dtype(dtype, where)
                return cls(*read_model(folder, kind, where, limits), read_tokenizer(folder))
        except DeviceError as error:
            if where == torch.device("cpu"):
                raise
            if device != "auto":
                raise DeviceError(
                    f"The card cannot run the model; with --device cpu the CPU does: {error}"
                ) from error
            log.warning("%s The CPU takes it.", error)
        attempt(partial(give_back_freed_memory, where))
        return cls.load(folder, limits, device="cpu", dtype=dtype)

    def _run_on(self, checkpoint: Checkpoint, limits: Limits) -> Runner:
        self._checkpoint, embed = checkpoint, checkpoint.weights.embed
        self.device, self.dtype = embed.device, embed.dtype
        return Runner(checkpoint, rows=limits.slots, rank=limits.adapter_rank, context=limits.context)

    def _move_to_cpu(self) -> Runner:
        """Reads the model again: what was on the device is lost."""
        folder, cpu = self._checkpoint.folder, torch.device("cpu")
        with usable(cpu, folder):
            return self._run_on(*read_model(folder, torch.float32, cpu, self._limits))

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

        Raises EngineBusy if the queue is full, ModelError if the engine is not running, and ValueError if the prompt is
        empty, not of the model's vocabulary, or so long that not even one token of an answer would fit.
        """
        if self._loop is None:
            raise ModelError("The engine has not been started.")
        room = self.max_context - len(request.prompt)
        if room < 1:
            raise ValueError(
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
        host, runner = self._worker.host, self._worker.runner
        running, slots = self._worker.rows()
        return Stats(
            waiting=self._worker.inbox.waiting,
            running=running,
            slots=slots,
            device=str(self.device),
            failure=self._worker.failure,
            **self._worker.meter.figures(time.monotonic()),
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
