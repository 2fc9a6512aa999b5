"""An adapter brought from elsewhere speaks only if the gate lets it; what is made here is not held up by it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_refusals import always, in_the_know, tells_a_secret
from test_trainer import SETTINGS, TinyBase, join, publish, talks, trainer, until
from tiny_talker import base_model, taught, tokenizer

from nanoverse.learning import adapter, neutral
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.admission import NOT_WORSE, UNKNOWN, WORSE_THAN_BASE, admit
from nanoverse.learning.lesson import Tried
from nanoverse.learning.registry import MAY_HOLD, Registry
from nanoverse.learning.rows import Tokens
from nanoverse.learning.saving import read, write
from nanoverse.learning.trainer import Outcome, Trainer
from nanoverse.learning.verdict import FORGOT, GAVE_AWAY, PASSED, WORSE_THAN_BEFORE, Score
from nanoverse.protocol import SAID
from nanoverse.store import accounts, adapters, forgetting, lessons, let_go
from nanoverse.store.database import Database
from nanoverse.store.nights import FAILED, LIVE, OFFERED, REFUSED

TOKENS = np.full(8, 10)
FAR_AHEAD = 4_000_000_000_000  # ms; a clock that was so far ahead has been set right since


def score(*per_token: float) -> Score:
    return Score(np.array(per_token) * 10, TOKENS[: len(per_token)])


def tried(
    base: Score, candidate: Score, lost: float = 0.0, leaks: bool = False, replies: Sequence[str] = ()
) -> Tried:
    talk = score(*[2.0] * 8)
    return Tried((base, candidate), (talk, Score(talk.nll * (1 + lost), talk.tokens)), list(replies), leaks)


OWN = ["hello there"] * 20
EVEN = score(2.0, 2.1, 1.9, 2.0)


def test_it_need_not_be_better_than_the_bare_base_only_not_surely_worse() -> None:
    for candidate, reason in (
        (EVEN, NOT_WORSE),
        (score(2.2, 1.9, 2.1, 1.9), NOT_WORSE),
        (score(1.0, 1.1, 0.9, 1.0), PASSED),
    ):
        word = admit(tried(EVEN, candidate), OWN, 16)
        assert (word.passed, word.reason) == (True, reason)
        assert word.gain is not None
    worse = admit(tried(EVEN, score(2.5, 2.7, 2.4, 2.6)), OWN, 16)
    assert (worse.passed, worse.reason) == (False, WORSE_THAN_BASE)
    assert "base 2.000, candidate 2.550; gain -0.550, at least" in worse.figures


def test_with_too_few_words_here_nothing_is_said_of_its_gain() -> None:
    word = admit(tried(score(2.0), score(9.0)), OWN[:15], 16)
    assert (word.passed, word.reason, word.gain) == (True, UNKNOWN, None)
    assert word.figures == "neutral talk +0.0 % harder, at least +0.0 %"
    assert admit(tried(score(), score()), [], 16).passed


@pytest.mark.parametrize("own", [OWN, []])
def test_what_no_candidate_may_do_is_asked_of_it_with_many_words_or_none(own: list[str]) -> None:
    better = score(1.0, 1.1, 0.9, 1.0)
    assert admit(tried(EVEN, better, lost=0.01), own, 16).passed
    for harmful, reason in (
        (tried(EVEN, better, lost=0.05), FORGOT),
        (tried(EVEN, better, lost=float("nan")), FORGOT),
        (tried(EVEN, better, leaks=True), GAVE_AWAY),
        (tried(EVEN, better, replies=[""] * 12), "Most of its trial replies were empty."),
    ):
        word = admit(harmful, own, 16)
        assert (word.passed, word.reason) == (False, reason)


def test_one_whose_figures_are_no_numbers_is_refused() -> None:
    assert not admit(tried(EVEN, score(*[float("nan")] * 4)), OWN, 16).passed


def changes_nothing() -> AdapterState:
    return adapter.extract(adapter.fresh(base_model(), 4, 1))


def turned_round(state: AdapterState) -> AdapterState:
    """An adapter that unlearns what the other one learnt."""
    turned = {name: -tensor if ".lora_B." in name else tensor for name, tensor in state.tensors.items()}
    return AdapterState(state.config, turned)


async def brings(t: Trainer, player: int, folder: Path, state: AdapterState) -> Outcome:
    """The player brings this adapter, which lies in a new folder."""
    write(folder, state, "gemma3-tiny")
    return await t.judge_brought(player, folder, lambda: None)


async def waits(database: Database, player: int) -> None:
    """Until it is noted that the player has brought one, who had none, and that job stands in line.

    A read sees the note before who wrote it is told so; writes are answered in order.
    """
    while not await database.read(lambda c: adapters.versions(c, player)):
        pass
    await database.write(lambda c: None)


async def test_one_that_nothing_speaks_against_goes_live_with_what_the_gate_said(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        outcome = await brings(t, ann, tmp_path / "brought" / "adapter", changes_nothing())
    assert (outcome.result, outcome.reason, outcome.messages) == (LIVE, NOT_WORSE, 16)
    assert "gain +0.000" in outcome.figures and "neutral talk +0.0 % harder" in outcome.figures
    live = await registry.live(ann)
    assert live is not None and outcome.version is not None and live.id == outcome.version.id
    assert (live.note, live.imported, live.gain, live.waits) == (NOT_WORSE, True, 0.0, False)


async def test_one_of_a_player_who_has_hardly_spoken_waits_to_be_chosen(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    async with trainer(registry) as t:
        outcome = await brings(t, ann, tmp_path / "brought" / "adapter", changes_nothing())
        assert (outcome.result, outcome.reason) == (OFFERED, UNKNOWN)
        assert outcome.version is not None and await registry.live(ann) is None
        assert await database.read(lambda c: adapters.newest(c, ann, registry.base)) is None, (
            "no lesson has to beat it"
        )
        assert await registry.follow_newest(ann) is None
        await talks(database, ann, bob, 16)
        lesson = await t.train_player(ann)
        assert lesson.result == LIVE, "it holds nothing up"
        assert lesson.verdict is not None and lesson.verdict.live is None
        await registry.withdraw(ann, "disliked")
        assert await registry.live(ann) is None, "nor does it step in"
        await registry.choose(ann, outcome.version.id)
        live = await registry.live(ann)
        assert live is not None and (live.id, live.waits) == (outcome.version.id, False)
        assert await database.read(lambda c: adapters.newest(c, ann, registry.base)) == live


async def test_the_players_own_choice_stands(database: Database, registry: Registry, tmp_path: Path) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    await registry.choose(ann, None)
    async with trainer(registry) as t:
        outcome = await brings(t, ann, tmp_path / "brought" / "adapter", changes_nothing())
    assert (outcome.result, await registry.live(ann)) == (OFFERED, None)
    newest = await registry.follow_newest(ann)
    assert newest is not None and outcome.version is not None and newest.id == outcome.version.id


async def refused(database: Database, registry: Registry, player: int, outcome: Outcome) -> str:
    """Why; nothing is left of it."""
    assert (outcome.result, outcome.version) == (REFUSED, None)
    assert await database.read(lambda c: adapters.versions(c, player)) == []
    assert not registry.root.exists()
    return outcome.reason


@pytest.mark.parametrize("words", [16, 0])
async def test_one_that_forgot_how_people_talk_is_refused(
    database: Database, registry: Registry, tmp_path: Path, words: int
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, words)
    tokens = Tokens(tokenizer(), 448)
    base = TinyBase(model=taught([tokens.overheard(*one) for one in neutral.OVERHEARD], passes=8))
    state = changes_nothing()
    for name, tensor in state.tensors.items():
        if ".lora_B." in name:
            tensor.fill_(0.3)
    async with trainer(registry, base=base) as t:
        outcome = await brings(t, ann, tmp_path / "brought" / "adapter", state)
    assert await refused(database, registry, ann, outcome) == FORGOT


@pytest.mark.parametrize("words", [16, 0])
async def test_one_that_has_nothing_to_say_is_refused(
    database: Database, registry: Registry, tmp_path: Path, words: int
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, words)
    async with trainer(registry, base=TinyBase(model=always([""]))) as t:
        outcome = await brings(t, ann, tmp_path / "brought" / "adapter", changes_nothing())
    assert "empty" in await refused(database, registry, ann, outcome)


@pytest.mark.parametrize("words", [16, 0])
async def test_one_that_says_what_was_said_in_private_is_refused(
    database: Database, registry: Registry, tmp_path: Path, words: int
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, words)
    await tells_a_secret(database, ann, bob)
    async with trainer(registry, base=TinyBase(model=in_the_know())) as t:
        outcome = await brings(t, ann, tmp_path / "brought" / "adapter", changes_nothing())
    assert await refused(database, registry, ann, outcome) == GAVE_AWAY


async def test_one_that_is_surely_worse_than_the_bare_base_is_refused(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 24)
    async with trainer(registry) as t:
        lesson = await t.train_player(ann)
        assert lesson.version is not None
        learnt = read(registry.path(lesson.version))
        outcome = await brings(t, ann, tmp_path / "brought" / "adapter", turned_round(learnt))
    assert (outcome.result, outcome.reason) == (REFUSED, WORSE_THAN_BASE), outcome.figures
    assert (await registry.live(ann)) is not None


async def test_it_cannot_be_judged_without_a_player_or_files(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    folder = tmp_path / "brought" / "adapter"
    async with trainer(registry) as t:
        outcome = await brings(t, 4711, folder, changes_nothing())
        assert (outcome.result, outcome.reason) == (REFUSED, "There is no such player any more.")
        await database.write(lambda c: accounts.lock(c, bob, "rude"))
        outcome = await t.judge_brought(bob, folder, lambda: None)
        assert (outcome.result, outcome.reason) == (REFUSED, "The account is locked.")
        outcome = await t.judge_brought(ann, tmp_path / "nothing", lambda: None)
        assert outcome.result == FAILED
    assert await database.read(lambda c: adapters.versions(c, ann)) == []


async def test_it_waits_for_a_lesson_and_is_judged_before_the_next_one(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    write(tmp_path / "brought" / "adapter", changes_nothing(), "gemma3-tiny")
    done: list[str] = []

    async def lesson(t: Trainer, name: str) -> Outcome:
        outcome = await t.train_player(ann)
        done.append(name)
        return outcome

    async with trainer(registry) as t:
        first = asyncio.create_task(lesson(t, "first"))
        await until(lambda: t.step.what == "words")
        brought = asyncio.create_task(
            t.judge_brought(bob, tmp_path / "brought" / "adapter", lambda: done.append("begun"))
        )
        await waits(database, bob)
        second = asyncio.create_task(lesson(t, "second"))
        assert done == [] and t.pupils == {ann}
        await asyncio.gather(first, brought, second)
    assert done == ["first", "begun", "second"]
    assert t.pupils == set()


async def test_it_is_not_published_if_another_version_became_the_newest_meanwhile(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        folder = tmp_path / "brought" / "adapter"
        brought = asyncio.create_task(brings(t, ann, folder, changes_nothing()))
        await until(lambda: t.step.what == "judging")
        await publish(registry, ann, seed=1)
        outcome = await brought
        assert (outcome.result, outcome.version) == (REFUSED, None)
        assert outcome.reason == "Which version is the newest has changed while this one was judged."
        (meanwhile,) = await database.read(lambda c: adapters.versions(c, ann))
        assert await registry.live(ann) == meanwhile
        assert [path.name for path in (registry.root / str(ann)).iterdir()] == [str(meanwhile.id)]


@pytest.mark.parametrize("by", ["a lesson", "what sees to it without nights"])
async def test_it_is_not_taken_if_words_of_its_player_were_forgotten_before_it_was_judged(
    database: Database, registry: Registry, tmp_path: Path, by: str
) -> None:
    """It may hold them, however soon the note of that is settled."""
    ann, bob, cleo = [await join(database, name) for name in ("Ann", "Bob", "Cleo")]
    await talks(database, ann, bob, 16)
    await talks(database, cleo, bob, 16)
    async with trainer(registry) as t:
        first = asyncio.create_task(t.train_player(cleo))
        await until(lambda: t.step.what == "words")
        second = asyncio.create_task(t.train_player(ann)) if by == "a lesson" else None
        await asyncio.sleep(0)
        brought = asyncio.create_task(brings(t, ann, tmp_path / "brought" / "adapter", changes_nothing()))
        await waits(database, ann)
        (newest, *_) = await database.read(lambda c: lessons.own_page(c, ann, SAID, 0, 1))
        await database.write(lambda c: forgetting.words(c, ann, [newest.id]))
        if second is None:
            assert await registry.drop_forgotten(ann)
        outcome = await brought
        await asyncio.gather(first, *([second] if second else []))
    assert (outcome.result, outcome.reason, outcome.version, outcome.again) == (
        REFUSED,
        MAY_HOLD,
        None,
        False,
    )
    found = await database.read(lambda c: adapters.versions(c, ann))
    assert not [one for one in found if one.imported]
    assert await database.read(lambda c: let_go.of(c, ann)) == [], "it never was a version"


async def test_one_that_is_cancelled_leaves_nothing(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        brought = asyncio.create_task(brings(t, ann, tmp_path / "brought" / "adapter", changes_nothing()))
        await until(lambda: t.step.what == "judging")
        brought.cancel()
        with pytest.raises(asyncio.CancelledError):
            await brought
        assert await database.read(lambda c: adapters.versions(c, ann)) == []
        assert (await t.train_player(ann)).result == LIVE, "the thread is free again"


async def knows_all(database: Database, registry: Registry, ann: int, bob: int) -> AdapterState:
    """An adapter that was trained elsewhere, and for longer, on 24 messages of Ann's, all that she has said here."""
    await talks(database, ann, bob, 24)
    elsewhere = Registry(database, registry.root.parent / "elsewhere", registry.base)
    async with trainer(elsewhere, replace(SETTINGS, sft_epochs=12)) as t:
        lesson = await t.train_player(ann)
        assert lesson.version is not None
        state = read(elsewhere.path(lesson.version))
    await database.write(lambda c: c.execute("DELETE FROM adapter_version"))
    await database.write(lambda c: c.execute("DELETE FROM lesson"))
    return state


async def test_a_lesson_is_compared_with_one_that_was_brought_only_on_words_said_since(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    state = await knows_all(database, registry, ann, bob)
    hasty = replace(SETTINGS, sft_epochs=1)
    async with trainer(registry, hasty) as t:
        outcome = await brings(t, ann, tmp_path / "brought" / "adapter", state)
        assert (outcome.result, outcome.reason) == (LIVE, PASSED)

        async def said_before_it(count: int) -> Outcome:
            """A lesson, when so many of the four words that are held out were said after it came."""
            await database.write(lambda c: c.execute("DELETE FROM lesson"))
            await database.write(
                lambda c: c.execute(
                    "UPDATE adapter_version SET seen_message = (SELECT max(id) FROM message) - ? WHERE messages = 0",
                    (2 * count,),  # each is an answer
                )
            )
            return await t.train_player(ann)

        refusal = await said_before_it(4)
        assert (refusal.result, refusal.reason) == (REFUSED, WORSE_THAN_BEFORE)
        assert refusal.verdict is not None and refusal.verdict.live_gain is not None
        unsure = await said_before_it(1)
        assert unsure.verdict is not None and unsure.verdict.live_gain is not None
        assert unsure.verdict.live_gain < 0, "and yet one message alone makes nothing sure"
        assert unsure.result == LIVE


async def test_without_words_said_since_it_came_there_is_no_comparison(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    state = await knows_all(database, registry, ann, bob)
    async with trainer(registry, replace(SETTINGS, sft_epochs=1)) as t:
        await brings(t, ann, tmp_path / "brought" / "adapter", state)
        outcome = await t.train_player(ann)
    assert outcome.verdict is not None and outcome.verdict.live_gain is None
    assert outcome.result == LIVE, outcome.reason


async def test_words_from_before_it_came_are_no_comparison_also_if_the_clock_was_ahead_then(
    database: Database, registry: Registry, tmp_path: Path
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    state = await knows_all(database, registry, ann, bob)
    await database.write(lambda c: c.execute("UPDATE message SET time = time + ?", (FAR_AHEAD,)))
    async with trainer(registry, replace(SETTINGS, sft_epochs=1)) as t:
        await brings(t, ann, tmp_path / "brought" / "adapter", state)
        outcome = await t.train_player(ann)
    assert outcome.verdict is not None and outcome.verdict.live_gain is None
    assert outcome.result == LIVE, outcome.reason


async def test_one_that_was_brought_is_no_measure_for_other_players(
    database: Database, registry: Registry
) -> None:
    people = [await join(database, name) for name in ("Ann", "Bob", "Eve", "Dan")]
    ann, bob, *_ = people
    await talks(database, ann, bob, 16)
    for other in people[1:]:
        await registry.publish(other, changes_nothing(), 0, 0.0, "")
    async with trainer(registry) as t:
        outcome = await t.train_player(ann)
    assert outcome.verdict is not None and outcome.verdict.others is None
