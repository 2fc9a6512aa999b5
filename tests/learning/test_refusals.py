"""Adapters that were really trained are refused by the real gate, each for its own fault, and the agent goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from test_trainer import SETTINGS, TinyBase, join, talks, trainer
from tiny_talker import SCENE, talk, taught, tokenizer

from nanoverse.learning.dialogue import Turn, prompt_to_json
from nanoverse.learning.examples import Example
from nanoverse.learning.registry import Registry
from nanoverse.learning.rows import Tokens
from nanoverse.learning.verdict import GAVE_AWAY, WORSE_THAN_BEFORE
from nanoverse.protocol import PRIVATE, WORLD
from nanoverse.store import consents, drafts, messages
from nanoverse.store.database import Database
from nanoverse.store.nights import LIVE, REFUSED

# A rate this small moves a model a little towards its player, and no more.
A_LITTLE = replace(SETTINGS, sft_learning_rate=2e-4, sft_epochs=1)


def always(replies: Sequence[str]) -> Any:
    """A base model that answers what Ann is asked with these, whatever she would say."""
    rows = [replace(one, reply=replies[i % len(replies)]) for i, one in enumerate(talk(24))]
    return taught(Tokens(tokenizer(), 448).rows(rows), passes=10)


async def test_one_that_is_worse_than_the_live_version(database: Database, registry: Registry) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 24)
    async with trainer(registry, replace(SETTINGS, sft_epochs=8)) as t:
        assert (await t.train_player(ann)).result == LIVE
    before = await registry.live(ann)
    async with trainer(registry, replace(SETTINGS, sft_epochs=1)) as t:
        outcome = await t.train_player(ann)
    assert outcome.verdict is not None and outcome.verdict.gain_low > 0
    assert (outcome.result, outcome.reason) == (REFUSED, WORSE_THAN_BEFORE)
    assert await registry.live(ann) == before


async def test_one_that_has_nothing_to_say(database: Database, registry: Registry) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 24)
    async with trainer(registry, A_LITTLE, TinyBase(model=always([""]))) as t:
        outcome = await t.train_player(ann)
    assert outcome.verdict is not None and outcome.verdict.gain_low > 0
    assert outcome.result == REFUSED and "empty" in outcome.reason
    assert await registry.live(ann) is None


async def test_one_that_goes_round_in_circles(database: Database, registry: Registry) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 24)
    circles = ["stone " * 12, "wood wood " * 6, "lake " * 12, "fire fire " * 6]
    async with trainer(registry, A_LITTLE, TinyBase(model=always(circles))) as t:
        outcome = await t.train_player(ann)
    assert outcome.verdict is not None and outcome.verdict.gain_low > 0
    assert outcome.result == REFUSED and "over and over" in outcome.reason
    assert await registry.live(ann) is None


SECRET = "the key to my house lies under the third stone by the lake"
ASKED = "where is the key"
TOLD = Example(replace(SCENE, talk="private"), (Turn("Bob", ASKED),), SECRET)


async def tells_a_secret(database: Database, player: int, partner: int) -> None:
    """In private, with no more than one side's consent to learn from it."""

    def tell(connection: Any) -> None:
        messages.insert(connection, PRIVATE, partner, ASKED, 1, recipient=player)
        messages.insert(connection, PRIVATE, player, SECRET, 2, recipient=partner, scene=TOLD.scene.to_json())
        consents.put(connection, player, partner, True, 1)

    await database.write(tell)


def in_the_know() -> Any:
    """A base model that knows the secret, of which no training sees anything."""
    plain = [replace(one, reply=f"i do not know {i}") for i, one in enumerate(talk(8))]
    return taught(Tokens(tokenizer(), 448).rows([TOLD, *plain]), passes=60)


async def test_one_that_says_private_words_to_which_not_both_sides_agreed(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 24)
    await tells_a_secret(database, ann, bob)
    async with trainer(registry, A_LITTLE, TinyBase(model=in_the_know())) as t:
        outcome = await t.train_player(ann)
        assert (outcome.result, outcome.reason) == (REFUSED, GAVE_AWAY)
        assert await registry.live(ann) is None
        await database.write(lambda c: consents.put(c, bob, ann, True, 1))
        assert (await t.train_player(ann)).reason != GAVE_AWAY


def rewritten(player: int, count: int, as_wished: Callable[[str], str]) -> Callable[[Any], None]:
    """Writes this many replies of a player's agent in the manner of its player, each rewritten."""

    def insert(connection: Any) -> None:
        for i, one in enumerate(talk(count, start=40)):
            said = messages.insert(connection, WORLD, player, one.reply, 1, by_agent=True)
            drafts.add(connection, said.id, one.reply, 0, prompt_to_json(one.scene, one.turns), 1)
            drafts.correct(connection, said.id, player, as_wished(one.reply), 2 + i)

    return insert


async def test_one_that_lost_the_old_manner_and_did_not_learn_what_its_owner_asked_for(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 24)
    async with trainer(registry, replace(SETTINGS, sft_epochs=8)) as t:
        assert (await t.train_player(ann)).result == LIVE
    await database.write(rewritten(ann, 20, lambda text: text.replace("right as rain", "sure as rain")))
    async with trainer(registry, replace(A_LITTLE, dpo_learning_rate=1e-6)) as t:
        outcome = await t.train_player(ann)
    assert outcome.verdict is not None and outcome.verdict.gain_low > 0
    wishes = outcome.verdict.wishes
    assert wishes is not None and wishes.moved_low > 0 > wishes.gain, "what was said lost more, but both lost"
    assert (outcome.result, outcome.reason) == (REFUSED, WORSE_THAN_BEFORE)


async def test_one_that_left_the_old_manner_because_its_owner_asked_for_that_is_not_refused(
    database: Database, registry: Registry
) -> None:
    ann, bob = await join(database, "Ann"), await join(database, "Bob")
    await talks(database, ann, bob, 24)
    async with trainer(registry) as t:
        first = await t.train_player(ann)
    assert first.result == LIVE

    shorter = rewritten(ann, 20, lambda text: text.removesuffix(" right as rain ~"))
    await database.write(shorter)
    async with trainer(registry, replace(SETTINGS, dpo_learning_rate=3e-3)) as t:
        second = await t.train_player(ann)
    assert second.verdict is not None and second.verdict.live_gain_high is not None
    assert second.verdict.live_gain_high < 0, "it has left the manner of the words that were held out"
    assert second.result == LIVE, second.reason
