"""Every command of NanoVerse; each imports what it needs only when it is called, so that all of them start fast."""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from nanoverse import __version__, config


def _serve(rest: Sequence[str]) -> int:
    from nanoverse import app

    return app.main(_settings("serve", "start the world", rest))


def _retrain(rest: Sequence[str]) -> int:
    from nanoverse.commands import retrain

    parser = _parser("retrain", "train agents now, in the running world if there is one")
    parser.add_argument("--player", metavar="NAME", help="only this player's agent (default: everybody's)")
    config.add_arguments(parser)
    arguments = vars(parser.parse_args(rest))
    player = arguments.pop("player")
    return _run(retrain.run(config.load(arguments), player))


def _admin(rest: Sequence[str]) -> int:
    from nanoverse.commands import admin

    return _run(
        admin.run(_settings("admin", "print a new one-time link that makes its opener the admin", rest))
    )


def _password(rest: Sequence[str]) -> int:
    from nanoverse.commands import password

    parser = _parser("password", "give a player who has forgotten theirs a new password")
    parser.add_argument("player", metavar="NAME")
    config.add_arguments(parser)
    arguments = vars(parser.parse_args(rest))
    player = arguments.pop("player")
    return _run(password.run(config.load(arguments), player))


def _rollback(rest: Sequence[str]) -> int:
    from nanoverse.commands import rollback

    parser = _parser("rollback", "take back what was changed lately, in the running world")
    parser.add_argument("--minutes", type=int, required=True, help="how far back")
    parser.add_argument("--player", metavar="NAME", help="only this player's changes (default: everybody's)")
    by = parser.add_mutually_exclusive_group()
    by.add_argument("--by-agent", dest="agent", action="store_true", default=None, help="only the agent's")
    by.add_argument("--in-person", dest="agent", action="store_false", help="only what was done in person")
    parser.add_argument("--around", nargs=3, type=int, metavar=("X", "Y", "RADIUS"), help="only there")
    parser.add_argument("--yes", action="store_true", help="do it; without this it is only counted")
    config.add_arguments(parser)
    arguments = vars(parser.parse_args(rest))
    yes = arguments.pop("yes")
    wanted = {name: arguments.pop(name) for name in ("minutes", "player", "agent")}
    if around := arguments.pop("around"):
        wanted |= dict(zip(("x", "y", "radius"), around, strict=True))
    return _run(rollback.run(config.load(arguments), wanted, yes))


def _backup(rest: Sequence[str]) -> int:
    from nanoverse.commands import backup

    parser = _parser("backup", "save a whole world as one file, also while it runs")
    parser.add_argument("file", nargs="?", type=Path, help="where to (default: backups/ in the data folder)")
    config.add_arguments(parser)
    arguments = vars(parser.parse_args(rest))
    target = arguments.pop("file")
    return _run(backup.save(config.load(arguments), target))


def _restore(rest: Sequence[str]) -> int:
    from nanoverse.commands import backup

    parser = _parser("restore", "bring a saved world back; what was there is moved aside")
    parser.add_argument("file", type=Path, help="a file that `nanoverse backup` has saved")
    config.add_arguments(parser)
    arguments = vars(parser.parse_args(rest))
    source = arguments.pop("file")
    return _run(backup.restore(config.load(arguments), source))


def _bench(rest: Sequence[str]) -> int:
    from nanoverse.bench import cli

    return cli.main(rest)


def _starter(rest: Sequence[str]) -> int:
    from nanoverse.starter import cli

    return cli.main(list(rest))


def _run(command: Coroutine[Any, Any, int]) -> int:
    """Carry out a command; what it cannot do is one sentence and exit status 1."""
    from nanoverse.chat.errors import ChatError
    from nanoverse.commands.control import CommandError
    from nanoverse.store.errors import StoreError

    try:
        return asyncio.run(command)
    except (CommandError, ChatError, StoreError) as error:
        print(error, file=sys.stderr)
        return 1


COMMANDS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "serve": (_serve, "start the world"),
    "retrain": (_retrain, "train agents now"),
    "admin": (_admin, "print a one-time link that makes its opener the admin"),
    "password": (_password, "give a player a new password"),
    "rollback": (_rollback, "take back what a player or an agent changed"),
    "backup": (_backup, "save a whole world as one file, also while it runs"),
    "restore": (_restore, "bring a saved world back"),
    "bench": (_bench, "measure the world, its page, the engine or the nights"),
    "starter": (_starter, "train or evaluate the bundled model"),
}


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=f"nanoverse {command}", description=description, allow_abbrev=False)


def _settings(command: str, description: str, rest: Sequence[str]) -> config.Settings:
    parser = _parser(command, description)
    config.add_arguments(parser)
    return config.load(vars(parser.parse_args(rest)))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status, 2 for a setting that cannot be used."""
    words = list(sys.argv[1:] if argv is None else argv)
    if isinstance(sys.stdout, io.TextIOWrapper):  # it may lack a character of ours, or of a player's name
        sys.stdout.reconfigure(errors="backslashreplace")
    if words and words[0] in COMMANDS:
        try:
            return COMMANDS[words[0]][0](words[1:])
        except config.ConfigError as error:
            print(error, file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            return 130
    overview = argparse.ArgumentParser(prog="nanoverse", description=__doc__.partition(";")[0] + ".")
    overview.add_argument("--version", action="version", version=f"NanoVerse {__version__}")
    commands = overview.add_subparsers(metavar="COMMAND", required=True)
    for name, (_, purpose) in COMMANDS.items():
        commands.add_parser(name, help=purpose)
    overview.parse_args(words)
    return 2
