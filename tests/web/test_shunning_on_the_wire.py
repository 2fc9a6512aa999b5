"""Mute, block and report between sockets, and the admin's list of reports over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from house import House, open_house

from nanoverse.bench.bot import Refused
from nanoverse.commands import admin
from nanoverse.config import Settings
from nanoverse.protocol import PRIVATE


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, "Ann", "Bob") as opened:
        yield opened


async def test_whom_one_shuns_is_told_at_once_and_on_return(house: House) -> None:
    bob = house.people["Bob"]
    async with house.player("Ann") as ann:
        told = ann.expect("shunned", lambda fields: fields["shunned"])
        await ann.ask("shun", bob, 2)
        assert (await told)["shunned"] == [[bob, "Bob", True]]
    again = house.bot("Ann")
    told = again.expect("shunned")
    await again.connect()
    assert (await told)["shunned"] == [[bob, "Bob", True]]
    await again.close()


async def test_who_is_blocked_gets_a_sentence_and_who_blocks_gets_nothing(house: House) -> None:
    async with house.player("Ann") as ann, house.player("Bob") as bob:
        await ann.ask("shun", bob.id, 2)
        heard: list[str] = []
        ann.on_message = lambda name, values: heard.append(name)
        with pytest.raises(Refused, match="This message cannot be delivered"):
            await bob.say("hello", PRIVATE, ann.id)
        await bob.say("hello, world")
        await bob.send("typing", PRIVATE, ann.id)
        await ann.ask("people")
    assert "said" not in heard and "typing" not in heard


async def test_the_admin_reads_reports_and_handles_them(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house.player("Ann") as ann, house.player("Bob") as bob:
        said = await bob.say("something \x1b[31mrude")
        await ann.ask("report", bob.id, said, "It is rude.")
        await admin.run(Settings(data=house.folder / "data"))
        printed = capsys.readouterr().out
        assert "Ann about Bob who said 'something [31mrude': 'It is rude.'" in printed
        token = printed.partition("token=")[2].split()[0]
        with pytest.raises(Refused, match="Only the admin"):
            await bob.get("api/admin/reports")
        with pytest.raises(Refused, match="Only the admin"):
            await bob.post("api/admin/reports", id=1, handled=True)
        await ann.post("api/admin/claim", token=token)
        (report,) = (await ann.get("api/admin/reports"))["reports"]
        assert (report["reporter"], report["name"], report["handled"]) == ("Ann", "Bob", 0)
        await ann.post("api/admin/reports", id=report["id"], handled=True)
        assert (await ann.get("api/admin/reports"))["reports"][0]["handled"] > 0
        await ann.post("api/admin/reports", id=report["id"], handled=False)
        assert (await ann.get("api/admin/reports"))["reports"][0]["handled"] == 0
        with pytest.raises(Refused, match="no such report"):
            await ann.post("api/admin/reports", id=999, handled=True)
        for number, handled in (("one", 1), (2**64, True), (True, True)):
            with pytest.raises(Refused, match="has a number"):
                await ann.post("api/admin/reports", id=number, handled=handled)
