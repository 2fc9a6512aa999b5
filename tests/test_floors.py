"""The house keeps its floors: a room imports only from those below it, and the simulation knows no outside."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "nanoverse"
FLOORS = (
    {"limits"},
    {"world", "protocol", "config", "report", "garbage", "addresses", "adapter_files", "syncing"},
    {"store", "engine"},
    {"learning", "chat", "hub"},
    {"agents"},
    {"web"},
    {"starter"},
    {"parts"},
    {"app"},
    {"commands"},
    {"bench"},
    {"cli"},
    {"__main__"},
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FILES = [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__"]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file, by absolute name."""
    package = ("nanoverse", *path.relative_to(PACKAGE).parts[:-1])
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


def imported_rooms(path: Path) -> set[str]:
    ours = (module.split(".") for module in imported_modules(path))
    return {parts[1] for parts in ours if parts[0] == "nanoverse" and len(parts) > 1} & FLOOR_OF.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_floors_below_it(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR_OF, f"{room} stands on no floor"
    upwards = {other for other in imported_rooms(path) - {room} if FLOOR_OF[other] >= FLOOR_OF[room]}
    assert not upwards, f"{room} must not import {', '.join(sorted(upwards))}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "world").glob("*.py")), ids=lambda path: path.stem)
def test_the_simulation_does_no_io_and_has_no_clock(path: Path) -> None:
    outside = {
        "asyncio",
        "socket",
        "sqlite3",
        "time",
        "datetime",
        "threading",
        "torch",
        "aiohttp",
        "os",
        "pathlib",
        "random",
    }
    assert not outside & {module.split(".")[0] for module in imported_modules(path)}


def test_the_check_itself_sees_a_wrong_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "world" / "wrong.py"
    wrong.parent.mkdir()
    wrong.write_text(
        "def late():\n    from nanoverse.web import ticker\n    from ..store.database import Database\n"
    )
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    assert imported_rooms(wrong) == {"web", "store"}
