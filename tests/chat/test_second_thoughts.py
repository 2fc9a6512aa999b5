"""Another answer, the pick, and what the owner would have said."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from place import Place

from nanoverse.chat import answers
from nanoverse.chat.errors import ChatError, TooFast
from nanoverse.chat.events import DraftsOffered, Replaced, Said
from nanoverse.chat.moderation import BLOCKED, MUTED
from nanoverse.chat.speaking import Made
from nanoverse.protocol import PRIVATE, REWRITTEN, WORLD
from nanoverse.store import adapters, drafts, forgotten, lessons
from nanoverse.store.forgotten import Since

People = tuple[int, int, int]
PROMPT = '{"scene":{"name":"Ann"},"turns":[{"speaker":"Bob","text":"hey Ann"}]}'


async def answered(place: Place, people: People, channel: int = WORLD) -> int:
    """Bob says something, Ann's agent answers; returns the answer's id."""
    ann, bob, _ = people
    asked = await place.chat.say(bob, channel, ann if channel == PRIVATE else 0, "hey Ann")
    to = bob if channel == PRIVATE else 0
    answer = await place.chat.say(
        ann, channel, to, "Good day.", made=Made(reply_to=asked, prompt=PROMPT, version=3)
    )
    place.delivered.clear()
    return answer


async def offered(place: Place, people: People) -> tuple[int, dict[str, int]]:
    """The answer has a second draft; returns its id and the drafts by text."""
    answer = await answered(place, people)
    await place.chat.add_draft(people[1], answer, "hiya", 4)
    made = await place.database.read(lambda c: drafts.of(c, answer))
    return answer, {draft.text: draft.id for draft in made}


async def test_the_partner_may_ask_whose_agent_is_to_think_again(place: Place, people: People) -> None:
    for channel in (WORLD, PRIVATE):
        answer = await answered(place, people, channel)
        assert await place.chat.check_another(people[1], answer) == people[0]


async def test_nobody_but_the_partner_may_ask_add_or_pick(place: Place, people: People) -> None:
    ann, _, eve = people
    answer, made = await offered(place, people)
    for player in (ann, eve):
        for call in (
            place.chat.check_another(player, answer),
            place.chat.pick(player, answer, made["hiya"]),
            place.chat.add_draft(player, answer, "x", 0),
        ):
            with pytest.raises(ChatError, match="Only the one"):
                await call


@pytest.mark.parametrize(
    ("level", "channel", "heard"),
    [(BLOCKED, WORLD, False), (BLOCKED, PRIVATE, False), (MUTED, WORLD, False), (MUTED, PRIVATE, True)],
)
async def test_whom_a_player_does_not_hear_there_changes_nothing_that_their_agent_said(
    place: Place, people: People, level: int, channel: int, heard: bool
) -> None:
    ann, bob, _ = people
    answer = await answered(place, people, channel)
    await place.chat.add_draft(bob, answer, "hiya", 4)
    other = (await place.database.read(lambda c: drafts.of(c, answer)))[-1].id
    await place.chat.shun(ann, bob, level)
    calls = (
        lambda: place.chat.check_another(bob, answer),
        lambda: place.chat.add_draft(bob, answer, "ho", 4),
        lambda: place.chat.pick(bob, answer, other),
    )
    for call in calls:
        with (
            contextlib.nullcontext() if heard else pytest.raises(ChatError, match="There is no other answer")
        ):
            await call()


async def test_there_is_no_other_answer_to_what_a_human_said(place: Place, people: People) -> None:
    said = await place.chat.say(people[0], PRIVATE, people[1], "my own words")
    with pytest.raises(ChatError, match="Only the one"):
        await place.chat.check_another(people[1], said)


async def test_there_is_no_other_answer_where_no_model_was_asked(place: Place, people: People) -> None:
    waking = await place.chat.say(people[0], PRIVATE, people[1], "still waking up", made=Made())
    with pytest.raises(ChatError, match="Only the one"):
        await place.chat.check_another(people[1], waking)


async def test_the_drafts_are_offered_to_the_partner_alone_and_do_not_tell_which_was_first(
    place: Place, people: People
) -> None:
    answer = await answered(place, people)
    await place.chat.add_draft(people[1], answer, "\x07Ahoy ", 4)
    ((event, recipients),) = place.delivered
    assert isinstance(event, DraftsOffered) and event.message == answer and recipients == (people[1],)
    assert [draft.text for draft in event.drafts] == ["Ahoy", "Good day."]
    assert [draft.version for draft in event.drafts] == [4, 3]


async def test_a_draft_that_says_the_same_again_is_refused(place: Place, people: People) -> None:
    answer = await answered(place, people)
    with pytest.raises(ChatError, match="No other answer came to mind"):
        await place.chat.add_draft(people[1], answer, "Good day.", 3)
    assert place.delivered == []


async def test_when_there_are_enough_drafts_they_are_offered_again_instead_of_more(
    place: Place, people: People
) -> None:
    answer = await answered(place, people)
    for n in range(answers.MOST - 1):
        await place.chat.check_another(people[1], answer)
        await place.chat.add_draft(people[1], answer, f"answer {n}", 3)
    before = len(place.got(people[1], DraftsOffered))
    with pytest.raises(ChatError, match="enough answers"):
        await place.chat.check_another(people[1], answer)
    with pytest.raises(ChatError, match="No other answer"):
        await place.chat.add_draft(people[1], answer, "one too many", 3)
    offers = place.got(people[1], DraftsOffered)
    assert len(offers) == before + 1
    assert isinstance(offers[-1], DraftsOffered) and len(offers[-1].drafts) == answers.MOST


async def test_the_picked_answer_replaces_the_text_for_all_who_see_it(place: Place, people: People) -> None:
    answer, made = await offered(place, people)
    await place.chat.pick(people[1], answer, made["hiya"])
    assert place.delivered[-1] == (Replaced(answer, "hiya", 4), people)
    (*_, message) = (await place.chat.history(people[2], WORLD, 0, 0)).messages
    assert (message.id, message.text, message.version, message.by_agent) == (answer, "hiya", 4, True)


async def test_an_answer_is_picked_once(place: Place, people: People) -> None:
    answer, made = await offered(place, people)
    picks = [place.chat.pick(people[1], answer, draft) for draft in made.values()]
    outcomes = await asyncio.gather(*picks, return_exceptions=True)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], ChatError) and "picked already" in str(outcomes[1])
    for call in (
        place.chat.check_another(people[1], answer),
        place.chat.add_draft(people[1], answer, "late", 3),
    ):
        with pytest.raises(ChatError, match="picked already"):
            await call


async def test_only_what_was_offered_can_be_picked(place: Place, people: People) -> None:
    lone = await answered(place, people)
    (only,) = await place.database.read(lambda c: drafts.of(c, lone))
    _, made = await offered(place, people)
    for draft in (only.id, made["hiya"], 999):
        with pytest.raises(ChatError, match="not among those"):
            await place.chat.pick(people[1], lone, draft)


async def test_a_correction_is_stored_for_the_owner_and_never_shown_as_if_said(
    place: Place, people: People
) -> None:
    ann, _, _ = people
    answer = await answered(place, people)
    await place.chat.correct(ann, answer, " hiya~ ")
    assert place.delivered == []
    (*_, message) = (await place.chat.history(people[1], WORLD, 0, 0)).messages
    assert message.text == "Good day."
    page = await place.chat.agent_words(ann, 0)
    assert [(words.prompted_by, words.correction) for words in page.words] == [
        ("hey Ann", "hiya~")
    ] and not page.more
    (preference,) = await place.database.read(lambda c: lessons.preferences(c, ann, 10))
    assert (preference.prompt, preference.chosen, preference.rejected) == (PROMPT, "hiya~", ("Good day.",))


async def test_only_the_owner_corrects_and_only_what_the_agent_said(place: Place, people: People) -> None:
    ann, bob, _ = people
    answer = await answered(place, people)
    own = await place.chat.say(ann, WORLD, 0, "my own words")
    for player, message in ((bob, answer), (ann, own), (ann, 999)):
        with pytest.raises(ChatError, match="your own agent"):
            await place.chat.correct(player, message, "better")
    with pytest.raises(ChatError, match="nothing in this message"):
        await place.chat.correct(ann, answer, "  ")


async def test_taking_an_answer_back_is_told_to_whom_dislikes_are_told(place: Place, people: People) -> None:
    ann, bob, _ = people
    told: list[int] = []
    place.chat.subscribe_dislikes(told.append)
    answer = await answered(place, people)
    with pytest.raises(ChatError, match="your own agent"):
        await place.chat.take_back(bob, answer)
    assert told == []
    await place.chat.take_back(ann, answer)
    assert told == [ann]


async def test_a_rewrite_stays_when_the_message_is_taken_back_and_can_be_withdrawn(
    place: Place, people: People
) -> None:
    ann, bob, _ = people
    answer = await answered(place, people)
    await place.chat.correct(ann, answer, "hiya~")
    await place.chat.take_back(ann, answer)
    assert (await place.chat.agent_words(ann, 0)).words == ()
    (preference,) = await place.database.read(lambda c: lessons.preferences(c, ann, 10))
    assert preference.chosen == "hiya~", "what she would have said is hers, and still learnt"
    (word,) = (await place.chat.own_words(ann, REWRITTEN, 0)).words
    assert (word.id, word.said, word.text) == (answer, "Good day.", "hiya~"), "and she sees that it is"
    with pytest.raises(ChatError, match="not rewritten"):
        await place.chat.forget_rewrite(bob, answer)
    await place.chat.forget_rewrite(ann, answer)
    assert (await place.chat.own_words(ann, REWRITTEN, 0)).words == ()
    assert await place.database.read(lambda c: lessons.preferences(c, ann, 10)) == []
    with pytest.raises(ChatError, match="not rewritten"):
        await place.chat.forget_rewrite(ann, answer)


async def test_versions_from_the_first_rewrite_on_go_with_it_and_older_ones_stay(
    place: Place, people: People
) -> None:
    ann = people[0]
    answer = await answered(place, people)
    made = [await place.database.write(lambda c: adapters.add(c, ann, "base", 9, 0.1, "", 1).id)]
    for text in ("hiya~", "hey~"):
        place.time += 5000
        await place.chat.correct(ann, answer, text)
        made.append(await place.database.write(lambda c: adapters.add(c, ann, "base", 9, 0.1, "", 1).id))
    (word,) = (await place.chat.own_words(ann, REWRITTEN, 0)).words
    assert (word.text, word.time) == ("hey~", 1_010_000)
    assert (await place.chat.agent_words(ann, 0)).words[0].correction == "hey~"
    await place.chat.forget_rewrite(ann, answer)
    assert await place.database.read(lambda c: forgotten.since(c, ann)) == Since(version=made[1]), (
        "the first was learnt, too"
    )
    assert await place.database.read(lambda c: forgotten.versions(c, ann)) == set(made[1:])
    assert (await place.chat.agent_words(ann, 0)).words[0].correction == ""


async def test_a_private_rewrite_that_was_never_learnt_takes_no_version_with_it(
    place: Place, people: People
) -> None:
    ann, bob, _ = people
    answer = await answered(place, people, PRIVATE)
    await place.chat.correct(ann, answer, "hiya~")
    assert (await place.chat.own_words(ann, REWRITTEN, 0)).words == (), "it may not be learnt from"
    await place.chat.forget_rewrite(ann, answer)
    assert await place.database.read(lambda c: forgotten.since(c, ann)) is None
    await place.chat.correct(ann, answer, "hiya~")
    for one, other in ((ann, bob), (bob, ann)):
        await place.chat.consent(one, other, True)
    assert [word.text for word in (await place.chat.own_words(ann, REWRITTEN, 0)).words] == ["hiya~"]
    await place.chat.forget_rewrite(ann, answer)
    assert await place.database.read(lambda c: forgotten.since(c, ann)) is not None


async def test_nobody_withdraws_without_end(place: Place, people: People) -> None:
    for _ in range(10):
        with pytest.raises(ChatError, match="not rewritten"):
            await place.chat.forget_rewrite(people[0], 1)
    with pytest.raises(TooFast, match="Too much forgetting"):
        await place.chat.forget_rewrite(people[0], 1)


async def test_consent_counts_for_private_words_once_both_sides_gave_it(place: Place, people: People) -> None:
    ann, bob, _ = people
    await place.chat.say(ann, PRIVATE, bob, "psst")

    async def learnt() -> int:
        return len(await place.database.read(lambda c: lessons.own_messages(c, ann, 10)))

    assert not await place.chat.consent(ann, bob, True)
    assert await learnt() == 0
    assert await place.chat.consent(bob, ann, True), "now both allow it"
    assert await learnt() == 1
    assert not await place.chat.consent(bob, ann, False)
    assert await learnt() == 0
    for peer in (ann, 999):
        with pytest.raises(ChatError):
            await place.chat.consent(ann, peer, True)


async def test_an_offer_says_who_the_partner_is(place: Place, people: People) -> None:
    asked = await place.chat.say(people[1], WORLD, 0, "hey Ann")
    await place.chat.say(people[0], WORLD, 0, "hi", made=Made(reply_to=asked, prompt=PROMPT))
    event = place.got(people[2], Said)[-1]
    assert isinstance(event, Said) and event.message.partner == people[1]
