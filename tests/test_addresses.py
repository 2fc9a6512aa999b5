"""A world is told of by an address that can be opened."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import aiohttp
import pytest

from nanoverse import addresses
from nanoverse.commands import admin
from nanoverse.commands.control import find
from nanoverse.config import Settings
from tests.world_server import running_world


@pytest.mark.parametrize(
    ("host", "shown", "only_here"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/", True),
        ("localhost", "http://localhost:80/", True),
        ("::1", "http://[::1]:80/", True),
        ("10.1.2.3", "http://10.1.2.3:80/", False),
        ("games.lan", "http://games.lan:80/", False),
    ],
)
def test_a_host_that_has_a_name_or_a_number_is_shown_by_it(host: str, shown: str, only_here: bool) -> None:
    assert addresses.for_everybody(host, 80) == addresses.from_here(host, 80) == shown
    assert addresses.is_loopback(host) == only_here


@pytest.mark.parametrize(("host", "own"), [("0.0.0.0", "localhost"), ("::", "[::1]"), ("", "localhost")])
def test_without_a_network_every_address_is_this_machine(
    host: str, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(line: socket.socket, address: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(addresses.socket, "socket", type("Cut", (socket.socket,), {"connect": unreachable}))
    assert addresses.for_everybody(host, 80) == f"http://{own}:80/"


V6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")


@pytest.mark.parametrize("host", ["0.0.0.0", pytest.param("::", marks=V6)])
async def test_a_world_open_to_the_network_names_an_address_that_can_be_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    async with running_world(tmp_path, "--host", host, "--agents", "no") as world:
        assert f"//{host}:" not in world.url and f"[{host}]" not in world.url
        async with aiohttp.ClientSession() as session, session.get(world.url) as response:
            assert response.status == 200
        link = await world.wait_for_line("open this link once")
        assert f"{world.url}admin?token=" in link
        await world.wait_for_line("Others in your network open the same address.")
        control = find(Settings(data=tmp_path / "data"))
        assert control is not None and re.fullmatch(r"http://(localhost|\[::1\]):\d+/", control.url)
        assert await admin.run(Settings(data=tmp_path / "data")) == 0
        assert f"{world.url}admin?token=" in capsys.readouterr().out
