"""An adapter from elsewhere, as a zip of a PEFT folder: unpacked with care, and made one like our own.

Nothing of the archive decides where something is written: its two files are read as streams, and whatever else is in it
is left alone. What the tensors must be is for the engine to say (`engine.adapters`).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from nanoverse.adapter_files import CONFIG, WEIGHTS
from nanoverse.engine.adapters import NAME
from nanoverse.learning.adapter import AdapterState

MOST_BYTES = 128 * 2**20  # of the archive, and of the tensors in it; rank 16 of the 4B in 32 bits
MOST_CONFIG = 2**20
MOST_FILES = 100  # in the archive
# Bytes that say what is in it: a thousand for each file, and what zipfile reads to find them.
MOST_DIRECTORY = 2**17
# Of these zipfile gives out no more at once than it is asked for; of bzip2 and LZMA all that a piece unfolds to, which
# can be gigabytes of a few kilobytes.
_COUNTABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE = 2**20
_TOO_MANY = f"The archive holds more than {MOST_FILES} files."


class ForeignError(Exception):
    """What was brought is no adapter that can be taken; the text says why."""


def unpack(archive: Path, folder: Path) -> None:
    """Write the archive's two files into `folder`, which exists and is empty; raises `ForeignError`."""
    try:
        with _Archive(archive) as file, zipfile.ZipFile(file) as packed:
            file.opening = False
            entries = packed.infolist()
            if len(entries) > MOST_FILES:
                raise ForeignError(_TOO_MANY)
            for name, most in ((CONFIG, MOST_CONFIG), (WEIGHTS, MOST_BYTES)):
                found = [one for one in entries if PurePosixPath(one.filename).name == name]
                if len(found) != 1:
                    raise ForeignError(f"The archive must hold one {name}; it holds {len(found)}.")
                _write(packed, found[0], folder / name, most)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ForeignError("That is not a zip archive that can be read.") from error


class _Archive(io.BufferedReader):
    """zipfile reads the whole directory of an archive, and makes an object of each of its entries, before it can be
    asked how many there are; what the archive's end says of that need not be true. So while it opens the archive, no
    more is read at once than the directory of one that can be taken."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.opening = True
        self._size = path.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        left = self._size - self.tell()
        if self.opening and (left if size is None or size < 0 else min(size, left)) > MOST_DIRECTORY:
            raise ForeignError(_TOO_MANY)
        return super().read(size)


def _write(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, most: int) -> None:
    """Counts what comes out, whatever the archive claims."""
    if entry.compress_type not in _COUNTABLE:
        raise ForeignError(
            f"{path.name} in the archive is compressed in a way that is not read here; pack an ordinary zip (deflate)."
        )
    left = most
    with packed.open(entry) as source, path.open("xb") as file:
        while piece := source.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise ForeignError(f"{path.name} in the archive has more than {most // 2**20} MB.")
            file.write(piece)


def as_our_own(state: AdapterState) -> AdapterState:
    """The same adapter under the names that ours have, with nothing in its settings but what LoRA needs.

    For one that the engine has checked: training reads the settings, too, and must find no stranger's patterns there.
    """
    tensors = {}
    for name, tensor in state.tensors.items():
        match = NAME.fullmatch(name)
        assert match is not None
        tensors[f"base_model.model.model.layers.{match[1]}.{match[2]}.lora_{match[3]}.weight"] = (
            tensor.float()
        )
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": state.config["r"],
        "lora_alpha": state.config["lora_alpha"],
        "use_rslora": bool(state.config.get("use_rslora")),
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({name.split(".")[-3] for name in tensors}),
        "base_model_name_or_path": None,
        "inference_mode": True,
    }
    return AdapterState(config, tensors)
