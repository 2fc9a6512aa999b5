"""Every setting of NanoVerse, declared once: name, type, range, default and help.

Sources, strongest first: command line, environment (`NANOVERSE_PORT`), `nanoverse.toml` in the working folder,
default. The command line's help is derived from `Settings`.
"""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import logging
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints


class ConfigError(Exception):
    """A setting cannot be used; the text says which one, where it came from and what would do."""


def _setting(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[str] = (),
    pattern: str = "",
) -> Any:
    bounds = {"help": help, "low": low, "high": high, "choices": tuple(choices), "pattern": pattern}
    return dataclasses.field(default=default, metadata=bounds)


@dataclass(frozen=True)
class Settings:
    """What can be chosen at start. Times are seconds unless the name says otherwise."""

    data: Path = _setting(Path("data"), "folder of the database and its backups")
    adapters: Path = _setting(Path("adapters"), "folder of the trained adapters; each world has its own")
    host: str = _setting("127.0.0.1", "address to listen on; 0.0.0.0 opens the world to your network")
    port: int = _setting(8080, "port to listen on; 0 takes any free one", low=0, high=65535)
    allowed_hosts: str = _setting("", "further host names that may open the world, comma-separated")
    model: str = _setting(
        "starter", "base model: starter, a local folder, or a hub id such as google/gemma-3-1b-it"
    )
    device: str = _setting(
        "auto",
        "where the model runs; auto: on a card that can, or else on the CPU; of several cards on the first that "
        "CUDA_VISIBLE_DEVICES names",
        choices=("auto", "cpu", "cuda"),
    )
    dtype: str = _setting(
        "auto",
        "numbers that the model is kept in; auto: float32 on a CPU, of half the size on a card; others of half the "
        "size are slow on a CPU",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    threads: int = _setting(1, "CPU threads of the model; leave one core to the world", low=1, high=256)
    seed: int = _setting(0, "seed of a new world; 0 draws one", low=0, high=2**31 - 1)
    log: str = _setting("info", "how much the console says", choices=("debug", "info", "warning"))

    batch_slots: int = _setting(
        8, "conversations that the engine decodes at once; fewer where memory is short", low=1, high=256
    )
    host_adapters: int = _setting(
        64,
        "adapters kept in main memory; fewer where they would take more than a quarter of what the model leaves",
        low=1,
        high=100_000,
    )
    prompt_tokens: int = _setting(
        448,
        "longest prompt given to the model; shorter where that leaves no room for a reply in what it takes",
        low=64,
        high=8192,
    )
    reply_tokens: int = _setting(64, "longest reply of an agent", low=8, high=1024)
    reply_deadline: float = _setting(
        20.0, "an agent that has not answered by then stays silent", low=1, high=600
    )
    temperature: float = _setting(0.7, "how freely agents choose their words", low=0, high=2)

    commons: int = _setting(
        8, "tiles around the spawn where nobody builds or claims land; 0 for none", low=0, high=256
    )

    away_seconds: float = _setting(
        30.0, "how long after a player leaves their agent takes over", low=0, high=86400
    )
    agents: bool = _setting(True, "whether agents live on while their players are away")

    night_time: str = _setting(
        "03:30", "local time at which the night's training starts", pattern=r"([01]\d|2[0-3]):[0-5]\d"
    )
    night_hours: float = _setting(
        6.0,
        "how many hours from night_time on a player's training may begin; who is left has their turn the next night",
        low=0.5,
        high=24,
    )
    night: bool = _setting(True, "whether agents are retrained every night")
    min_messages: int = _setting(
        16, "own messages a player needs before their agent is trained", low=4, high=10_000
    )
    window_messages: int = _setting(1000, "newest own messages that training looks at", low=16, high=100_000)
    sft_rank: int = _setting(8, "LoRA rank of an adapter; the engine keeps room for it", low=1, high=64)
    sft_epochs: float = _setting(6.0, "passes over a player's messages in a night", low=0.5, high=50)
    sft_learning_rate: float = _setting(1e-3, "learning rate of the supervised step", low=1e-6, high=1e-1)
    dpo_learning_rate: float = _setting(5e-4, "learning rate of the preference step", low=1e-6, high=1e-1)
    train_threads: int = _setting(1, "CPU threads of the training", low=1, high=256)

    registration: str = _setting(
        "open",
        "who may come in; closed: only who has an account already, so create your own player first",
        choices=("open", "closed"),
    )
    register_per_hour: int = _setting(20, "new accounts per address and hour", low=1, high=1_000_000)
    login_per_minute: int = _setting(10, "attempts to log in per address and minute", low=1, high=1_000_000)
    max_clients: int = _setting(500, "open connections at once", low=1, high=100_000)
    spectators: int = _setting(
        0,
        "how many may watch the world at once without an account, beside the players, and one address may take half "
        "of the places (behind a proxy all are one address); 0: nobody, since whoever watches sees where everybody is",
        low=0,
        high=1000,
    )


ENV_PREFIX = "NANOVERSE_"
OTHER_VARIABLES = ("NANOVERSE_CHROMIUM",)  # which are no settings
TOML_FILE = "nanoverse.toml"
# Settings that older configurations may still name, and why they are gone.
RETIRED = {"adapter_slots": "every conversation that the engine decodes has room for an adapter now"}
_TYPES = get_type_hints(Settings)
_log = logging.getLogger(__name__)


def parse(name: str, raw: Any, source: str) -> Any:
    """One value checked against its declaration; raises `ConfigError` in a sentence that names `source`."""
    field = {f.name: f for f in dataclasses.fields(Settings)}.get(name)
    if name in RETIRED:
        raise ConfigError(
            f"There is no setting called {name!r} any more (from {source}). Take it out: {RETIRED[name]}."
        )
    if field is None:
        raise ConfigError(_unknown(name, source))
    if raw == "" != field.default:  # as a folder it would be the working folder, as an address every one
        raise ConfigError(f"{name} must not be empty (from {source}).")
    kind, meta = _TYPES[name], field.metadata
    try:
        value: Any = _boolean(raw) if kind is bool else _converted(kind, raw)
    except (TypeError, ValueError, OverflowError):
        raise ConfigError(f"{name} must be {_article(kind)}, not {raw!r} (from {source}).") from None
    low, high = meta["low"], meta["high"]
    if low is not None and not low <= value <= high:
        raise ConfigError(f"{name} must be from {low:g} to {high:g}, not {value} (from {source}).")
    if meta["choices"] and value not in meta["choices"]:
        raise ConfigError(
            f"{name} must be one of {', '.join(meta['choices'])}, not {value!r} (from {source})."
        )
    if meta["pattern"] and not re.fullmatch(meta["pattern"], value):
        raise ConfigError(f"{name} does not look like {field.default!r}: {value!r} (from {source}).")
    return value


def _unknown(name: str, source: str) -> str:
    """That there is no such setting, and which comes nearest; both as `source` spells them."""
    prefix = ENV_PREFIX if name.startswith(ENV_PREFIX) else ""
    names = [field.name for field in dataclasses.fields(Settings)]
    near = difflib.get_close_matches(name.removeprefix(prefix).lower(), names, 1)
    spelled = prefix + near[0].upper() if near and prefix else "".join(near)
    told = f"; the nearest is {spelled!r}." if near else "."
    return f"There is no setting called {name!r} (from {source}){told}"


def _converted(kind: type, raw: Any) -> Any:
    """What a text says, or the same value in its own type; raises if it would not be the same."""
    value = kind(raw)
    if isinstance(raw, bool) or not (isinstance(raw, str) or raw == value):
        raise ValueError
    return value


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    words = {
        "yes": True,
        "true": True,
        "on": True,
        "1": True,
        "no": False,
        "false": False,
        "off": False,
        "0": False,
    }
    try:
        return words[str(raw).strip().lower()]
    except KeyError:
        raise ValueError from None


def _article(kind: type) -> str:
    return {int: "a whole number", float: "a number", bool: "yes or no"}.get(kind, "a text")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One `--option` for each setting; values stay text here and are checked by `load`."""
    for field in dataclasses.fields(Settings):
        kind = _TYPES[field.name]
        default = ("yes" if field.default else "no") if kind is bool else field.default
        shown = "none" if default in ("", None) else default
        parser.add_argument(
            "--" + field.name.replace("_", "-"),
            dest=field.name,
            default=None,
            metavar=kind.__name__.upper() if kind is not bool else "yes|no",
            help=f"{field.metadata['help']} (default: {shown})".replace("%", "%%"),
        )


def load(
    arguments: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
    toml: Path = Path(TOML_FILE),
) -> Settings:
    """The settings from all sources; raises `ConfigError` for anything unknown, malformed or out of range."""
    values: dict[str, Any] = {}
    for source, given in (
        (str(toml), _read_toml(toml)),
        ("the environment", _read_environ(environ)),
        ("the command line", {k: v for k, v in (arguments or {}).items() if v is not None}),
    ):
        for name, raw in given.items():
            values[name] = parse(name, raw, source)
    settings = Settings(**values)
    needed, looked_at = settings.min_messages, settings.window_messages
    if needed > looked_at:  # nobody would ever have them
        raise ConfigError(
            f"min_messages must not be more than window_messages: {needed} is more than {looked_at}."
        )
    return settings


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin with a mark
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None


def _read_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """What of it is meant for us; of what looks like it and is unknown the log warns."""
    names = [*(field.name for field in dataclasses.fields(Settings)), *RETIRED]
    known = {ENV_PREFIX + name.upper(): name for name in names}
    for key in sorted(environ):
        if key.startswith(ENV_PREFIX) and key not in (*known, *OTHER_VARIABLES):
            _log.warning("%s", _unknown(key, "the environment"))
    return {name: environ[key] for key, name in known.items() if key in environ}
