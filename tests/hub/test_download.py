"""A download that breaks goes on where it stopped, within one call or in the next one."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from nanoverse.engine import ModelError
from nanoverse.hub import Fetched, resolve
from nanoverse.hub.models import WAITS
from tests.hub.hub_server import MODEL, Hub, PowerCut, power_cut, same


def ranges(server: Hub) -> list[str | None]:
    return [asked.range for asked in server.weights_asked()]


def broken_off(server: Hub, cache: Path, after: int) -> Path:
    """Downloads until the weights break off `after` so many bytes; returns what has come."""
    server.cuts = [after]
    with pytest.raises(PowerCut):
        resolve(MODEL, wait=power_cut)
    (part,) = cache.glob("nanoverse--some--model/*.part")
    assert part.stat().st_size == after
    return part


def test_the_next_start_goes_on_where_the_last_one_was_cut_off(server: Hub, cache: Path) -> None:
    part = broken_off(server, cache, 70_001)
    heard: list[Fetched] = []
    folder = resolve(MODEL, heard.append)
    assert ranges(server) == [None, "bytes=70001-"]
    assert same(folder, server.folder) and not part.exists()
    done = [fetched.done for fetched in heard]
    assert done == sorted(done) and done[0] > 70_000 and done[-1] == server.bytes
    small = [asked.path for asked in server.asked if asked.path.endswith("tokenizer.json")]
    assert len(small) == 1  # what is complete is not fetched again


def test_one_start_goes_on_by_itself_when_the_line_breaks(server: Hub) -> None:
    server.cuts = [1000, 2000, 0, 0, 3000]
    heard: list[Fetched] = []
    waited: list[float] = []
    assert same(resolve(MODEL, heard.append, waited.append), server.folder)
    assert ranges(server) == [None, "bytes=1000-", *["bytes=3000-"] * 3, "bytes=6000-"]
    assert waited == [1, 1, 2, 5, 1]  # the patience grows only while nothing comes
    assert [fetched.wait for fetched in heard if fetched.wait] == waited
    done = [fetched.done for fetched in heard]
    assert done == sorted(done) and done[-1] == server.bytes


def test_a_line_that_stays_down_is_given_up_in_a_sentence_and_nothing_is_lost(
    server: Hub, cache: Path
) -> None:
    server.cuts = [50_000]
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        server.status = 503

    with pytest.raises(
        ModelError,
        match=r"network broke while some/model .*0\.1 MB of \d\.\d MB here: the next start goes on",
    ):
        resolve(MODEL, wait=wait)
    assert tuple(waited) == WAITS
    server.status = 200
    assert same(resolve(MODEL), server.folder)
    assert ranges(server)[-1] == "bytes=50000-"


def test_a_server_that_sends_everything_again_starts_the_file_over(server: Hub, cache: Path) -> None:
    broken_off(server, cache, 70_001)
    server.ranges = False
    assert same(resolve(MODEL), server.folder)
    assert ranges(server) == [None, "bytes=70001-"]


def test_a_server_that_sends_another_part_than_asked_for_starts_the_file_over(
    server: Hub, cache: Path
) -> None:
    broken_off(server, cache, 70_001)
    server.wrong_offset = True
    assert same(resolve(MODEL, wait=lambda _: None), server.folder)
    assert ranges(server) == [None, "bytes=70001-", None]


def test_a_model_that_changed_meanwhile_starts_over_and_leaves_nothing_behind(
    server: Hub, cache: Path
) -> None:
    part = broken_off(server, cache, 70_001)
    changed = random.Random(1).randbytes((server.folder / "model.safetensors").stat().st_size)
    (server.folder / "model.safetensors").write_bytes(changed)
    (server.folder / "config.json").write_text((server.folder / "config.json").read_text() + "\n")
    server.commit = "deadbeef" * 5
    folder = resolve(MODEL)
    assert same(folder, server.folder) and not part.exists()
    assert ranges(server) == [None, None]
    assert {path.name for path in folder.parent.iterdir()} == {server.commit, "lock"}


def test_a_new_word_in_the_readme_does_not_cost_the_weights(server: Hub, cache: Path) -> None:
    broken_off(server, cache, 70_001)
    server.commit = "deadbeef" * 5
    assert same(resolve(MODEL), server.folder)
    assert ranges(server) == [None, "bytes=70001-"]


def test_damaged_bytes_are_never_loaded(server: Hub, cache: Path) -> None:
    part = broken_off(server, cache, 70_001)
    with part.open("r+b") as stored:
        stored.write(b"not what came")
    with pytest.raises(ModelError, match=r"model\.safetensors came damaged .*the next start fetches it anew"):
        resolve(MODEL)
    assert same(resolve(MODEL), server.folder)


def test_a_small_file_of_the_right_size_that_is_not_what_the_hub_names_is_never_loaded(
    server: Hub, cache: Path
) -> None:
    part = broken_off(server, cache, 70_001)
    config = (server.folder / "config.json").read_bytes()
    zeros = part.with_name(hashlib.sha1(b"blob %d\0" % len(config) + config).hexdigest() + ".part")
    (part.parent / server.commit / "config.json").unlink()
    zeros.write_bytes(b"\0" * len(config))  # as a disk has it that lost its power
    with pytest.raises(ModelError, match=r"config\.json came damaged .*the next start fetches it anew"):
        resolve(MODEL)
    assert not zeros.exists()
    assert same(resolve(MODEL), server.folder)


def test_what_was_complete_but_for_its_name_is_not_fetched_again(server: Hub, cache: Path) -> None:
    part = broken_off(server, cache, 70_001)
    part.write_bytes((server.folder / "model.safetensors").read_bytes())
    assert same(resolve(MODEL), server.folder)
    assert ranges(server) == [None]


def test_two_worlds_that_start_together_fetch_a_model_once(server: Hub) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(resolve, [MODEL, MODEL])
    assert one == other and same(one, server.folder)
    assert len(ranges(server)) == 1
