"""A model hub of our own: what the real one answers at the addresses that are used, and how it can fail."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

MODEL = "some/model"


class PowerCut(BaseException):
    """Ends a download as the end of its process would."""


def power_cut(*_: object) -> None:
    raise PowerCut


@dataclass
class Asked:
    path: str
    range: str | None
    token: str | None


@dataclass
class Hub:
    """Serves `folder` as the newest state of MODEL. As at the real hub, big files lie with another host."""

    folder: Path
    commit: str = "c0ffee00" * 5
    cuts: list[int] = field(default_factory=list)  # bytes after which the next answers with weights break off
    ranges: bool = True  # whether it heeds them
    status: int = 200  # of every answer
    error_code: str = ""
    error_message: str = ""
    gated: str = ""  # the token that alone may have the files
    wrong_offset: bool = False
    go_on: threading.Event | None = None  # what the second half of the weights waits for
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    def weights_asked(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.startswith("/cdn/")]

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.iterdir())


class _Answer(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self) -> None:
        hub = self.hub
        hub.asked.append(Asked(self.path, self.headers["Range"], self.headers["Authorization"]))
        if hub.status != 200:
            why = {"X-Error-Code": hub.error_code, "X-Error-Message": hub.error_message}
            return self._say(hub.status, b"{}", why)
        if self.path.startswith(f"/api/models/{MODEL}"):
            return self._say(200, json.dumps(self._listing()).encode(), {"Content-Type": "application/json"})
        cdn = re.fullmatch(r"/cdn/([\w.-]+)", self.path)
        if cdn:
            return self._bytes((hub.folder / cdn[1]).read_bytes(), hub.cuts.pop(0) if hub.cuts else None)
        asked = re.fullmatch(rf"/{MODEL}/resolve/{hub.commit}/([\w.-]+)", self.path)
        if not asked or not (hub.folder / asked[1]).is_file():
            return self._say(404, b"", {"X-Error-Code": "EntryNotFound"})
        if hub.gated and self.headers["Authorization"] != f"Bearer {hub.gated}":
            known = self.headers["Authorization"] is not None
            return self._say(403 if known else 401, b"", {"X-Error-Code": "GatedRepo"})
        if asked[1].endswith(".safetensors"):
            return self._say(302, b"", {"Location": f"http://localhost:{hub.port}/cdn/{asked[1]}"})
        return self._bytes((hub.folder / asked[1]).read_bytes(), None)

    def _listing(self) -> dict[str, object]:
        siblings = []
        for path in sorted(self.hub.folder.iterdir()):
            content = path.read_bytes()
            sha256 = hashlib.sha256(content).hexdigest()
            big = {"sha256": sha256, "size": len(content), "pointerSize": 130}
            siblings.append(
                {
                    "rfilename": path.name,
                    "size": len(content),
                    "blobId": hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest(),
                    **({"lfs": big} if path.suffix == ".safetensors" else {}),
                }
            )
        return {"id": MODEL, "modelId": MODEL, "sha": self.hub.commit, "siblings": siblings}

    def _bytes(self, content: bytes, cut: int | None) -> None:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        headers, status = {}, 200
        if match and self.hub.ranges:
            begin = 0 if self.hub.wrong_offset else int(match[1])
            if begin >= len(content):
                return self._say(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
            status, content = 206, content[begin:]
        self._say(status, content, headers, cut)

    def _say(self, status: int, content: bytes, headers: dict[str, str], cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.hub.go_on and self.path.startswith("/cdn/"):
            half, content = content[: len(content) // 2], content[len(content) // 2 :]
            self.wfile.write(half)
            self.hub.go_on.wait(60)
        self.wfile.write(content[:cut])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keeps the console quiet."""


@contextmanager
def hub_of(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that huggingface_hub takes for the real one, with its cache in `cache` and no token at hand."""
    hub = Hub(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answer", (_Answer,), {"hub": hub}))
    hub.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(cache / "no token"))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.delenv("HF_TOKEN", raising=False)
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()


def same(left: Path, right: Path) -> bool:
    """Whether two folders hold the same files with the same bytes."""
    names = sorted(path.name for path in left.iterdir())
    return names == sorted(path.name for path in right.iterdir()) and all(
        (left / name).read_bytes() == (right / name).read_bytes() for name in names
    )
