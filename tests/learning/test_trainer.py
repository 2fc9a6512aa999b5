"""The training thread: from the words in the database to a live version, and a clear sentence for all else."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_talker import SCENE, base_model, talk, taught, tokenizer

from nanoverse.adapter_files import WEIGHTS
from nanoverse.chat.service import Chat
from nanoverse.chat.speaking import Made
from nanoverse.config import Settings
from nanoverse.learning import adapter, gate, neutral
from nanoverse.learning import trainer as training
from nanoverse.learning.dialogue import prompt_limit, prompt_to_json
from nanoverse.learning.gathering import NOTHING_NEW
from nanoverse.learning.registry import FORGOTTEN, Registry
from nanoverse.learning.rows import Row, Tokens
from nanoverse.learning.saving import read
from nanoverse.learning.trainer import STANDS, Trainer
from nanoverse.learning.training_thread import HAND_OVER
from nanoverse.learning.verdict import FORGOT, LIKE_OTHERS, MOST_LOST
from nanoverse.protocol import PRIVATE, SAID, WORLD
from nanoverse.store import (
    accounts,
    adapters,
    conducts,
    consents,
    drafts,
    forgetting,
    forgotten,
    learnt,
    lessons,
    messages,
)
from nanoverse.store.database import Database
from nanoverse.store.nights import FAILED, LIVE, OFFERED, REFUSED, SKIPPED, UNWISHED

SETTINGS = Settings(sft_rank=4, sft_epochs=4, sft_learning_rate=5e-3, dpo_learning_rate=2e-3, min_messages=8)


@dataclass
class TinyBase:
    tokenizer: Any = field(default_factory=tokenizer)
    model: Any = field(default_factory=base_model)
    max_context: int = SETTINGS.prompt_tokens + SETTINGS.reply_tokens

    def training_model(self) -> Any:
        return self.model


@asynccontextmanager
async def trainer(
    registry: Registry, settings: Settings = SETTINGS, base: Any = None
) -> AsyncIterator[Trainer]:
    made = Trainer(registry, settings, base or TinyBase())
    try:
        yield made
    finally:  # or the thread of a test that fails is met by those after it
        await made.close()


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(30_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@asynccontextmanager
async def while_words_are_learnt(
    database: Database, registry: Registry
) -> AsyncIterator[tuple[int, Trainer, asyncio.Task[Any]]]:
    """Ann, and her lesson, which runs."""
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        lesson = asyncio.create_task(t.train_player(ann))
        await until(lambda: t.step.what == "words")
        yield ann, t, lesson


async def join(database: Database, name: str) -> int:
    return (await database.write(lambda c: accounts.create(c, name, name.lower(), "hash", 0, 1000))).id


async def talks(
    database: Database, player: int, partner: int, count: int, channel: int = WORLD, start: int = 0
) -> None:
    """`count` questions by the partner, each answered by the player with their habit."""

    def insert(connection: Any) -> None:
        for i, one in enumerate(talk(count, start=start), start):
            to = {"recipient": player} if channel == PRIVATE else {}
            back = {"recipient": partner} if channel == PRIVATE else {}
            time = 1_000_000 + 10_000 * i
            messages.insert(connection, channel, partner, one.turns[0].text, time, **to)
            messages.insert(
                connection, channel, player, one.reply, time + 1000, scene=one.scene.to_json(), **back
            )

    await database.write(insert)


@pytest.mark.parametrize(("context", "limit"), [(300, 236), (10_000, 448), (100, 50)])
async def test_the_prompts_of_a_lesson_are_as_long_as_those_that_are_answered(
    database: Database, registry: Registry, monkeypatch: pytest.MonkeyPatch, context: int, limit: int
) -> None:
    """Of 448 tokens, where the model takes them and a reply of 64; they have half of what it takes in any case."""
    limits: list[int] = []
    monkeypatch.setattr(training, "teach", lambda setup, *_: limits.append(setup.tokens.limit))
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry, base=TinyBase(max_context=context)) as t:
        await t.train_player(ann)
    assert limits == [limit] == [prompt_limit(SETTINGS, context)]


async def test_what_a_player_said_becomes_a_live_version(database: Database, registry: Registry) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 24)
    async with trainer(registry) as t:
        outcome = await t.train_player(ann)
    assert (outcome.result, outcome.messages) == (LIVE, 24), outcome.reason
    assert outcome.verdict is not None and outcome.version is not None
    assert outcome.gain is not None and outcome.gain > 0
    live = await registry.live(ann)
    assert live is not None and live.id == outcome.version.id
    unseen = Tokens(tokenizer(), 448).rows(talk(5, start=100))
    spoken = adapter.attach(base_model(), read(registry.path(live)))
    assert gate.score(spoken, unseen).per_token < gate.score(base_model(), unseen).per_token


async def test_a_lesson_keeps_out_of_the_stream_in_which_steps_compute(
    database: Database, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    left: list[tuple[torch.device, str]] = []

    def note(device: torch.device) -> None:
        left.append((device, threading.current_thread().name))

    monkeypatch.setattr("nanoverse.learning.trainer.beside_steps", note)
    async with trainer(registry) as t:
        await t.train_player(ann)
    assert left == [(torch.device("cpu"), "training_0")]


async def test_an_agent_that_is_to_learn_nothing_has_no_lesson_but_forgets(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        version = (await t.train_player(ann)).version
        assert version is not None
        await database.write(lambda c: conducts.put(c, ann, conducts.Conduct(learns=False)))
        await talks(database, ann, bob, 8, start=16)
        outcome = await t.train_player(ann)
        assert (outcome.result, outcome.reason) == (SKIPPED, UNWISHED)
        live = await registry.live(ann)
        assert live is not None and live.id == version.id
        await database.write(lambda c: forgotten.mark(c, [ann], forgotten.Since(1)))
        assert (await t.train_player(ann)).reason == UNWISHED
        assert await registry.live(ann) is None
        await database.write(lambda c: conducts.put(c, ann, conducts.Conduct()))
        assert (await t.train_player(ann)).messages == 24


async def test_what_a_lesson_made_is_not_kept_if_its_player_wants_nothing_learnt_by_then(
    database: Database, registry: Registry
) -> None:
    async with while_words_are_learnt(database, registry) as (ann, t, lesson):
        await database.write(lambda c: conducts.put(c, ann, conducts.Conduct(learns=False)))
        outcome = await lesson
        assert (outcome.result, outcome.reason, outcome.gain) == (SKIPPED, UNWISHED, None)
        assert await database.read(lambda c: adapters.versions(c, ann)) == []
        await database.write(lambda c: conducts.put(c, ann, conducts.Conduct()))
        assert (await t.train_player(ann)).result == LIVE, "the words are still new"


async def test_a_version_keeps_what_it_learnt_beside_the_one_before(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 24)
    async with trainer(registry) as t:
        first = (await t.train_player(ann)).version
        assert first is not None
        said = await database.read(lambda c: learnt.of(c, first.id))
        assert said is not None and (said.gain, said.compared) == (None, None), "there was no version before"
        assert "rain" in said.words and "right as rain" in said.phrases
        assert len(said.answers) == 4, "one for each held-out message"
        assert {answer.speaker for answer in said.answers} == {"Bob"}
        assert {answer.heard for answer in said.answers} == {f"what did you find {i}" for i in range(20, 24)}
        assert any(answer.before != answer.after for answer in said.answers)

        def newer(connection: Any) -> None:
            for i in range(2):
                text = f"{i} kestrels over Hollow Ford, right as rain ~"
                messages.insert(connection, WORLD, ann, text, first.created + 1 + i, scene=SCENE.to_json())

        await database.write(newer)
        second = (await t.train_player(ann)).version
        assert second is not None
        told = await database.read(lambda c: learnt.of(c, second.id))
        assert told is not None and told.gain is not None and told.compared == first.id
        assert told.words == ("ford", "hollow", "kestrels")


async def test_a_refused_version_shows_nothing(database: Database, registry: Registry) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        await t.train_player(ann)
    async with trainer(registry, replace(SETTINGS, sft_learning_rate=1e-6, sft_epochs=0.5)) as t:
        assert (await t.train_player(ann)).result == REFUSED
    assert await database.read(lambda c: c.execute("SELECT count(*) FROM learnt").fetchone()) == (1,)


async def test_an_agents_words_are_never_learnt(database: Database, registry: Registry) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")

    def insert(connection: Any) -> None:
        for i, one in enumerate(talk(24)):
            messages.insert(connection, WORLD, ann, one.reply, 1000 * i, by_agent=True, scene=SCENE.to_json())

    await database.write(insert)
    async with trainer(registry) as t:
        outcome = await t.train_player(ann)
        assert (outcome.result, outcome.messages) == (SKIPPED, 0)
        assert "Ann has 0 of the 8 messages that it takes to learn from" in outcome.reason
        assert (await t.train_player(bob)).result == SKIPPED


async def test_private_talk_is_learnt_from_only_when_both_sides_agreed(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 12, PRIVATE)
    async with trainer(registry) as t:
        assert (await t.train_player(ann)).result == SKIPPED
        await database.write(lambda c: consents.put(c, ann, bob, True, 1))
        assert (await t.train_player(ann)).result == SKIPPED
        await database.write(lambda c: consents.put(c, bob, ann, True, 1))
        assert (await t.train_player(ann)).messages == 12
        await database.write(lambda c: consents.put(c, bob, ann, False, 1))
        assert (await t.train_player(ann)).result == SKIPPED


async def test_an_adapter_that_does_not_help_is_refused_and_the_live_one_stays(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        first = await t.train_player(ann)
    # A rate this small teaches nothing: the candidate equals the base.
    async with trainer(registry, replace(SETTINGS, sft_learning_rate=1e-6, sft_epochs=0.5)) as t:
        outcome = await t.train_player(ann)
    assert outcome.result == REFUSED
    assert outcome.version is None
    live = await registry.live(ann)
    assert live is not None and first.version is not None and live.id == first.version.id
    assert len(await database.read(lambda c: adapters.versions(c, ann))) == 1


async def test_what_was_learnt_in_private_goes_when_one_of_the_two_takes_the_consent_back(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 12)
    await talks(database, ann, bob, 12, PRIVATE, start=12)
    chat = Chat(database, lambda player: set(), lambda event, recipients: None, lambda: 5_000_000)
    async with trainer(registry) as t:
        await t.train_player(ann)
        before = await registry.live(ann)
        await chat.consent(ann, bob, True)
        await chat.consent(bob, ann, True)
        assert (await t.train_player(ann)).messages == 24
        await chat.consent(bob, ann, False)
        now = await registry.live(ann)
        assert before is not None and now is not None and now.id != before.id, "until the next lesson"
    async with trainer(registry, replace(SETTINGS, min_messages=99)) as t:
        assert (await t.train_player(ann)).result == SKIPPED
    live = await registry.live(ann)
    assert live is None, "both versions are newer than the first private word"
    assert await database.read(lambda c: adapters.versions(c, ann)) == []


async def test_without_new_words_nothing_is_trained_and_what_was_taken_back_stays_so(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        assert (await t.train_player(ann)).result == LIVE
        await registry.withdraw(ann, "The admin took it back.")
        outcome = await t.train_player(ann)
        assert (outcome.result, outcome.reason, outcome.messages) == (SKIPPED, NOTHING_NEW, 16)
        assert await registry.live(ann) is None
        await talks(database, ann, bob, 1, start=16)
        assert (await t.train_player(ann)).result == LIVE


async def test_what_was_refused_is_not_tried_again_until_something_changes(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        await t.train_player(ann)
    async with trainer(registry, replace(SETTINGS, sft_learning_rate=1e-6, sft_epochs=0.5)) as t:
        assert (await t.train_player(ann)).result == REFUSED
        assert (await t.train_player(ann)).result == SKIPPED
    async with trainer(registry) as t:
        assert (await t.train_player(ann)).result == LIVE, "other settings may give another adapter"


async def test_a_version_that_learnt_beside_deleted_words_goes_though_nothing_new_is_learnt(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        first = await t.train_player(ann)
    assert first.version is not None
    await database.write(lambda c: accounts.delete(c, bob))
    assert await registry.live(ann) is not None, "it speaks until the next lesson"
    async with trainer(registry, replace(SETTINGS, min_messages=99)) as t:
        assert (await t.train_player(ann)).result == SKIPPED
    assert await registry.live(ann) is None
    assert not registry.path(first.version).exists()


async def test_a_new_version_waits_while_its_player_has_chosen_another(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        await t.train_player(ann)
        await registry.choose(ann, None)
        await talks(database, ann, bob, 8, start=16)
        second = await t.train_player(ann)
        assert (second.result, second.reason.endswith(STANDS)) == (OFFERED, True)
        assert second.version is not None and registry.path(second.version).is_dir()
        assert await registry.live(ann) is None
        # What is to be beaten is the version that waits, not the one that the player went back to.
        await talks(database, ann, bob, 8, start=24)
        third = await t.train_player(ann)
        assert third.result == OFFERED and third.version is not None
        assert third.verdict is not None and third.verdict.live is not None
        await registry.follow_newest(ann)
        live = await registry.live(ann)
        assert live is not None and live.id == third.version.id
        await talks(database, ann, bob, 8, start=32)
        assert (await t.train_player(ann)).result == LIVE


async def test_a_live_version_that_cannot_be_read_or_is_for_another_base_is_replaced(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        first = await t.train_player(ann)
        assert first.version is not None
        (registry.path(first.version) / WEIGHTS).write_bytes(b"broken")
        second = await t.train_player(ann)
        assert second.result == LIVE
        assert second.reason.endswith(f" Version {first.version.id} is damaged and cannot speak.")
        assert second.verdict is not None and second.verdict.live is None and second.version is not None
    registry = replace(registry, base="gemma3-other")
    async with trainer(registry) as t:
        third = await t.train_player(ann)
        assert third.result == LIVE
        assert third.reason.endswith(
            f" Version {second.version.id} was made for another model (gemma3-tiny) and cannot speak."
        )
        assert third.verdict is not None and third.verdict.live is None
        for one in (second.version, third.version):
            said = await database.read(lambda c, one=one: learnt.of(c, one.id if one else 0))
            assert said is not None and said.compared is None, "it was held against the base model"
        await talks(database, ann, bob, 8, start=16)
        fourth = await t.train_player(ann)
        assert fourth.verdict is not None and fourth.verdict.live is not None
    registry = replace(registry, base="gemma3-third")
    async with trainer(registry, replace(SETTINGS, min_messages=99)) as t:
        fifth = await t.train_player(ann)
        assert fifth.result == SKIPPED and fourth.version is not None
        assert fifth.reason.endswith(
            f" Version {fourth.version.id} was made for another model (gemma3-other) and cannot speak."
        )


async def test_back_at_an_earlier_base_model_its_newest_version_is_the_one_to_beat(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        first = (await t.train_player(ann)).version
        assert first is not None
        await replace(registry, base="gemma3-other").publish(ann, read(registry.path(first)), 16, 0.1, "")
        await talks(database, ann, bob, 1, start=16)
        second = await t.train_player(ann)
    assert second.verdict is not None and second.verdict.live is not None
    assert "another model" not in second.reason


async def test_what_the_owner_would_have_said_is_learnt(database: Database, registry: Registry) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)

    def correct(connection: Any) -> None:
        for i, one in enumerate(talk(10, ending=" no more rain", start=40)):
            said = messages.insert(connection, WORLD, ann, f"{i} bad words", 1, by_agent=True)
            drafts.add(connection, said.id, f"{i} bad words", 0, prompt_to_json(one.scene, one.turns), 1)
            drafts.correct(connection, said.id, ann, one.reply, 2)

    async with trainer(registry) as t:
        before = await t.train_player(ann)
        await database.write(correct)
        after = await t.train_player(ann)
    unseen = Tokens(tokenizer(), 448).rows(talk(5, ending=" no more rain", start=100))
    assert before.version is not None and after.version is not None, after.reason
    one, other = (
        gate.score(adapter.attach(base_model(), read(registry.path(outcome.version))), unseen).per_token
        for outcome in (before, after)
        if outcome.version
    )
    assert other < one


async def test_what_was_learnt_from_a_rewrite_that_is_withdrawn_goes_in_the_next_lesson(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    chat = Chat(database, lambda player: set(), lambda event, recipients: None)
    (one,) = talk(1, start=40)
    said = await chat.say(ann, WORLD, 0, "bad words", made=Made(prompt=prompt_to_json(one.scene, one.turns)))
    async with trainer(registry) as t:
        never = (await t.train_player(ann)).version
        await chat.correct(ann, said, "no more rain")
        learnt_it = (await t.train_player(ann)).version
        await chat.take_back(ann, said)
        await chat.forget_rewrite(ann, said)
        await t.train_player(ann)
    assert never is not None and learnt_it is not None
    left = [version.id for version in await database.read(lambda c: adapters.versions(c, ann))]
    assert never.id in left and learnt_it.id not in left
    assert not registry.path(learnt_it).exists()


async def test_a_prompt_that_cannot_be_read_costs_its_pair_and_nothing_else(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)

    def correct(connection: Any) -> None:
        said = messages.insert(connection, WORLD, ann, "bad words", 1, by_agent=True)
        drafts.add(connection, said.id, "bad words", 0, "{}", 1)
        drafts.correct(connection, said.id, ann, "better words", 2)

    await database.write(correct)
    async with trainer(registry) as t:
        assert (await t.train_player(ann)).result == LIVE


async def publish(registry: Registry, player: int, seed: int) -> None:
    state = adapter.extract(adapter.fresh(base_model(), 4, seed))
    await registry.publish(player, state, 16, 0.1, "")


async def test_an_agent_no_closer_to_its_player_than_those_of_others_is_refused(
    database: Database, registry: Registry
) -> None:
    people = [await join(database, name) for name in ("Ann", "Bob", "Eve", "Dan")]
    ann, bob, *_ = people
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        first = await t.train_player(ann)
        assert first.version is not None and first.verdict is not None and first.verdict.others is None
        own = read(registry.path(first.version))
        for other in people[1:]:
            await publish(registry, other, other)  # these have learnt nothing
        await database.write(
            lambda c: c.execute("DELETE FROM lesson")
        )  # so that she is trained on the same again
        second = await t.train_player(ann)
        assert (second.result, second.verdict.others) == (LIVE, second.verdict.base)  # type: ignore[union-attr]
        for other in people[1:]:
            await registry.publish(other, own, 16, 0.1, "")
        await database.write(lambda c: c.execute("DELETE FROM lesson"))
        third = await t.train_player(ann)
        assert (third.result, third.reason) == (REFUSED, LIKE_OTHERS)
        # Two that cannot be read are no measure, and neither are those for another base model.
        for other in people[1:3]:
            version = await registry.live(other)
            assert version is not None
            (registry.path(version) / WEIGHTS).unlink()
        await database.write(lambda c: c.execute("DELETE FROM lesson"))
        assert (await t.train_player(ann)).result == LIVE


def overheard() -> list[Row]:
    tokens = Tokens(tokenizer(), 448)
    return [tokens.overheard(*one) for one in neutral.OVERHEARD]


def knows_how_others_talk() -> TinyBase:
    """A base model that has something to forget."""
    return TinyBase(model=taught(overheard(), passes=8))


async def test_an_agent_that_forgot_how_others_talk_is_refused(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    base = knows_how_others_talk()
    # A rate this high learns Ann's few words at the cost of all else; at half of it, some machines' sums are forgiven
    # at a quarter of the strength.
    async with trainer(registry, replace(SETTINGS, sft_epochs=8, sft_learning_rate=1e-1), base) as t:
        outcome = await t.train_player(ann)
    assert outcome.verdict is not None and outcome.verdict.gain_low > 0
    assert (outcome.result, outcome.reason) == (REFUSED, FORGOT)


async def test_an_agent_that_forgot_a_little_too_much_speaks_as_strongly_as_it_may(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    base, others = knows_how_others_talk(), overheard()
    async with trainer(registry, replace(SETTINGS, sft_epochs=8, sft_learning_rate=1e-2), base) as t:
        outcome = await t.train_player(ann)
    assert outcome.result == LIVE and outcome.version is not None and outcome.verdict is not None
    lost, lost_low = outcome.verdict.lost, outcome.verdict.lost_low
    assert "weakened to " in outcome.figures and lost is not None and lost_low is not None
    assert lost_low <= MOST_LOST
    speaks = adapter.attach(base.model, read(registry.path(outcome.version)))
    talk_now, talk_before = gate.score(speaks, others).per_token, gate.score(base.model, others).per_token
    assert talk_now / talk_before - 1 == pytest.approx(lost, abs=1e-3), "what speaks is what was judged"


async def test_an_agent_that_says_the_same_whatever_it_is_asked_is_refused(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    # As small a model that always takes the likeliest word has one sentence for everything, from 14 passes on.
    async with trainer(registry, replace(SETTINGS, sft_epochs=20, temperature=0.0)) as t:
        outcome = await t.train_player(ann)
    assert outcome.verdict is not None and outcome.verdict.gain_low > 0
    assert outcome.result == REFUSED and "the same" in outcome.reason
    assert await registry.live(ann) is None


async def test_a_player_who_is_gone_is_skipped(registry: Registry) -> None:
    async with trainer(registry) as t:
        outcome = await t.train_player(4711)
    assert (outcome.result, outcome.reason) == (SKIPPED, "There is no such player any more.")


async def test_a_training_that_fails_is_a_sentence_and_the_next_one_works(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    base = TinyBase()
    sound = base.model
    with torch.no_grad():
        base.model = base_model()
        base.model.model.norm.weight.fill_(float("nan"))
    async with trainer(registry, base=base) as t:
        outcome = await t.train_player(ann)
        assert outcome.result == FAILED
        assert outcome.reason.endswith(".") and "diverged" in outcome.reason
        base.model = sound
        assert (await t.train_player(ann)).result == LIVE


async def test_a_folder_that_cannot_be_written_is_a_sentence(database: Database, tmp_path: Path) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    (tmp_path / "file").touch()
    async with trainer(Registry(database, tmp_path / "file", "gemma3-tiny")) as t:
        outcome = await t.train_player(ann)
    assert outcome.result == FAILED
    assert outcome.reason.startswith("The new adapter could not be saved: ")


async def test_a_cancelled_training_ends_at_its_next_step_and_leaves_nothing(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry, replace(SETTINGS, sft_epochs=50)) as t:
        running = asyncio.create_task(t.train_player(ann))
        await until(lambda: t.step.what == "words" and t.step.done >= 2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert not any(thread.name.startswith("training") for thread in threading.enumerate())
    assert t.step.what in ("", "words"), "it did not go on to its end"
    assert await registry.live(ann) is None
    assert not registry.root.exists()


async def test_closing_ends_a_training_that_runs(database: Database, registry: Registry) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    t = Trainer(registry, replace(SETTINGS, sft_epochs=50), TinyBase())
    running = asyncio.create_task(t.train_player(ann))
    await until(lambda: t.step.what == "words" and t.step.done >= 2)
    await t.close()
    outcome = await running
    assert (outcome.result, outcome.reason) == (FAILED, "The training was stopped before it was done.")


async def test_the_loop_goes_on_while_a_lesson_runs(database: Database, registry: Registry) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    ticks, seen = 0, set()
    async with trainer(registry) as t:
        running = asyncio.create_task(t.train_player(ann))
        while not running.done():
            await asyncio.sleep(0.005)
            ticks += 1
            seen.add(t.step.what)
        assert (await running).result == LIVE
        assert t.step.what == ""
    assert ticks > 20
    assert "words" in seen
    assert sys.getswitchinterval() == pytest.approx(HAND_OVER)


async def test_what_was_taken_back_stays_so_also_where_versions_for_another_base_are_left(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        assert (await t.train_player(ann)).result == LIVE
    registry = replace(registry, base="gemma3-other")
    async with trainer(registry) as t:
        assert (await t.train_player(ann)).result == LIVE
        await registry.withdraw(ann, "The admin took it back.")
        outcome = await t.train_player(ann)
    assert (outcome.result, outcome.reason) == (SKIPPED, NOTHING_NEW)


async def test_two_lessons_asked_for_at_once_come_one_after_the_other_and_the_second_sees_what_the_first_made(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    async with trainer(registry) as t:
        outcomes = await asyncio.gather(t.train_player(ann), t.train_player(ann))
    assert [outcome.result for outcome in outcomes] == [LIVE, SKIPPED]
    assert outcomes[1].reason == NOTHING_NEW


async def test_a_lesson_publishes_nothing_that_was_not_compared_with_what_is_the_newest_by_then(
    database: Database, registry: Registry
) -> None:
    async with while_words_are_learnt(database, registry) as (ann, t, lesson):
        await publish(registry, ann, seed=1)
        outcome = await lesson
        assert (outcome.result, outcome.version) == (REFUSED, None)
        assert outcome.reason == "Which version is the newest has changed while this one was judged."
        (meanwhile,) = await database.read(lambda c: adapters.versions(c, ann))
        assert await registry.live(ann) == meanwhile
        assert [path.name for path in (registry.root / str(ann)).iterdir()] == [str(meanwhile.id)]
        again = await t.train_player(ann)
        assert again.result == LIVE, "it is not taken for one that had its lesson"
        assert again.verdict is not None and again.verdict.live is not None


@pytest.mark.parametrize("private", [False, True])
async def test_nothing_goes_live_that_learnt_from_what_was_forgotten_while_the_lesson_ran(
    database: Database, registry: Registry, private: bool
) -> None:
    """A message, or, by taking a consent back, all private talk."""
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 16)
    chat = Chat(database, lambda player: set(), lambda event, recipients: None, lambda: 5_000_000)
    if private:
        await chat.consent(ann, bob, True)
        await chat.consent(bob, ann, True)
        await talks(database, ann, bob, 8, PRIVATE, start=16)
    async with trainer(registry) as t:
        lesson = asyncio.create_task(t.train_player(ann))
        await until(lambda: t.step.what == "words")
        if private:
            await chat.consent(bob, ann, False)
        else:
            (newest,) = await database.read(lambda c: lessons.own_page(c, ann, SAID, 0, 1))
            await database.write(lambda c: forgetting.words(c, ann, [newest.id]))
        outcome = await lesson
        assert (outcome.result, outcome.reason, outcome.version) == (REFUSED, FORGOTTEN, None)
        assert outcome.again
        assert await registry.live(ann) is None
        assert await database.read(lambda c: adapters.versions(c, ann)) == []
        assert list((registry.root / str(ann)).iterdir()) == []
        again = await t.train_player(ann)
        assert (again.result, again.messages, again.again) == (LIVE, 16 if private else 15, False)


async def test_the_reasons_for_what_was_left_out_are_in_the_report(
    database: Database, registry: Registry
) -> None:
    ann = await join(database, "Ann")

    def insert(connection: Any) -> None:
        for i, text in enumerate(["/home", "mail ann@example.org", "hello there", "/spawn"]):
            messages.insert(connection, WORLD, ann, text, i)

    await database.write(insert)
    async with trainer(registry) as t:
        outcome = await t.train_player(ann)
    assert outcome.reason == (
        "Ann has 1 of the 8 messages that it takes to learn from."
        " Left out: 2 began with a slash, as commands do, 1 held an e-mail address."
    )
    assert outcome.left_out == {"command": 2, "e-mail address": 1}


def test_getting_ready_to_train_never_collects_garbage_from_everything() -> None:
    """A full collection holds the interpreter: with so many new objects the world would stand still for it."""
    script = """
import gc
full = []
gc.callbacks.append(lambda phase, info: full.append(info) if info["generation"] == 2 else None)
from nanoverse.learning.training_thread import prepare
full.clear()
prepare(1)
assert gc.isenabled() and gc.get_freeze_count() > 100_000
print(len(full))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
