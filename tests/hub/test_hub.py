"""How a model comes from the hub, and what its owner is told when it cannot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nanoverse.engine import Engine, ModelError
from nanoverse.hub import Fetched, models, resolve
from tests.engine.small_model import limits
from tests.hub.hub_server import MODEL, Hub, PowerCut, power_cut, same


def test_a_folder_resolves_to_itself(model_folder: Path) -> None:
    assert resolve(model_folder) == model_folder


def test_a_source_that_is_neither_folder_nor_hub_id(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        resolve(tmp_path / "none")


def test_a_hub_id_without_a_network_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="not on this machine and the model hub cannot be reached"):
        resolve("nobody/nothing")


def test_a_model_comes_whole_and_can_be_loaded(server: Hub) -> None:
    heard: list[Fetched] = []
    folder = resolve(MODEL, heard.append)
    assert same(folder, server.folder)
    Engine.load(folder, limits(2, 128), device="cpu")
    done = [fetched.done for fetched in heard]
    assert done == sorted(done) and {fetched.total for fetched in heard} == {server.bytes}
    assert done[-1] == server.bytes and heard[-1].model == MODEL


def test_only_what_the_engine_reads_is_fetched(server: Hub) -> None:
    (server.folder / "README.md").write_text("a model")
    (server.folder / "pytorch_model.bin").write_bytes(b"pickled")
    names = {path.name for path in resolve(MODEL).iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not {"README.md", "pytorch_model.bin"} & names


def test_a_model_in_several_files(server: Hub) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(server.folder / "model.safetensors")
    names = sorted(tensors)
    shards = {"model-00001.safetensors": names[::2], "model-00002.safetensors": names[1::2]}
    for shard, held in shards.items():
        save_file({name: tensors[name].contiguous() for name in held}, server.folder / shard)
    (server.folder / "model.safetensors").unlink()
    index = {"weight_map": {name: shard for shard, held in shards.items() for name in held}}
    (server.folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert same(resolve(MODEL), server.folder)


def test_what_is_here_needs_no_hub(server: Hub) -> None:
    folder = resolve(MODEL)
    server.asked.clear()
    server.status = 500
    assert resolve(MODEL) == folder
    assert not server.asked


def test_a_model_in_the_hubs_own_cache_is_used(server: Hub, cache: Path) -> None:
    repository = cache / "models--some--model"
    snapshot = shutil.copytree(server.folder, repository / "snapshots" / server.commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(server.commit)
    assert resolve(MODEL) == snapshot
    assert not server.asked

    (snapshot / "model.safetensors").unlink()  # as after a download that broke off
    folder = resolve(MODEL)
    assert folder != snapshot and same(folder, server.folder)


def test_a_model_that_is_not_gemma3_is_refused_before_its_weights_are_fetched(server: Hub) -> None:
    (server.folder / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(
        ModelError, match=r"^some/model holds a model of type 'llama'; NanoVerse runs Gemma-3"
    ):
        resolve(MODEL)
    assert not server.weights_asked()


def without_template(folder: Path) -> Path:
    """A model that was never taught to talk has none."""
    (folder / "chat_template.jinja").unlink()
    return folder


def test_a_model_that_cannot_talk_is_refused_before_its_weights_are_fetched(server: Hub) -> None:
    without_template(server.folder)
    with pytest.raises(ModelError, match=r"^some/model has no chat template, .* ends in -it\.$"):
        resolve(MODEL)
    assert not server.weights_asked()


def test_a_folder_whose_model_cannot_talk_is_refused(model_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder, tmp_path / "model")
    template = (folder / "chat_template.jinja").read_text()
    with pytest.raises(ModelError, match=f"^{without_template(folder)} has no chat template"):
        resolve(folder)

    config = folder / "tokenizer_config.json"  # where older checkpoints have theirs
    config.write_text(json.dumps({**json.loads(config.read_text()), "chat_template": template}))
    assert resolve(folder) == folder

    (folder / "config.json").write_text('{"model_type": "llama"}')  # the greater fault is the one to tell
    with pytest.raises(ModelError, match="type 'llama'"):
        resolve(folder)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("config.json", "some/model has no config.json at the hub"),
        ("tokenizer.json", "some/model has no tokenizer.json at the hub"),
        ("model.safetensors", "some/model has no .safetensors at the hub"),
    ],
)
def test_a_repository_that_holds_no_model(server: Hub, missing: str, sentence: str) -> None:
    (server.folder / missing).unlink()
    with pytest.raises(ModelError, match=sentence):
        resolve(MODEL)


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "GatedRepo", "behind a licence: accept it"),
        (
            401,
            "RepoNotFound",
            "no model some/model on the hub, or HF_TOKEN may not see it; nor is there a folder",
        ),
        (404, "RepoNotFound", "no model some/model on the hub"),
        (500, "", "not on this machine and the model hub cannot be reached"),
        (404, "RevisionNotFound", "refused some/model: 404 Client Error"),
        (429, "", "refused some/model: 429 Too Many Requests"),
    ],
)
def test_the_hub_says_no(server: Hub, cache: Path, status: int, code: str, sentence: str) -> None:
    server.status, server.error_code = status, code
    with pytest.raises(ModelError, match=sentence):
        resolve(MODEL)
    assert not cache.exists() or not any(cache.iterdir())


def test_a_licence_asks_for_a_token_and_only_the_hub_hears_it(
    server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.gated = "hf_mine"
    with pytest.raises(ModelError, match=r"behind a licence: accept it .* or set HF_TOKEN"):
        resolve(MODEL)
    monkeypatch.setenv("HF_TOKEN", "hf_anothers")
    with pytest.raises(
        ModelError, match=r"this machine's token does not open: .* with the token's account, and"
    ):
        resolve(MODEL)
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    assert same(resolve(MODEL), server.folder)
    assert [asked.token for asked in server.weights_asked()] == [None]  # they lie with another host


def test_a_wrong_token(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    server.status = 401
    server.error_message = "Invalid credentials in Authorization header"
    with pytest.raises(ModelError, match=r"does not know the token of this machine.* or correct HF_TOKEN"):
        resolve(MODEL)


def test_no_network(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(ModelError, match=r"the model hub cannot be reached\. When it can, start again"):
        resolve(MODEL)


def test_a_name_without_its_owner() -> None:
    with pytest.raises(ModelError, match=r"model folder at gemma-3-1b-it; .* named OWNER/NAME"):
        resolve("gemma-3-1b-it")


def test_a_name_that_the_hub_does_not_allow() -> None:
    with pytest.raises(ModelError, match=r"There is no model folder at some/bad\.\.name"):
        resolve("some/bad..name")


def test_too_little_room_is_said_before_anything_big_is_fetched(
    server: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))
    with pytest.raises(
        ModelError,
        match=r"The disk is too full for some/model: it takes \d\.\d MB more in .*0\.1 MB are free",
    ):
        resolve(MODEL)
    assert not server.weights_asked()


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no /dev/full, a disk that is always full"
)
def test_a_disk_that_fills_up_on_the_way(server: Hub, cache: Path) -> None:
    server.cuts = [1]
    with pytest.raises(PowerCut):
        resolve(MODEL, wait=power_cut)
    (part,) = cache.glob("nanoverse--some--model/*.part")
    part.unlink()
    part.symlink_to("/dev/full")
    with pytest.raises(ModelError, match=r"The disk is full: some/model .*the next start goes on"):
        resolve(MODEL)


def test_a_cache_that_cannot_be_written(server: Hub, cache: Path) -> None:
    cache.write_text("a file where the cache should be")
    with pytest.raises(ModelError, match=r"some/model could not be fetched: .*Not a directory"):
        resolve(MODEL)


def test_importing_nanoverse_turns_the_telemetry_of_the_hub_library_off() -> None:
    words = "import nanoverse, huggingface_hub.constants as c; print(c.HF_HUB_DISABLE_TELEMETRY)"
    switches = ("HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY", "DO_NOT_TRACK")
    bare = {name: value for name, value in os.environ.items() if name not in switches}
    done = subprocess.run([sys.executable, "-c", words], env=bare, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "True", done.stderr
