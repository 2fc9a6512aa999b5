"""What a player sees of their own agent's versions, and the choice among them, through real HTTP.

The desk stands on a real database and real adapter folders; the model, which none of this asks anything, is not loaded.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import torch
from aiohttp import web
from aiohttp.test_utils import TestServer
from house import Http, settle

from nanoverse.agents.locks import Locks
from nanoverse.agents.mind import Mind
from nanoverse.agents.voice import Voice
from nanoverse.config import Settings
from nanoverse.learning.adapter import AdapterState
from nanoverse.learning.registry import Registry
from nanoverse.protocol import WORLD
from nanoverse.store import accounts, consents, forgotten, learnt, messages, nights
from nanoverse.store.database import Database
from nanoverse.store.learnt import Answered, Learnt
from nanoverse.web.agent_desk import AgentDesk
from nanoverse.web.identity import Sessions
from nanoverse.web.security import HEADER

STATE = AdapterState({"peft_type": "LORA"}, {"weight": torch.zeros(2)})


@dataclass
class Desk:
    ann: int
    db: Database
    registry: Registry
    http: Http
    mind: Mind

    async def publish(self, base: str = "base") -> int:
        version, _ = await replace(self.registry, base=base).publish(self.ann, STATE, 20, 0.3, "better")
        return version.id

    async def portrait(self) -> dict[str, Any]:
        status, content = await self.http.get("api/me/agent")
        assert status == 200
        return content

    async def speaks(self) -> int:
        return next((v["id"] for v in (await self.portrait())["versions"] if v["live"]), 0)


@contextlib.asynccontextmanager
async def desk(folder: Path, **changes: int) -> AsyncIterator[Desk]:
    """Ann, logged in, at the desk of a world."""
    ann = (await settle(folder / "data", "Ann"))["Ann"]
    async with await Database.open(folder / "data") as db:
        settings = Settings(data=folder / "data", adapters=folder / "adapters", **changes)
        voice = Voice(settings, db)
        mind = Mind(settings, db, voice)
        mind.registry = Registry(db, settings.adapters, "base")
        application = web.Application()
        AgentDesk(settings, db, Sessions(db, Locks(db)), mind, voice).add_routes(application)
        headers = {HEADER: "1", "Cookie": "nanoverse=token-of-Ann"}
        async with TestServer(application) as server, aiohttp.ClientSession(headers=headers) as session:
            yield Desk(ann, db, mind.registry, Http(str(server.make_url("/")), session), mind)


async def test_a_choice_holds_until_it_is_taken_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        first, second = await at.publish(), await at.publish()
        assert (await at.speaks(), (await at.portrait())["chosen"]) == (second, False)
        assert await at.http.post("api/me/agent/live", version=first) == (200, {"live": first})
        third = await at.publish()
        portrait = await at.portrait()
        assert (await at.speaks(), portrait["chosen"]) == (first, True)
        assert [version["id"] for version in portrait["versions"]] == [third, second, first]
        assert await at.http.post("api/me/agent/newest") == (200, {"live": third})
        assert (await at.speaks(), (await at.portrait())["chosen"]) == (third, False)
        fourth = await at.publish()
        assert await at.speaks() == fourth, "and so does each later one"


async def test_versions_for_another_base_model_are_marked_and_cannot_be_chosen(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        old = await at.publish("old")
        (shown,) = (await at.portrait())["versions"]
        assert shown["other_model"], "the base model speaks"
        new = await at.publish()
        assert [one["other_model"] for one in (await at.portrait())["versions"]] == [False, True]
        status, answer = await at.http.post("api/me/agent/live", version=old)
        assert status == 404
        assert answer["error"] == f"Version {old} was made for another model (old) and cannot speak."
        assert await at.speaks() == new


async def test_while_no_model_is_loaded_no_version_is_known_to_be_for_another(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.publish("old")
        at.mind.registry = None
        assert [one["other_model"] for one in (await at.portrait())["versions"]] == [False]


async def test_of_what_was_brought_its_player_sees_what_the_gate_said_that_it_waits_and_that_it_went(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as at:
        brought, _ = await at.registry.publish(at.ann, STATE, 0, 0.0, "Too little.", waits=True)
        await at.publish()
        made, waiting = (await at.portrait())["versions"]
        assert (made["imported"], made["waits"]) == (False, False)
        assert (waiting["imported"], waiting["waits"], waiting["note"]) == (True, True, "Too little.")
        assert (await at.portrait())["let_go"] == []
        await at.db.write(lambda c: forgotten.mark(c, [at.ann], forgotten.Since(0), own=True))
        await at.registry.drop_forgotten(at.ann)
        portrait = await at.portrait()
        assert portrait["versions"] == []
        assert [one["id"] for one in portrait["let_go"]] == [brought.id]


async def test_the_bare_model_can_be_chosen_and_holds_too(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.publish()
        assert await at.http.post("api/me/agent/live", version=0) == (200, {"live": 0})
        second = await at.publish()
        assert (await at.speaks(), (await at.portrait())["chosen"]) == (0, True)
        assert await at.http.post("api/me/agent/live", version=second) == (200, {"live": second})
        assert not (await at.portrait())["chosen"], "choosing the newest takes the choice back"


async def test_a_player_is_told_what_the_last_training_went_by_and_what_it_left_out(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        assert (await at.portrait())["report"] is None

        def record(connection: sqlite3.Connection) -> None:
            night = nights.start(connection, "", 4711)
            left_out = {"password": 2, "repeat": 1}
            result = nights.NightResult(
                night, at.ann, "refused", "So it is.", 0.1, 9.0, "gain 0.1", 61, left_out
            )
            nights.record(connection, result)

        await at.db.write(record)
        assert (await at.portrait())["report"] == {
            "time": 4711,
            "result": "refused",
            "reason": "So it is.",
            "messages": 61,
            "left_out": 3,
            "left_out_because": ["2 looked like a password or a key", "1 repeated another one of yours"],
        }


async def test_a_player_sees_how_they_write_by_the_messages_that_are_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        assert (await at.portrait())["profile"] is None
        said = [
            "mossy lake",
            "so mossy and cold around here",
            "that mossy hill",
            "my password is Hunter22x",
            "so mossy and cold around here!",
        ]

        def talk(connection: sqlite3.Connection) -> None:
            for i, text in enumerate(said):
                messages.insert(connection, WORLD, at.ann, text, 3_600_000 * i)
            messages.insert(connection, WORLD, at.ann, "ONLY THE AGENT SHOUTS", 0, by_agent=True)

        await at.db.write(talk)
        profile = (await at.portrait())["profile"]
        assert profile["messages"] == 3, "a secret and the older of two alike are left out"
        assert profile["words"] == [["mossy", 3]] and profile["shouted"] == 0
        assert [hour for hour, count in enumerate(profile["hours"]) if count] == [0, 2, 4]


async def test_only_what_is_fit_to_learn_from_is_counted_however_much_was_said_since(tmp_path: Path) -> None:
    async with desk(tmp_path, min_messages=4, window_messages=16) as at:

        def talk(connection: sqlite3.Connection) -> None:
            for text in ("the old mill", "an owl at night", "soup is ready"):
                messages.insert(connection, WORLD, at.ann, text, 1)
            for i in range(20):
                messages.insert(connection, WORLD, at.ann, f"https://example.org/{i}", 2)

        await at.db.write(talk)
        assert (await at.portrait())["profile"]["messages"] == 3, "older ones count where the newest do not"
        await at.db.write(lambda c: messages.insert(c, WORLD, at.ann, "who took the ladder?", 3))
        assert (await at.portrait())["profile"]["messages"] == 4
        for i in range(20):
            text = f"{chr(97 + i) * 3} number {i} is another thing"
            await at.db.write(lambda c, text=text: messages.insert(c, WORLD, at.ann, text, 4))
        assert (await at.portrait())["profile"]["messages"] == 16, "a lesson takes no more than its window"


async def test_a_player_sees_each_consent_of_theirs_and_whether_it_counts_but_none_of_others(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as at:

        def agree(connection: sqlite3.Connection) -> list[int]:
            others = [accounts.create(connection, name, name, "", 0, 1).id for name in ("Bob", "Eve", "Mia")]
            bob, eve, mia = others
            for one, other in ((at.ann, bob), (bob, at.ann), (at.ann, eve), (mia, at.ann)):
                consents.put(connection, one, other, True, 1)
            return others

        bob, eve, _ = await at.db.write(agree)
        assert (await at.portrait())["private_consent"] == [
            {"peer": bob, "name": "Bob", "mutual": True},
            {"peer": eve, "name": "Eve", "mutual": False},
        ]


async def test_a_player_is_shown_what_a_version_learnt(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        bob = await at.db.write(lambda c: accounts.create(c, "Bob", "bob", "", 0, 1))
        version = await at.publish()
        assert (await at.portrait())["versions"][0]["learnt"] is None
        answer = Answered("Bob", "hi there", "hello", "hey ~")
        shown = Learnt(version, 3, -0.1, True, ("mossy",), ("mossy hill",), (answer,))
        await at.db.write(lambda c: learnt.put(c, shown))
        assert (await at.portrait())["versions"][0]["learnt"] == {
            "version": version,
            "compared": 3,
            "gain": -0.1,
            "heeded": True,
            "words": ["mossy"],
            "phrases": ["mossy hill"],
            "answers": [{"speaker": "Bob", "heard": "hi there", "before": "hello", "after": "hey ~"}],
        }
        await at.db.write(lambda c: accounts.delete(c, bob.id))
        assert (await at.portrait())["versions"][0]["learnt"]["answers"] == [], "his words go with him"


async def test_why_a_training_failed_is_for_the_admin(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:

        def record(connection: sqlite3.Connection) -> None:
            night = nights.start(connection, "", 4711)
            failed = nights.NightResult(night, at.ann, nights.FAILED, "No space in /srv/nano.", None, 9.0)
            nights.record(connection, failed)

        await at.db.write(record)
        assert "/srv" not in (await at.portrait())["report"]["reason"]


async def test_how_to_start_with_a_better_model_is_told_to_the_admin_only(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        assert (await at.portrait())["model"]["advice"] == ""
        await at.db.write(lambda c: accounts.make_admin(c, at.ann))
        assert "--model" in (await at.portrait())["model"]["advice"]


async def test_a_version_that_never_was_cannot_be_chosen(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        first = await at.publish()
        status, answer = await at.http.post("api/me/agent/live", version=first + 1)
        assert status == 404 and "no adapter version" in answer["error"]
        assert (await at.speaks(), (await at.portrait())["chosen"]) == (first, False)
