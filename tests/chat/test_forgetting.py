"""A player has words of theirs forgotten: they go for everybody, with all that was derived from them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from typing import Any

import pytest
from place import Place

from nanoverse.chat.errors import ChatError, TooFast
from nanoverse.chat.events import Forgotten
from nanoverse.chat.reading import PAGE
from nanoverse.chat.speaking import Made
from nanoverse.protocol import IMPORTED, NEARBY, PRIVATE, REWRITTEN, SAID, WORLD
from nanoverse.store import (
    accounts,
    adapters,
    agreements,
    conducts,
    consents,
    forgotten,
    imports,
    learnt,
    lessons,
    messages,
    reports,
)
from nanoverse.store.agreements import Agreement
from nanoverse.store.forgotten import Since
from nanoverse.store.learnt import Answered, Learnt

People = tuple[int, int, int]


def prompt(*turns: tuple[str, str], did: str = "") -> str:
    scene = {"name": "Bob", "did": [did] if did else []}
    return json.dumps({"scene": scene, "turns": [{"speaker": name, "text": text} for name, text in turns]})


async def rows(place: Place, query: str) -> list[Any]:
    return await place.database.read(lambda c: c.execute(query).fetchall())


async def test_a_forgotten_message_is_gone_for_all_who_saw_it_and_from_search_and_quotes(
    place: Place, people: People
) -> None:
    ann, bob, eve = people
    place.earshot[ann] = {bob}
    said = await place.chat.say(ann, NEARBY, 0, "the gold is under the oak")
    place.earshot[bob] = {ann, eve}
    answer = await place.chat.say(bob, NEARBY, 0, "really?", quote=said)
    assert await place.chat.forget_message(ann, said) == 1
    assert [e.messages for e in place.got(bob, Forgotten)] == [(said,)]
    assert place.got(eve, Forgotten) == [], "she never heard it"
    assert (await place.chat.search(bob, "gold", 0)).messages == ()
    (left,) = (await place.chat.history(bob, NEARBY, 0, 0)).messages
    assert (left.id, left.quoted, left.quoted_name) == (answer, "", "")


async def test_only_what_one_said_oneself_can_be_forgotten(place: Place, people: People) -> None:
    ann, bob, eve = people
    of_bob = await place.chat.say(bob, WORLD, 0, "mine")
    of_agent = await place.chat.say(ann, WORLD, 0, "her agent's", made=Made())
    unheard = await place.chat.say(bob, PRIVATE, eve, "hush")
    for message, refusal in (
        (of_bob, "Only what you said"),
        (of_agent, "Only what you said"),
        (unheard, "no such"),
        (10**6, "no such"),
    ):
        with pytest.raises(ChatError, match=refusal):
            await place.chat.forget_message(ann, message)
    with pytest.raises(ChatError, match="another player"):
        await place.chat.forget_person(ann, ann)
    with pytest.raises(ChatError, match="no such player"):
        await place.chat.forget_person(ann, 99)
    assert len(await rows(place, "SELECT 1 FROM message")) == 3


async def test_nobody_forgets_without_end(place: Place, people: People) -> None:
    for _ in range(10):
        with pytest.raises(ChatError, match="no such"):
            await place.chat.forget_message(people[0], 1)
    with pytest.raises(TooFast, match="Too much forgetting"):
        await place.chat.forget_message(people[0], 1)


async def both_agree(place: Place, one: int, other: int) -> None:
    """That agents learn from their private talk."""
    await place.chat.consent(one, other, True)
    await place.chat.consent(other, one, True)


async def with_own_words(place: Place) -> list[int]:
    """Of whose own words some are to be unlearnt."""
    return [player for (player,) in await rows(place, "SELECT player FROM forgotten WHERE own")]


async def test_what_was_derived_from_a_message_goes_and_what_was_not_stays(
    place: Place, people: People
) -> None:
    ann, bob, _ = people
    said = await place.chat.say(ann, WORLD, 0, "Bananarama forever")
    place.time += 1
    for turns in ((("Ann", "Bananarama forever"),), (("Ann", "hello"),), (("Eve", "Bananarama forever"),)):
        await place.chat.say(bob, WORLD, 0, "hm", made=Made(prompt=prompt(*turns)))
        place.time += 5000

    def derive(c: sqlite3.Connection) -> None:
        conducts.draft(c, bob, WORLD, 0, 0, "x", 0, prompt(("Ann", "Bananarama forever")), 1)
        conducts.draft(c, bob, WORLD, 0, 0, "y", 0, prompt(("Ann", "hello")), 1)
        for player in (ann, bob):
            version = adapters.add(c, player, "base", 20, 0.1, "", place.time)
            answers = [Answered("Ann", heard, "-", "+") for heard in ("Bananarama forever", "hello")]
            words, phrases = ("bananarama", "oak"), ("bananarama forever",)
            learnt.put(c, Learnt(version.id, None, None, False, words, phrases, tuple(answers)))
        reports.add(c, bob, ann, said, "Bananarama forever", False, "rude", 1)
        reports.add(c, people[2], ann, said, "Bananarama forever", False, "rude", 1)
        reports.handle(c, 1, 5)

    await place.database.write(derive)
    await place.chat.forget_message(ann, said)
    assert len(await rows(place, "SELECT 1 FROM draft")) == 2
    assert await rows(place, "SELECT text FROM unsent") == [("y",)]
    own, of_bob = [await place.database.read(lambda c, v=v: learnt.of(c, v)) for v in (1, 2)]
    assert own and (own.words, own.phrases) == (("oak",), ())
    assert of_bob and of_bob.words == ("bananarama", "oak"), "he may have said it himself"
    assert [[a.heard for a in one.answers] for one in (own, of_bob)] == [["hello"], ["hello"]]
    assert await rows(place, "SELECT id FROM report") == [(2,)], "an open complaint outlives what it is about"
    since = {p: await place.database.read(lambda c, p=p: forgotten.since(c, p)) for p in people}
    assert since[ann] == since[bob] == Since(said) and since[people[2]] is None
    assert await with_own_words(place) == [ann]
    await place.database.write(lambda c: reports.handle(c, 2, 6))
    assert await rows(place, "SELECT id FROM report") == []


async def test_what_versions_show_goes_by_what_they_learnt_from_not_by_clocks(
    place: Place, people: People
) -> None:
    ann, *_ = people
    place.time = 9_000_000  # the clock is ahead, and set right later

    async def shows(version: int) -> tuple[str, ...]:
        found = await place.database.read(lambda c: learnt.of(c, version))
        assert found is not None
        return found.words

    def version(c: sqlite3.Connection) -> int:
        made = adapters.add(c, ann, "base", 20, 0.1, "", 1_000_000).id
        learnt.put(c, Learnt(made, None, None, False, ("bananarama",), (), ()))
        return made

    before = await place.database.write(version)
    said = await place.chat.say(ann, WORLD, 0, "Bananarama forever")
    after = await place.database.write(version)
    await place.chat.forget_message(ann, said)
    assert (await shows(before), await shows(after)) == (("bananarama",), ())


async def test_taking_back_the_consent_to_private_talk_goes_by_its_first_message(
    place: Place, people: People
) -> None:
    ann, bob, eve = people
    await both_agree(place, ann, bob)
    await place.chat.say(ann, PRIVATE, eve, "hush")
    first = await place.chat.say(bob, PRIVATE, ann, "psst")
    await place.chat.say(ann, PRIVATE, bob, "what?")
    await place.chat.consent(ann, bob, False)
    since = [await place.database.read(lambda c, p=p: forgotten.since(c, p)) for p in people]
    assert since == [Since(first), Since(first), None]


async def test_who_forgets_somebody_takes_the_consent_back_and_what_was_learnt_with_it(
    place: Place, people: People
) -> None:
    ann, bob, eve = people
    await both_agree(place, ann, bob)
    first = await place.chat.say(bob, PRIVATE, ann, "psst")
    await place.chat.say(ann, PRIVATE, bob, "what?")
    await place.chat.forget_person(ann, bob)
    since = [await place.database.read(lambda c, p=p: forgotten.since(c, p)) for p in (bob, eve)]
    assert since == [Since(first), None], "what Bob's agent learnt in that talk"
    assert await place.database.read(lambda c: consents.given(c, ann)) == []


async def test_who_forgets_somebody_lets_go_of_the_rewrites_of_replies_to_them_and_of_what_learnt_from_those(
    place: Place, people: People
) -> None:
    ann, bob, _ = people
    await both_agree(place, ann, bob)
    said = await place.chat.say(ann, PRIVATE, bob, "ho", made=Made(prompt=prompt(("Bob", "x"))))
    await place.chat.correct(ann, said, "my own words to him")
    # As when he forgets what it answered.
    await place.database.write(lambda c: c.execute("DELETE FROM draft"))
    version = await place.database.write(lambda c: adapters.add(c, ann, "base", 20, 0.1, "", 9).id)
    await place.chat.forget_person(ann, bob)
    assert await rows(place, "SELECT 1 FROM correction") == []
    assert await place.database.read(lambda c: forgotten.versions(c, ann)) == {version}
    assert await with_own_words(place) == [ann]


async def test_a_report_of_somebody_in_general_stays_when_it_is_handled(place: Place, people: People) -> None:
    await place.database.write(lambda c: reports.add(c, people[0], people[1], None, "", False, "rude", 1))
    await place.database.write(lambda c: reports.handle(c, 1, 6))
    assert await rows(place, "SELECT id FROM report") == [(1,)]


async def test_who_forgets_somebody_takes_back_what_they_told_them_and_nothing_else(
    place: Place, people: People
) -> None:
    ann, bob, eve = people
    of_bob = await place.chat.say(bob, WORLD, 0, "hello all")
    private = await place.chat.say(ann, PRIVATE, bob, "hush")
    quoting = await place.chat.say(ann, WORLD, 0, "hello yourself", quote=of_bob)
    naming = await place.chat.say(ann, WORLD, 0, "oh @bob!")
    stays = [
        await place.chat.say(ann, WORLD, 0, "@Bobby is another"),
        await place.chat.say(ann, PRIVATE, eve, "@bob is odd"),
        await place.chat.say(bob, PRIVATE, ann, "his own"),
    ]
    assert await place.chat.forget_person(ann, bob) == 3
    assert await with_own_words(place) == [ann]
    assert {m for e in place.got(bob, Forgotten) for m in e.messages} == {private, quoting, naming}
    assert [n for (n,) in await rows(place, "SELECT id FROM message ORDER BY id")] == [of_bob, *stays]


async def test_who_forgets_somebody_keeps_what_they_told_whose_name_begins_with_theirs(
    place: Place, people: People
) -> None:
    ann, bob, _ = people
    await place.join("Bob-2")
    await place.join("राम")
    await place.join("रामा")
    for text in ("@Bob-2 at dawn?", "@bob-san, hi", "@Bob-2 and @bob", "@रामा hi", "@राम hi"):
        await place.chat.say(ann, WORLD, 0, text)
    assert await place.chat.forget_person(ann, bob) == 2
    assert await place.chat.forget_person(ann, bob + 3) == 1
    assert await rows(place, "SELECT text FROM message") == [("@Bob-2 at dawn?",), ("@रामा hi",)]


async def test_what_an_agent_learnt_in_talk_with_somebody_who_is_forgotten_is_learnt_from_no_more(
    place: Place, people: People
) -> None:
    ann, bob, eve = people
    of_bob = await place.chat.say(bob, WORLD, 0, "a joke of Bob's")
    await place.chat.say(eve, WORLD, 0, "a joke of Eve's")
    scene = json.dumps({"name": "Ann", "did": ["talked with Bob"]})
    mine = await place.chat.say(ann, WORLD, 0, "ha", scene=scene)
    await place.database.write(lambda c: consents.put(c, ann, bob, True, 1))
    for agent, speaker in ((ann, "Bob"), (ann, "Eve"), (eve, "Bob")):
        said = await place.chat.say(
            agent, WORLD, 0, "ho", made=Made(reply_to=of_bob, prompt=prompt((speaker, "x")))
        )
        await place.chat.correct(agent, said, "better")
    assert await place.chat.forget_person(ann, bob) == 0
    assert await with_own_words(place) == [ann], "what she would have said to Bob"
    (own,) = await place.database.read(lambda c: lessons.own_messages(c, ann, 10))
    assert own.id == mine and json.loads(own.scene or "") == {"name": "Ann", "did": []}
    assert [line.text for line in own.context] == ["a joke of Eve's"]
    kept = [await place.database.read(lambda c, p=p: lessons.preferences(c, p, 10)) for p in (ann, eve)]
    assert [len(found) for found in kept] == [1, 1], "of Ann's agent what it said to Eve, of Eve's all"
    left = await rows(place, "SELECT player FROM correction ORDER BY message")
    assert left == [(ann,), (eve,)], "what Ann would have said to Bob is gone, too"
    assert await place.database.read(lambda c: consents.given(c, ann)) == []
    assert await place.database.read(lambda c: forgotten.since(c, ann)) == Since(of_bob, version=1)
    later = await place.chat.say(bob, WORLD, 0, "another joke")
    await place.chat.say(ann, WORLD, 0, "ha ha")
    own = (await place.database.read(lambda c: lessons.own_messages(c, ann, 10)))[-1]
    assert [line.text for line in own.context if line.speaker == "Bob"] == ["another joke"], later


async def test_who_forgets_somebody_has_nothing_left_that_tells_that_they_talked(
    place: Place, people: People
) -> None:
    """What was said to others, and preferred there, stays, in a scene without that."""
    ann, bob, eve = people
    did = ["gathered 2 stone", "talked with Bob", "talked with Eve"]
    scene = {"name": "Ann", "place": "Hollow", "near": ["Bob"], "did": did}
    to_eve = json.dumps({"scene": scene, "turns": [{"speaker": "Eve", "text": "talked with Bob"}]})
    for agent in (ann, eve):
        await place.chat.say(agent, WORLD, 0, "ha", scene=json.dumps(scene))
        said = await place.chat.say(agent, WORLD, 0, "ho", made=Made(prompt=to_eve))
        await place.chat.correct(agent, said, "better")
        await place.database.write(
            lambda c, agent=agent: conducts.draft(c, agent, WORLD, 0, 0, "hm", 0, to_eve, 1)
        )
    await place.chat.forget_person(ann, bob)

    async def scenes(player: int) -> list[Any]:
        (own,) = await place.database.read(lambda c: lessons.own_messages(c, player, 10))
        (preferred,) = await place.database.read(lambda c: lessons.preferences(c, player, 10))
        (waiting,) = await place.database.read(lambda c: conducts.unsent(c, player))
        prompts = [json.loads(one) for one in (preferred.prompt, waiting.prompt)]
        assert all(one["turns"] == [{"speaker": "Eve", "text": "talked with Bob"}] for one in prompts)
        return [json.loads(own.scene or "null"), *(one["scene"] for one in prompts)]

    assert await scenes(ann) == [scene | {"did": ["gathered 2 stone", "talked with Eve"]}] * 3
    assert await scenes(eve) == [scene] * 3, "it is Ann who forgets him"


async def test_what_a_player_made_of_a_draft_goes_as_a_preference_when_what_it_answers_is_forgotten(
    place: Place, people: People
) -> None:
    ann, bob, eve = people

    async def sends(*turns: tuple[str, str]) -> int:
        await place.database.write(lambda c: conducts.draft(c, ann, WORLD, 0, 0, "ho", 0, prompt(*turns), 1))
        (waiting,) = await place.database.read(lambda c: conducts.unsent(c, ann))
        return await place.chat.say(ann, WORLD, 0, "ha", draft=waiting.id)

    async def preferred() -> list[int]:
        return [one.message for one in await place.database.read(lambda c: lessons.preferences(c, ann, 10))]

    asked = await place.chat.say(eve, WORLD, 0, "a secret")
    sent = [await sends(("Eve", "a secret")), await sends(("Bob", "x")), await sends(("Eve", "hello"))]
    assert await place.database.read(lambda c: conducts.unsent(c, ann)) == [], "it waits no more"
    assert await preferred() == sent
    await place.chat.forget_message(eve, asked)
    assert await preferred() == sent[1:]
    await place.chat.forget_person(ann, bob)
    assert await preferred() == sent[2:]
    assert len(await place.database.read(lambda c: lessons.own_messages(c, ann, 10))) == 3, "her words stay"


async def test_a_player_reads_what_their_agent_may_learn_from(place: Place, people: People) -> None:
    ann, bob, _ = people
    said = [await place.chat.say(ann, WORLD, 0, text) for text in ("one", "two")]
    await place.chat.say(ann, WORLD, 0, "her agent's", made=Made())
    await place.chat.say(ann, PRIVATE, bob, "without consent")
    rewritten = []
    for agent, text in ((ann, "Good day."), (ann, "Farewell."), (bob, "his agent's")):
        rewritten.append(await place.chat.say(agent, WORLD, 0, text, made=Made(prompt=prompt())))
        await place.chat.correct(agent, rewritten[-1], f"not {text}")
    await place.database.write(lambda c: imports.add(c, ann, [("older", 1), ("old", 2)], 9, 5))
    await place.database.write(lambda c: imports.add(c, bob, [("his", 1)], 9, 5))
    page = await place.chat.own_words(ann, SAID, 0)
    assert ([one.id for one in page.words], page.more) == ([said[1], said[0]], False)
    assert [one.text for one in (await place.chat.own_words(ann, SAID, said[1])).words] == ["one"]
    page = await place.chat.own_words(ann, REWRITTEN, 0)
    assert [(one.said, one.text) for one in page.words] == [
        ("Farewell.", "not Farewell."),
        ("Good day.", "not Good day."),
    ]
    assert len((await place.chat.own_words(ann, REWRITTEN, rewritten[1])).words) == 1
    page = await place.chat.own_words(ann, IMPORTED, 0)
    assert [(one.text, one.time) for one in page.words] == [("old", 2), ("older", 1)]
    assert [one.text for one in (await place.chat.own_words(ann, IMPORTED, page.words[0].id)).words] == [
        "older"
    ]


async def test_what_an_agent_may_learn_from_comes_in_pages(place: Place, people: People) -> None:
    ann = people[0]
    lines = [(f"line {i}", i) for i in range(PAGE + 1)]
    await place.database.write(lambda c: imports.add(c, ann, lines, 99, 5))
    page = await place.chat.own_words(ann, IMPORTED, 0)
    assert (len(page.words), page.more) == (PAGE, True)
    rest = await place.chat.own_words(ann, IMPORTED, page.words[-1].id)
    assert ([one.text for one in rest.words], rest.more) == (["line 0"], False)


@pytest.mark.parametrize("fact", [{"near": ["Bob"]}, {"did": ["talked with Bob"]}, {"agreed": ["meet Bob"]}])
async def test_a_scene_that_was_put_together_before_a_player_was_deleted_is_not_stored_afterwards(
    place: Place, people: People, fact: dict[str, list[str]]
) -> None:
    ann, bob, _ = people
    scene = json.dumps(
        {"name": "Ann", "near": ["Eve"], "did": ["gathered 2 stone", "talked with Eve"]} | fact
    )

    def agree(c: sqlite3.Connection) -> None:
        said = [messages.insert(c, WORLD, bob, text, 1).id for text in ("shall we meet?", "at noon")]
        agreements.add(c, Agreement(ann, bob, WORLD, *said, "meet Bob", 1))

    await place.database.write(agree)
    await place.chat.say(ann, WORLD, 0, "hm", scene=scene)
    assert await rows(place, "SELECT scene FROM message WHERE text = 'hm'") == [(scene,)]
    deleting = place.database.write(lambda c: accounts.delete(c, bob))
    saying = place.chat.say(ann, WORLD, 0, "ho", scene=scene)
    await asyncio.gather(deleting, saying)
    assert await rows(place, "SELECT scene FROM message") == [(None,), (None,)]
