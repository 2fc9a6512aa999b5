"""What a user is told when a model cannot be fetched, against a hub of our own that answers as the real one does."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nanoverse.engine import ModelError, resolve


class Hub(ThreadingHTTPServer):
    """Gives every request the same answer."""

    status, error_code = 200, ""


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Hub)
        self.send_response(self.server.status)
        self.send_header("X-Error-Code", self.server.error_code)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Keeps the console quiet."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    server = Hub(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(
        "huggingface_hub.hf_api.api.endpoint", f"http://127.0.0.1:{server.server_port}", raising=False
    )
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "GatedRepo", "behind a licence: accept it"),
        (404, "RepoNotFound", "no model some/model on the hub"),
        (500, "", "cannot be reached"),
        (404, "RevisionNotFound", "refused some/model"),
    ],
)
def test_the_hub_says_no(hub: Hub, status: int, code: str, sentence: str) -> None:
    hub.status, hub.error_code = status, code
    with pytest.raises(ModelError, match=sentence):
        resolve("some/model")


def test_a_full_disk_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.snapshot_download", full)
    with pytest.raises(ModelError, match=r"disk is full: some/model"):
        resolve("some/model")
