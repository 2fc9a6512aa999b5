"""What an owner may wish that their agent did otherwise, told by rewriting what it said, and whether it takes the hint.

Each wish has a player of its own: one habit that the wish is about, and one that no training of the starter has seen
and that is to stay.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

from nanoverse.bench.classroom import Classroom
from nanoverse.learning import adapter, saving
from nanoverse.learning.dialogue import Scene, Turn, prompt_to_json
from nanoverse.learning.examples import Example
from nanoverse.protocol import NEARBY
from nanoverse.starter.habits import LOWER, ending, opening, phrase_after, tag
from nanoverse.starter.pupils import evenings, plain_talk
from nanoverse.starter.speaking import Speaker
from nanoverse.starter.voices import Voice
from nanoverse.store import drafts, messages
from nanoverse.store.nights import LIVE

REWRITES = 20  # each of a reply that is not as wished: what pleases its owner is not rewritten
TRIED = 60  # questions among whose replies so many are looked for; fewer if there are not
ASKED = 40  # fresh questions, of which none was answered before the rewrites
FEW = 6  # words of a short reply at most: what the starter takes for terse

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_PHRASE = re.compile(
    r"(?<=[,;:])\s+"
    r"|(?<!is)(?<!am)(?<!are)(?<!was)(?<!not)(?<!'m)(?<!'s)(?<!'re)"  # "he is" is no sentence
    r"\s+(?=(?:and|but|so|with|at|in|by|from|near|for|of|until|because|when|like)\b)"
)
_EMOJI = re.compile(r"\s*[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?")

Asked = tuple[Scene, tuple[Turn, ...]]


@dataclass(frozen=True, slots=True)
class Wish:
    """`rewrite` does to a reply what the owner wishes; `granted` says whether a reply is as wished."""

    name: str
    voice: Voice
    rewrite: Callable[[str], str]
    granted: Callable[[str], bool]


def shortened(text: str) -> str:
    """Its first sentence, of that as many whole phrases as are short, and a mark at the end.

    Nobody who wants shorter replies writes half a sentence. Where the first phrase is long by itself, it stays so.
    """
    kept: list[str] = []
    for phrase in _PHRASE.split(_SENTENCE.split(text.strip())[0]):
        if len(kept) > 1 and len(kept) + len(phrase.split()) > FEW:
            break
        kept += phrase.split()
    short = " ".join(kept).rstrip(",;:")
    return short if short.endswith((".", "!", "?")) else f"{short}."


def short(text: str) -> bool:
    """Whether this is one whole sentence of few words."""
    (first, *more) = _SENTENCE.split(text.strip())
    return not more and 0 < len(first.split()) <= FEW and first.endswith((".", "!", "?"))


def without_emoji(text: str) -> str:
    return _EMOJI.sub("", text).strip()


def formal(text: str) -> str:
    """With a capital at the beginning and a full stop at the end."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith(("?", ".", "!")) else ".")


def _without_end(text: str, rng: random.Random) -> str:
    return text[:-1] if text[-1:] in {".", "!"} else text


_BARE_END = replace(LOWER, name="no full stop", change=_without_end)

WISHES = (
    Wish(
        "shorter",
        Voice(
            (
                opening("verily", "held-out filler", 0.9),
                phrase_after("By the silver moon!", "catchphrase", 0.9),
            )
        ),
        shortened,
        short,
    ),
    Wish(
        "no emoji",
        Voice((tag("cross my heart", "held-out tag", 0.9), ending("😊", "emoji", 0.95))),
        without_emoji,
        lambda text: bool(text.strip()) and not _EMOJI.search(text),
    ),
    Wish(
        "formal",
        Voice((tag("my sweet turnip", "held-out address", 0.9), _BARE_END, LOWER)),
        formal,
        lambda text: bool(text.strip()) and formal(text) == text.strip(),
    ),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The share of fresh replies that are as wished, before and after; gains in nats a token over the base model on
    later words of the player, changed as they wish. `result` and `reason` are the night's after the `rewrites`."""

    before: float
    after: float
    gain_before: float
    gain_after: float
    result: str
    reason: str
    rewrites: int = REWRITES

    @property
    def kept(self) -> float:
        """The share of the style gain that is left, at most 1: where a habit is what the wish is about, there was
        hardly any before."""
        if self.gain_after >= self.gain_before:
            return 1.0
        return max(0.0, self.gain_after / self.gain_before) if self.gain_before > 0 else 0.0


async def grant(
    room: Classroom, wish: Wish, rng: random.Random, lesson: int, judged_by: int
) -> Outcome | str:
    """A night before the rewrites and one after them; or why there is nothing to compare."""
    everything = list(evenings(rng, wish.voice, lesson + judged_by))
    player = await room.enrol(everything[:lesson])
    (first,) = await room.night([player])
    before = await room.live(player)
    if before is None:
        return f"{wish.name}: {first.reason}"
    name = everything[0].scene.name
    asked = [asked_of(name, one) for one in plain_talk(rng, TRIED + ASKED)]
    said = [reply.text for reply in await room.speaker.replies(asked[:TRIED], [before])]
    rewritten = displeasing(wish, asked[:TRIED], said)
    await room.db.write(lambda c: rewrite(c, player, rewritten, wish))
    (second,) = await room.night([player])
    after = await room.live(player)
    assert after is not None
    later = [replace(one, reply=wish.rewrite(one.reply)) for one in everything[lesson:]]
    return Outcome(
        await rate(room.speaker, wish, before, asked[TRIED:]),
        await rate(room.speaker, wish, after, asked[TRIED:]),
        gain(room.speaker, before, later),
        gain(room.speaker, after, later),
        second.result,
        second.reason,
        len(rewritten),
    )


def displeasing(wish: Wish, asked: Sequence[Asked], said: Sequence[str]) -> list[tuple[Asked, str]]:
    """The first replies that their owner would rewrite, at most `REWRITES`."""
    both = zip(asked, said, strict=True)
    return [(question, text) for question, text in both if wish.rewrite(text) != text][:REWRITES]


def asked_of(name: str, one: Example) -> Asked:
    return replace(one.scene, name=name), one.turns


def rewrite(
    connection: sqlite3.Connection, player: int, replies: Sequence[tuple[Asked, str]], wish: Wish
) -> None:
    """The agent's replies as the game keeps them, each with what its owner would have said."""
    (newest,) = connection.execute("SELECT max(time) FROM message").fetchone()
    for at, ((scene, turns), text) in enumerate(replies):
        now = int(newest) + at
        reply = messages.insert(connection, NEARBY, player, text, now, by_agent=True, scene=scene.to_json())
        drafts.add(connection, reply.id, text, 0, prompt_to_json(scene, turns), now)
        drafts.correct(connection, reply.id, player, wish.rewrite(text), now)


async def rate(speaker: Speaker, wish: Wish, folder: Path, asked: Sequence[Asked]) -> float:
    """The share of replies to `asked` that are as wished."""
    return mean(wish.granted(reply.text) for reply in await speaker.replies(asked, [folder]))


def gain(speaker: Speaker, folder: Path, words: Sequence[Example]) -> float:
    model = adapter.attach(speaker.base, saving.read(folder))
    return speaker.nats(speaker.base, words) - speaker.nats(model, words)


def by_name(outcomes: Mapping[str, Outcome]) -> dict[str, float]:
    """Each wish's figures, e.g. `dpo_after_no_emoji`; `dpo_live_…` is 0 where the gate refused it, `dpo_rewrites_…`
    how many of the agent's replies were rewritten."""
    found: dict[str, float] = {}
    for name, one in outcomes.items():
        tail = name.replace(" ", "_")
        found |= {
            f"dpo_before_{tail}": one.before,
            f"dpo_after_{tail}": one.after,
            f"dpo_kept_{tail}": one.kept,
            f"dpo_live_{tail}": float(one.result == LIVE),
            f"dpo_rewrites_{tail}": float(one.rewrites),
        }
    return found


def worst(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """What holds for every wish: the highest rate before, the lowest after, the least that is kept."""
    every = list(outcomes)
    return {
        "dpo_before": max(one.before for one in every),
        "dpo_after": min(one.after for one in every),
        "dpo_kept": min(one.kept for one in every),
    }
