"""`bench learning`: what nights make of players, by the game's own path, beside what is asked of them.

Half of the players have made-up voices that no training of the starter has seen, half are the authors of a chat log who
were held out of it (with --corpus). Each has said 64 messages; 32 later ones, which no night has seen, tell how well
their agents speak for them.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from nanoverse import report
from nanoverse.app import model_source
from nanoverse.bench import asked, beside_training, canaries, nights, wishes
from nanoverse.bench.classroom import Classroom, classroom
from nanoverse.config import Settings
from nanoverse.engine import ModelError
from nanoverse.hub import resolve
from nanoverse.learning import dpo
from nanoverse.learning.examples import Example
from nanoverse.starter import corpus, pupils, voice_scores
from nanoverse.starter.options import model_name, sets_of_habits, whole
from nanoverse.starter.pupils import Pupil
from nanoverse.starter.speaking import Speaker, speaking

FEW_MESSAGES = 8
CONTROL_PASSES = 10.0
AGENTS = 50  # at least, about while the ticks are measured
_TRAINING = ("tick_ms_p99_training", "late_ms_max_training")
CROWD = 6  # players who have always talked among many
_ASKED = 60  # questions to the agent of each of those
_BESIDE = 2  # players of the night that the ticks are measured beside
Found = tuple[dict[str, float], dict[str, str]]  # figures, and for those that are missing the reason


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="nanoverse bench learning", description="Measure what nights make of players."
    )
    found.add_argument(
        "--players",
        type=whole(2, sets_of_habits()),
        default=20,
        help="players who are learnt from (default 20)",
    )
    found.add_argument(
        "--model",
        default="starter",
        help="base model: starter, a folder or an id at the hub (default starter)",
    )
    found.add_argument(
        "--corpus",
        type=Path,
        help="folder of the starter's chats: half of the players are its held-out authors",
    )
    found.add_argument("--device", default="cpu", choices=("cpu", "cuda", "auto"), help="default: cpu")
    found.add_argument("--seed", type=int, default=1, help="decides who the players are (default 1)")
    found.add_argument(
        "--threads",
        type=whole(1),
        default=report.cores(),
        help="CPU threads, but for the world whose ticks are measured: it has as many as any world",
    )
    found.add_argument(
        "--idle-seconds",
        type=whole(0),
        default=20,
        help="of the idle world's ticks (default 20, 0: leave ticks out)",
    )
    found.add_argument("--json", type=Path, help="also write the figures to this file")
    return found


def main(argv: Sequence[str]) -> int:
    given = parser().parse_args(argv)
    try:
        figures, missing, settings = asyncio.run(measure(given))
    except (ModelError, corpus.CorpusError) as error:
        print(error, file=sys.stderr)
        return 2
    asked.show(figures, missing)
    if given.json:
        report.write(given.json, settings, figures, missing)
    return 0


async def measure(
    given: argparse.Namespace,
) -> tuple[dict[str, float], dict[str, str], dict[str, object]]:
    """The figures, for those that are missing the reason, and what they were measured with."""
    everyone, made_up = _pupils(given)
    figures, missing = await _on_one_model(everyone, given)
    _leave_the_memory()
    if given.idle_seconds:
        found, why_not = await beside_training.figures(
            everyone[:_BESIDE], AGENTS, given.idle_seconds, ["--model", given.model, "--device", given.device]
        )
        figures |= found
        if why_not:
            missing |= dict.fromkeys(_TRAINING, f"the night beside the world trained nobody: {why_not}")
    else:
        missing |= dict.fromkeys(("tick_ms_p99_idle", *_TRAINING), "left out by --idle-seconds 0")
    return figures, missing, _settings(given, made_up, len(everyone) - made_up)


async def _on_one_model(everyone: Sequence[Pupil], given: argparse.Namespace) -> Found:
    """All that is measured in this process, on a model that is gone after it."""
    figures: dict[str, float] = {}
    missing = {"night_300_hours_11gb": "needs a rate measured with a 1B model on an 11 GB card"}
    folder = resolve(model_source(Settings(model=given.model)))
    async with speaking(folder, given.threads, given.seed, given.device) as speaker:
        torch.set_num_threads(given.threads)
        for part in (_learnt, _at_few, _among_many, _control, _wishes):
            found, why = await part(speaker, everyone, given)
            figures |= found
            missing |= why
    return figures, missing


def _leave_the_memory() -> None:
    """To the next process: a card has no room for two models."""
    gc.unfreeze()  # a lesson has all that there is count as come to stay
    gc.collect()
    torch.cuda.empty_cache()  # does nothing where there is no card


def _settings(given: argparse.Namespace, made_up: int, real: int) -> dict[str, object]:
    defaults = Settings()
    return {
        "model": model_name(given.model),
        "device": given.device,
        "players": made_up + real,
        "made_up_voices": made_up,
        "real_authors": real if given.corpus else "none: they need the chats of the training (--corpus)",
        "messages": voice_scores.LESSON,
        "judged_by": voice_scores.JUDGED_BY,
        "few_messages": FEW_MESSAGES,
        "crowd": CROWD,
        "crowd_asked": _ASKED,
        "canary_controls": canaries.CONTROLS,
        "rewrites": wishes.REWRITES,
        "seed": given.seed,
        "threads": given.threads,
        "threads_of_the_world": defaults.train_threads,
        "sft": [defaults.sft_rank, defaults.sft_epochs, defaults.sft_learning_rate],
        "dpo": [
            dpo.BETA,
            dpo.EPOCHS,
            dpo.SFT_WEIGHT,
            defaults.dpo_learning_rate,
            dpo.SUPERVISED_RATE,
        ],
        "agents_beside_training": AGENTS,
    }


def _pupils(given: argparse.Namespace) -> tuple[list[Pupil], int]:
    """The players, and how many of them are made up; those come first."""
    wanted = voice_scores.LESSON + voice_scores.JUDGED_BY
    real: list[Pupil] = []
    if given.corpus:
        log = corpus.load(given.corpus)
        authors = [pupils.real(author, talks) for author, talks in log.authors.items()]
        enough = [Pupil(one.said[:wanted]) for one in authors if len(one.said) >= wanted]
        real = enough[: given.players // 2]
    rng = random.Random(f"{given.seed}-players")
    made_up = pupils.classmates(rng, given.players - len(real), wanted)
    return [*made_up, *real], len(made_up)


async def _learnt(speaker: Speaker, everyone: Sequence[Pupil], given: argparse.Namespace) -> Found:
    """A night for everybody, who all told a secret in private; then what was learnt, and what ought not to be."""
    rng = random.Random(f"{given.seed}-canaries")
    missing: dict[str, str] = {}
    async with classroom(speaker, train_threads=given.threads) as room:
        players = [await room.enrol(pupil.said[: voice_scores.LESSON]) for pupil in everyone]
        planted = [
            await canaries.plant(room, player, pupil.said[0].scene.name, rng, 1, one_sided)
            for player, pupil, one_sided in zip(players, everyone, _ONE_SIDED * len(everyone), strict=False)
        ]
        figures = await nights.hold(room, players)
        folders = [await room.live(player) for player in players]
        equal = await nights.forgetting(room, players, folders)
        if equal is None:
            missing["deletion_equal"] = "the gate let no adapter pass with the message and without it"
        else:
            figures["deletion_equal"] = float(equal)
        folders = [await room.live(player) for player in players]  # retrained, some of them
        judged = await nights.judge(room, folders, await _later(room, players, everyone))
        figures |= judged.figures()
        live = [(one, folder) for one, folder in zip(planted, folders, strict=True) if folder]
        if live:
            figures["canary_leaks"] = sum([await canaries.leaks(speaker, *one, rng) for one in live])
            figures["canaries"] = len(live)
        else:
            missing["canary_leaks"] = "no adapter went live"
    if "duplicated_bytes" not in figures:
        missing["duplicated_bytes"] = "no lesson took long enough to be looked at"
    return figures, missing


_ONE_SIDED: list[tuple[str, ...]] = [(), ("player",), ("peer",)]  # who allowed it: never both


async def _later(room: Classroom, players: Sequence[int], everyone: Sequence[Pupil]) -> list[list[Example]]:
    """What the players go on to say, as a night would read it."""
    return [
        await room.goes_on(player, voice_scores.later(pupil))
        for player, pupil in zip(players, everyone, strict=True)
    ]


async def _at_few(speaker: Speaker, everyone: Sequence[Pupil], given: argparse.Namespace) -> Found:
    async with classroom(speaker, train_threads=given.threads, min_messages=FEW_MESSAGES) as room:
        players = [await room.enrol(pupil.said[:FEW_MESSAGES]) for pupil in everyone]
        await room.night(players)
        folders = [await room.live(player) for player in players]
        judged = await nights.judge(room, folders, await _later(room, players, everyone))
    return {
        "worse_than_base_at_8": judged.worse_than_base,
        "live_at_8": len(judged.states) - judged.states.count(None),
    }, {}


async def _among_many(speaker: Speaker, everyone: Sequence[Pupil], given: argparse.Namespace) -> Found:
    """Whether who learnt in a crowd shows their player's habits there, and to one who asks alone in a fresh talk."""
    rng = random.Random(f"{given.seed}-crowd")
    crowd = [pupils.among_many(rng, voice_scores.LESSON) for _ in range(CROWD)]
    asked = pupils.among_many(rng, _ASKED).said
    async with classroom(speaker, train_threads=given.threads) as room:
        players = [await room.enrol(pupil.said) for pupil in crowd]
        await room.night(players)
        folders = [await room.live(player) for player in players]
        live = [(pupil, folder) for pupil, folder in zip(crowd, folders, strict=True) if folder]
        if not live:
            why = "no adapter of those who talk among many went live"
            return {"crowd_live": 0}, dict.fromkeys(("habit_own", "habit_among", "habit_fresh"), why)
        learnt, adapters = zip(*live, strict=True)
        among, fresh = [
            await voice_scores.trait_figures(speaker, learnt, adapters, questions)
            for questions in (
                [(one.scene, one.turns) for one in asked],
                [(one.scene, one.turns[-1:]) for one in asked],
            )
        ]
    return {
        "crowd_live": len(live),
        "habit_own": among["trait_rate_own"],
        "habit_among": among["trait_rate_after"],
        "habit_fresh": fresh["trait_rate_after"],
    }, {}


async def _control(speaker: Speaker, everyone: Sequence[Pupil], given: argparse.Namespace) -> Found:
    """The positive control of the canaries: with everybody's consent and told often enough, a secret is learnt."""
    rng = random.Random(f"{given.seed}-control")
    pupil = everyone[0]
    settings = {"sft_epochs": CONTROL_PASSES, "train_threads": given.threads}
    async with classroom(speaker, **settings) as room:
        player = await room.enrol(pupil.said[: voice_scores.LESSON])
        both = ("player", "peer")
        name = pupil.said[0].scene.name
        canary = await canaries.plant(room, player, name, rng, canaries.TOLD_OFTEN, both)
        (result,) = await room.night([player])
        folder = await room.live(player)
        if folder is None:
            return {}, {"control_leaks": f"the gate refused the adapter: {result.reason}"}
        return {"control_leaks": float(await canaries.leaks(speaker, canary, folder, rng))}, {}


async def _wishes(speaker: Speaker, everyone: Sequence[Pupil], given: argparse.Namespace) -> Found:
    outcomes: dict[str, wishes.Outcome] = {}
    reasons: list[str] = []
    for wish in wishes.WISHES:
        rng = random.Random(f"{given.seed}-{wish.name}")
        async with classroom(speaker, train_threads=given.threads) as room:
            found = await wishes.grant(room, wish, rng, voice_scores.LESSON, voice_scores.JUDGED_BY)
        if isinstance(found, str):
            reasons.append(found)
        else:
            outcomes[wish.name] = found
    if reasons:
        why = dict.fromkeys(("dpo_before", "dpo_after", "dpo_kept"), "; ".join(reasons))
        return wishes.by_name(outcomes), why
    return wishes.by_name(outcomes) | wishes.worst(outcomes.values()), {}
