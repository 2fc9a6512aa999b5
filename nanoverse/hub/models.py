"""A model's name -> its folder on this machine, fetched from the hub if need be.

A model that is here once is used as it is, without asking the hub again: adapters belong to their base model, so a
change of it must be the owner's wish. What is fetched lies in a folder of its own in the hub's cache:
`nanoverse--OWNER--NAME/COMMIT/` holds complete files, and `ETAG.part` beside it what has come of the next one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import HfApi, constants, get_token, hf_hub_url, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import httpx

from nanoverse.engine import ModelError
from nanoverse.engine.checkpoint import weight_files
from nanoverse.engine.shape import read_config

from .download import LineBroke, RemoteFile, fetch

HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+")
PLAIN_NAME = re.compile(r"\w[\w.-]*")  # of a file, a commit or an etag: what may become a path here
WANTED = ("*.safetensors", "*.json", "*.jinja")  # all that the engine and its tokenizer read
NEEDED = ("config.json", "tokenizer.json")
# seconds between attempts without a new byte: ten minutes in all
WAITS = (1, 2, 5, 10, 20, 30, 60, 60, 120, 120, 180)
TELL_EVERY = 0.25  # seconds
LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Fetched:
    """How far the download of a model is, in bytes. With `wait`, the line broke: in so many seconds it goes on."""

    model: str
    done: int
    total: int
    wait: float = 0.0

    @property
    def done_text(self) -> str:
        return _text(self.done)

    @property
    def total_text(self) -> str:
        return _text(self.total)


Progress = Callable[[Fetched], None]
Wait = Callable[[float], None]


def resolve(source: str | Path, progress: Progress = lambda _: None, wait: Wait = time.sleep) -> Path:
    """The local folder of a model: `source` itself, or that of a hub id, fetched into the hub's cache.

    `progress` hears a few times a second how far a download is; it goes back only where a server has to start a file
    over. A download that breaks is tried again for ten minutes, with `wait` between, and the next call goes on with it.
    Raises ModelError saying what to do when there is no such model, no licence, no network or no disk left, and when
    the model is no Gemma-3 or cannot talk.
    """
    folder, model = Path(source), str(source)
    if not folder.is_dir():
        if not HUB_ID.fullmatch(model):
            raise ModelError(f"There is no model folder at {source}; a model of the hub is named OWNER/NAME.")
        root = Path(constants.HF_HUB_CACHE) / f"nanoverse--{model.replace('/', '--')}"
        with _in_sentences(model):
            folder = _here(model, root) or _fetched(model, root, progress, wait)
    _refuse_other_families(folder, model)
    _refuse_the_speechless(folder, model)
    return folder


def _refuse_other_families(folder: Path, model: str) -> None:
    try:
        read_config(folder)
    except ModelError as error:
        raise ModelError(str(error).replace(str(folder), model)) from error


def _refuse_the_speechless(folder: Path, model: str) -> None:
    """A model that was only pre-trained would load, and then no agent would ever find a word: it has no format of talk.
    Without any tokenizer it is not even that, and is told so where it is loaded."""
    if (folder / "tokenizer.json").is_file() and not _has_template(folder):
        raise ModelError(
            f"{model} has no chat template, so it was never taught to talk: "
            "take the version of it whose name ends in -it."
        )


def _has_template(folder: Path) -> bool:
    """Whether a chat template is where transformers looks for it."""
    if (folder / "chat_template.jinja").is_file():
        return True
    try:
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        return bool(config.get("chat_template"))
    except (OSError, ValueError, AttributeError):
        return False


def _here(model: str, root: Path) -> Path | None:
    """A complete folder of the model on this machine, ours or one of the hub's own cache."""
    folders = list(root.glob("*/"))
    with contextlib.suppress(LocalEntryNotFoundError):
        folders.append(Path(snapshot_download(model, allow_patterns=["config.json"], local_files_only=True)))
    return next((folder for folder in folders if _complete(folder)), None)


def _complete(folder: Path) -> bool:
    """Whether nothing is missing; weights are fetched last, so where they are, everything is."""
    try:
        return bool(weight_files(folder)) and all((folder / name).is_file() for name in NEEDED)
    except ModelError:
        return False


def _fetched(model: str, root: Path, progress: Progress, wait: Wait) -> Path:
    commit, files = _listing(model)
    root.mkdir(parents=True, exist_ok=True)
    with (root / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two worlds the second waits here, and then finds everything
        folder = root / commit
        if not _complete(folder):
            _sweep(root, {LOCK, commit, *(f"{file.etag}.part" for file in files)})
            folder.mkdir(exist_ok=True)
            _Download(model, folder, files, progress, wait).run()
        return folder


def _listing(model: str) -> tuple[str, Sequence[RemoteFile]]:
    """The newest commit and its files that are wanted, in the order in which they are fetched."""
    api = HfApi()
    info = api.model_info(model, files_metadata=True, timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT)
    commit = info.sha or ""
    files = [
        RemoteFile(
            name=sibling.rfilename,
            url=hf_hub_url(model, sibling.rfilename, revision=commit, endpoint=api.endpoint),
            size=sibling.size,
            etag=sibling.lfs.sha256 if sibling.lfs else str(sibling.blob_id),
            sha256=sibling.lfs.sha256 if sibling.lfs else None,
        )
        for sibling in info.siblings or ()
        if sibling.size and any(fnmatch(sibling.rfilename, pattern) for pattern in WANTED)
    ]
    files = [file for file in files if PLAIN_NAME.fullmatch(file.name) and PLAIN_NAME.fullmatch(file.etag)]
    if not PLAIN_NAME.fullmatch(commit):
        raise ModelError(f"The model hub does not say which state of {model} is the newest.")
    for name in NEEDED:
        if name not in {file.name for file in files}:
            raise ModelError(f"{model} has no {name} at the hub, so it is no model that can be run.")
    if not any(_is_weights(file) for file in files):
        raise ModelError(f"{model} has no .safetensors at the hub; other weight formats are not read.")
    return commit, sorted(files, key=lambda file: (_is_weights(file), file.name != "config.json", file.name))


def _is_weights(file: RemoteFile) -> bool:
    return file.name.endswith(".safetensors")


def _sweep(root: Path, keep: set[str]) -> None:
    """Remove what was fetched of another state of the model."""
    for path in root.iterdir():
        if path.name not in keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


class _Download:
    """One model's way into `folder`; what has come of a file waits beside the folder, under the file's etag."""

    def __init__(
        self, model: str, folder: Path, files: Sequence[RemoteFile], progress: Progress, wait: Wait
    ) -> None:
        self._model = model
        self._folder = folder
        self._files = files
        self._progress = progress
        self._wait = wait
        self._total = sum(file.size for file in files)
        self._done = 0  # bytes in complete files
        self._told = 0.0  # when

    def run(self) -> None:
        for file in self._files:
            if _is_weights(file):  # before gigabytes, and after everything else
                _refuse_the_speechless(self._folder, self._model)
            if not (self._folder / file.name).is_file():
                self._bring(file)
            self._done += file.size
            if file.name == "config.json":
                _refuse_other_families(self._folder, self._model)
                self._refuse_what_has_no_room()
        self._progress(Fetched(self._model, self._total, self._total))

    def _bring(self, file: RemoteFile) -> None:
        part, most, waits = self._part(file), self._come(file), iter(WAITS)
        while True:
            try:
                fetch(file, part, self._tell)
                break
            except LineBroke as error:
                come = self._come(file)
                if come > most:
                    most, waits = come, iter(WAITS)
                seconds = next(waits, None)
                if seconds is None:
                    raise ModelError(
                        f"The network broke while {self._model} was fetched, with {_text(self._done + come)} of "
                        f"{_text(self._total)} here: the next start goes on where it stopped."
                    ) from error
                self._progress(Fetched(self._model, self._done + come, self._total, seconds))
                self._wait(seconds)
        part.replace(self._folder / file.name)

    def _part(self, file: RemoteFile) -> Path:
        return self._folder.parent / f"{file.etag}.part"

    def _come(self, file: RemoteFile) -> int:
        part = self._part(file)
        return part.stat().st_size if part.is_file() else 0

    def _tell(self, size: int) -> None:
        now = time.monotonic()
        if now - self._told >= TELL_EVERY:
            self._told = now
            self._progress(Fetched(self._model, self._done + size, self._total))

    def _refuse_what_has_no_room(self) -> None:
        missing = [file for file in self._files if not (self._folder / file.name).is_file()]
        need = sum(file.size - self._come(file) for file in missing)
        free = shutil.disk_usage(self._folder).free
        if need > free:
            raise ModelError(
                f"The disk is too full for {self._model}: it takes {_text(need)} more in {self._folder.parent}, and "
                f"{_text(free)} are free. Make room there, or name another place in HF_HOME."
            )


def _text(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.{0 if size >= 1e7 else 1}f} MB"


@contextlib.contextmanager
def _in_sentences(model: str) -> Iterator[None]:
    """What can go wrong with a hub, as ModelError."""
    away = f"{model} is not on this machine and the model hub cannot be reached. When it can, start again."
    try:
        yield
    except GatedRepoError as error:
        if get_token():
            raise ModelError(
                f"{model} is behind a licence that this machine's token does not open: accept it on its model page "
                "with the token's account, and if the token is fine-grained, let it read public gated repositories."
            ) from error
        raise ModelError(
            f"{model} is behind a licence: accept it on its model page, then run `hf auth login` or set HF_TOKEN."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"There is no model {model} on the hub, or HF_TOKEN may not see it; nor is there a folder of that name."
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status >= 500:
            raise ModelError(away) from error
        if status == 401:
            raise ModelError(
                f"The model hub does not know the token of this machine, so {model} cannot be fetched: "
                "run `hf auth login` again or correct HF_TOKEN."
            ) from error
        reason = " ".join(str(error).split()).rstrip(".")
        raise ModelError(f"The model hub refused {model}: {reason}.") from error
    except (OfflineModeIsEnabled, httpx.HTTPError) as error:
        raise ModelError(away) from error
    except HFValidationError as error:
        raise ModelError(
            f"There is no model folder at {model}, nor can a model of the hub be called so."
        ) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ModelError(
                f"The disk is full: {model} could not be stored. Make room; the next start goes on where it stopped."
            ) from error
        raise ModelError(f"{model} could not be fetched: {error}.") from error
