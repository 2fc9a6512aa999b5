"""Who is the admin, what the admin sees and may do, and what a player sees of their own agent."""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from house import House, Http, open_house

from nanoverse.app import CONTROL
from nanoverse.store import accounts, nights
from nanoverse.store.database import Database
from nanoverse.store.nights import NightResult

pytestmark = pytest.mark.asyncio(loop_scope="module")

ONLY_ADMIN = (403, {"error": "Only the admin may do that."})
USED = (
    403,
    {"error": "This link was used already, or is not the newest one; `nanoverse admin` prints another."},
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("admin")
    async with open_house(folder, "Ann", "Bob", "Eve") as opened:
        yield opened


def of(house: House, name: str) -> contextlib.AbstractAsyncContextManager[Http]:
    return house.http(Cookie=f"nanoverse=token-of-{name}")


def token(house: House) -> str:
    assert house.admin_link is not None
    return house.admin_link.partition("?token=")[2]


def control(house: House) -> dict[str, str]:
    content: dict[str, str] = json.loads((house.folder / "data" / CONTROL).read_text())
    return content


async def new_link(house: House) -> str:
    """The newest token, as `nanoverse admin` gets it."""
    async with house.http(Authorization=f"Bearer {control(house)['token']}") as owner:
        return str((await owner.post("api/admin/link"))[1]["token"])


async def test_the_first_link_makes_its_opener_the_admin_once(house: House) -> None:
    async with of(house, "Ann") as ann, of(house, "Bob") as bob:
        assert await ann.post("api/admin/claim", token="guessed") == USED
        assert await ann.post("api/admin/claim", token=token(house)) == (200, {"admin": True})
        assert await bob.post("api/admin/claim", token=token(house)) == USED
        assert (await ann.get("api/me"))[1]["admin"] and not (await bob.get("api/me"))[1]["admin"]


@pytest.mark.parametrize("given", [None, "", 0, [], {}, "None"])
async def test_no_token_is_no_key_even_when_no_link_is_open(house: House, given: object) -> None:
    async with of(house, "Bob") as bob:
        assert await bob.post("api/admin/claim", token=given) == USED
        assert await bob.post("api/admin/claim") == USED
        assert not (await bob.get("api/me"))[1]["admin"]


async def test_a_link_is_for_players_only(house: House) -> None:
    async with house.http() as stranger:
        assert await stranger.post("api/admin/claim", token=await new_link(house)) == (
            401,
            {"error": "Log in first."},
        )


async def test_a_new_link_makes_the_older_one_void(house: House) -> None:
    older, newer = await new_link(house), await new_link(house)
    async with of(house, "Eve") as eve:
        assert await eve.post("api/admin/claim", token=older) == USED
        assert await eve.post("api/admin/claim", token=newer) == (200, {"admin": True})
        assert (await eve.post("api/admin/link"))[0] == 200


@pytest.mark.parametrize(
    "method, path",
    [("GET", "status"), ("POST", "retrain"), ("POST", "link"), ("POST", "withdraw"), ("POST", "pause")],
)
async def test_what_is_the_admins_is_nobody_elses(house: House, method: str, path: str) -> None:
    async def ask(browser: Http) -> tuple[int, dict[str, object]]:
        path_ = f"api/admin/{path}"
        return await (browser.get(path_) if method == "GET" else browser.post(path_))

    async with of(house, "Bob") as bob, house.http() as stranger:
        assert await ask(bob) == ONLY_ADMIN
        assert await ask(stranger) == (401, {"error": "Log in first."})
    for wrong in ("Bearer wrong", "Bearer ", "", "Basic xyz"):
        async with house.http(Authorization=wrong) as liar:
            assert (await ask(liar))[0] == 401


async def test_the_token_in_the_data_folder_is_the_owners_and_only_theirs(house: House) -> None:
    path = house.folder / "data" / CONTROL
    assert path.stat().st_mode & 0o777 == 0o600 and control(house)["url"] == house.url
    async with house.http(Authorization=f"Bearer {control(house)['token']}") as owner:
        status, content = await owner.get("api/admin/status")
    assert status == 200 and content["players"] == 3


async def test_the_admin_sees_how_the_world_is(house: House) -> None:
    async with house.player("Bob"), house.http(Authorization=f"Bearer {control(house)['token']}") as owner:
        _, content = await owner.get("api/admin/status", params={"seconds": "5"})
        assert content["online"] == 1 and content["tick"]["tick_ms_p50"] > 0
        assert content["night"] == {
            "running": False,
            "done": 0,
            "total": 0,
            "player": "",
            "note": "",
            "doing": "",
            "percent": None,
            "counts": {},
            "waiting": 0,
            "failure": "",
            "paused": False,
            "left_s": None,
            "next": None,
        }
        assert content["engine"] is None, "there is no model"
        for odd in ("0", "-1", "x", "²", "9" * 50, ""):
            assert (await owner.get("api/admin/status", params={"seconds": odd}))[0] == 200


async def test_there_is_no_training_without_a_model_and_of_nobody(house: House) -> None:
    async with house.http(Authorization=f"Bearer {control(house)['token']}") as owner:
        assert await owner.post("api/admin/retrain", player="Nobody") == (
            404,
            {"error": "There is no player called 'Nobody'."},
        )
        assert (await owner.post("api/admin/retrain", player=["Ann"]))[0] == 404
        status, answer = await owner.post("api/admin/retrain", player="ANN")
        assert status == 409 and answer["error"].startswith("There is no model to train: ")


async def test_a_player_sees_their_own_agent(house: House) -> None:
    async with of(house, "Bob") as bob, house.http() as stranger:
        status, content = await bob.get("api/me/agent")
        assert status == 200
        assert content["versions"] == [] and content["private_consent"] == []
        assert content["chosen"] is False
        assert (content["profile"], content["needed"]) == (None, 16)
        assert content["model"]["name"] == str(house.folder / "no model")
        assert (await stranger.get("api/me/agent"))[0] == 401


@pytest.mark.parametrize("version", [None, "1", -1, 1.5, True, 10**30])
async def test_a_version_is_a_whole_number(house: House, version: object) -> None:
    async with of(house, "Bob") as bob:
        assert await bob.post("api/me/agent/live", version=version) == (
            400,
            {"error": "A version is a whole number; 0 is the base model without an adapter."},
        )


async def test_without_a_model_no_version_can_be_chosen_and_that_is_said(house: House) -> None:
    async with of(house, "Bob") as bob:
        assert (await bob.post("api/me/agent/live", version=1))[0] == 409
        assert (await bob.post("api/me/agent/newest"))[0] == 409


async def test_the_admin_takes_a_version_back_by_the_name_of_its_player(house: House) -> None:
    async with house.http(Authorization=f"Bearer {control(house)['token']}") as owner:
        nobody = (404, {"error": "There is no player called 'Nobody'."})
        assert await owner.get("api/admin/live?player=Nobody") == nobody
        assert await owner.post("api/admin/withdraw", player="Nobody", version=1) == nobody
        for status, answer in (
            await owner.get("api/admin/live?player=ANN"),
            await owner.post("api/admin/withdraw", player="ANN", version=1),
        ):
            assert status == 409 and answer["error"].startswith("Agents are not awake: ")
        for odd in (None, "1", True):
            assert (await owner.post("api/admin/withdraw", player="ANN", version=odd))[0] == 400


async def test_a_night_is_paused_with_yes_or_no_and_only_where_there_are_nights(house: House) -> None:
    async with house.http(Authorization=f"Bearer {control(house)['token']}") as owner:
        for odd in (None, 1, "true"):
            assert await owner.post("api/admin/pause", paused=odd) == (
                400,
                {"error": "Whether the night pauses is true or false."},
            )
        status, answer = await owner.post("api/admin/pause", paused=True)
        assert status == 409 and answer["error"].startswith("There is no model to train: ")


async def test_three_hundred_results_of_a_night_are_there_also_after_a_training_by_hand(
    tmp_path: Path,
) -> None:
    def two_nights(connection: sqlite3.Connection) -> None:
        for due, count in (("2026-11-23T03:30", 300), ("", 1)):
            night = nights.start(connection, due, 1000)
            for i in range(count):
                name = f"Player{i}"
                if due:
                    accounts.create(connection, name, name, "", 0, 1)
                player = accounts.by_skeleton(connection, name)
                assert player is not None
                nights.record(
                    connection, NightResult(night, player.id, "refused", "It is no better.", 0.1, 2.0)
                )

    async with await Database.open(tmp_path / "data") as db:
        await db.write(two_nights)
    async with (
        open_house(tmp_path) as many,
        many.http(Authorization=f"Bearer {control(many)['token']}") as owner,
    ):
        held = (await owner.get("api/admin/status"))[1]["held"]
    assert [(one["due"], one["time"], len(one["results"])) for one in held] == [
        ("", 1000, 1),
        ("2026-11-23T03:30", 1000, 300),
    ]
    assert {one["player"] for one in held[1]["results"]} == {f"Player{i}" for i in range(300)}


async def test_what_admins_do_is_told_on_the_console_with_their_names(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "nanoverse.web")
    async with open_house(tmp_path, "Ann", "Bob", "Eve") as world:
        async with of(world, "Ann") as ann, world.player("Eve") as eve:
            await ann.post("api/admin/claim", token=token(world))
            await eve.ask("report", world.people["Bob"], 0, "He spams.")
            (report,) = (await ann.get("api/admin/reports"))[1]["reports"]
            for path, asked in (
                ("link", {}),
                ("lock", {"player": "bob", "locked": True}),
                ("lock", {"player": "Bob", "locked": False}),
                ("release", {"player": "Bob"}),
                ("reports", {"id": report["id"], "handled": True}),
                ("rollback", {"player": "Bob", "minutes": 5, "x": 1, "y": 2, "radius": 3, "do": False}),
                ("rollback", {"player": "Bob", "minutes": 5, "x": 1, "y": 2, "radius": 3, "do": True}),
            ):
                assert (await ann.post(f"api/admin/{path}", **asked))[0] == 200
            assert (await ann.post("api/admin/lock", player="Ann", locked=True))[0] == 403
            assert (await ann.get("api/admin/status"))[1]["admins"] == ["Ann"]
        async with world.http(Authorization=f"Bearer {control(world)['token']}") as owner:
            await owner.post("api/admin/password", player="Eve")
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.INFO] == [
        "Ann is an admin from now on",
        "Ann has made a link for another admin",
        "Ann has locked the account of Bob",
        "Ann has unlocked the account of Bob",
        "Ann has freed the 0 plots of Bob",
        f"Ann has marked report {report['id']} as handled",
        "Ann has rolled back what Bob changed within 3 tiles of 1, 2",
        "the owner of the data folder has given Eve a new password",
    ]
