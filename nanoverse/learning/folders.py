"""Where adapters lie below their root. Light to import: an account can go before any model is there.

A version is `<root>/<player id>/<version id>/`; what is not wholly there yet has a name that begins with `UNFINISHED`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

UNFINISHED = ".unfinished-"


def aside(root: Path, player: int) -> Path:
    """Where an adapter lies that a player brings, until it is judged. What a crash leaves there is swept away."""
    return root / f"{UNFINISHED}import-{player}"


def remove(root: Path, player: int) -> list[Path]:
    """Remove all that lies here of a player's; returns the folders of the versions that there were. Blocks."""
    own = root / str(player)
    versions = list(own.iterdir()) if own.is_dir() else []
    for gone in (own, aside(root, player)):
        shutil.rmtree(gone, ignore_errors=True)
    return versions


def remove_unknown(root: Path, known: set[str]) -> int:
    """Remove version folders that `known` lacks, what was being brought from elsewhere, and emptied player folders;
    leaves alone what is not ours. Returns how many. Blocks."""
    removed = 0
    for owner in root.iterdir() if root.is_dir() else ():
        if owner.name.startswith(UNFINISHED) and owner.is_dir() and not owner.is_symlink():
            shutil.rmtree(owner, ignore_errors=True)
            removed += 1
            continue
        if not owner.name.isdigit() or owner.is_symlink() or not owner.is_dir():
            continue
        for folder in owner.iterdir():
            ours = folder.name.isdigit() or folder.name.startswith(UNFINISHED)
            if ours and f"{owner.name}/{folder.name}" not in known:
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
        if not any(owner.iterdir()):
            owner.rmdir()
    return removed
