"""From the store's rows to what the training takes: what a player said, and what was preferred to their agent's words.

The store has already left out what agents wrote and private talk without both consents.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nanoverse.learning.cleaning import secret, unfit
from nanoverse.learning.dialogue import TALK_SPAN_S, TURNS, Scene, Turn, prompt_from_json
from nanoverse.learning.dpo import Preference
from nanoverse.learning.examples import Example, Said
from nanoverse.learning.votes import Judged, Vote, heard, judged
from nanoverse.protocol import CHANNELS, PRIVATE
from nanoverse.store import lessons
from nanoverse.store.lessons import Line, OwnMessage

Prompt = tuple[Scene, tuple[Turn, ...]]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What others picked among an agent's drafts, and how its owner would have said it: kept apart, because a pick
    is still an agent's text, but a rewrite is the player's own. `judged` are single replies, liked or disliked.
    `sent` is what the owner made of drafts before they sent them: their own, too, and among what they said already."""

    picked: tuple[Preference, ...]
    rewritten: tuple[Preference, ...]
    judged: tuple[Judged, ...] = ()
    sent: tuple[Preference, ...] = ()


def said(name: str, rows: Iterable[OwnMessage]) -> list[Said]:
    """A player's own messages with their contexts; `name` stands for a scene that was not kept.

    A message is said to whom it was sent in private, else to who spoke last before it in that talk.
    """
    return [_said(name, row) for row in rows]


def _said(name: str, row: OwnMessage) -> Said:
    heard = _turns(name, row)
    turns = _without_secrets(heard)
    return Said(
        id=row.id,
        text=row.text,
        time=row.time,
        scene=Scene.from_json(row.scene) if row.scene else Scene(name, talk=CHANNELS[row.channel]),
        turns=turns,
        partner=row.to or (heard[-1].speaker if heard else ""),
        # What stands right before it is the player's own, or left out: a secret, or forgotten.
        continues=bool(turns)
        and (row.after_forgotten or turns[-1] != Turn(row.context[-1].speaker, row.context[-1].text)),
    )


def _without_secrets(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """What others told of secrets is not learnt beside the player's words: a lesson also asks that others' words are
    guessed as before, and a secret is nothing to guess. Such a turn is left out whole, as the turns that serving leaves
    out are, so the format is one; an agent that speaks has it in sight, for it is what was said to it."""
    return tuple(turn for turn in turns if secret(turn.text) is None)


def withheld(name: str, rows: Iterable[OwnMessage]) -> tuple[Example, ...]:
    """What must not be learnt from, as a model would be asked for it."""
    return tuple(one.example for one in said(name, rows))


def _turns(name: str, row: OwnMessage) -> tuple[Turn, ...]:
    """What others had said before.

    The player's own earlier lines are left out: a model copies the manner that it sees there, so with them in sight
    there is little left for the adapter to learn, and it would speak like its player only where its player has
    spoken already (measured: docs/learning-measured.md).
    """

    def belongs(line: Line) -> bool:
        recent = row.channel == PRIVATE or row.time - line.time <= TALK_SPAN_S * 1000
        return recent and line.speaker != name

    return tuple(Turn(line.speaker, line.text) for line in row.context if belongs(line))[-TURNS:]


def preferences(rows: Sequence[lessons.Preference], voted: Sequence[lessons.Vote] = ()) -> Preferences:
    """Pairs for the preference step, of rows that are oldest first; a prompt that cannot be read any more is left out
    with its pairs, and so are one person's picks beyond what one person may say."""
    read = [(row, prompt) for row in rows if (prompt := _prompt(row.prompt))]
    picks = [one for one in read if not one[0].corrected]
    counted = itertools.compress(picks, heard([row.by for row, _ in picks]))
    votes = [
        Vote(row.message, row.voter, row.owner, row.like, *prompt, row.reply)
        for row in voted
        if (prompt := _prompt(row.prompt)) and unfit(row.reply) is None
    ]
    rewrites = (one for one in read if one[0].corrected and not one[0].sent)
    sent = (one for one in read if one[0].sent)
    return Preferences(_pairs(counted), _pairs(rewrites), tuple(judged(votes)), _pairs(sent))


def _pairs(read: Iterable[tuple[lessons.Preference, Prompt]]) -> tuple[Preference, ...]:
    return tuple(
        Preference(*prompt, row.chosen, rejected) for row, prompt in read for rejected in row.rejected
    )


def _prompt(raw: str) -> Prompt | None:
    """What was asked, without the speaker's own earlier lines and without secrets, as in `said`: what stands right
    behind one of these answers nobody. None if it cannot be read."""
    try:
        scene, turns = prompt_from_json(raw)
    except (ValueError, KeyError, TypeError):
        return None
    left = _without_secrets(turn for turn in turns if turn.speaker != scene.name)
    return scene, left if left and left[-1] == turns[-1] else ()
