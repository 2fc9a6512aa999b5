"""The files of the browser client, and the tables it is built from."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

from aiohttp import web

from nanoverse import protocol, world

STATIC = Path(__file__).parents[2] / "static"
_TABLES = {"protocol": protocol.describe(), "world": world.describe()}


def edition(static: Path) -> str:
    """Another one for other tables, and for other scripts and pictures: a page that stays open while the server is
    upgraded hears by it that it has to load them."""
    found = hashlib.sha256(json.dumps(_TABLES).encode())
    for path in sorted(path for path in static.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(static)}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


EDITION = edition(STATIC)


def tables(watch: bool, register: bool) -> bytes:
    """What the client needs to know before it connects, as compact JSON; `watch`: whether spectators may come,
    `register`: whether new players may."""
    content = {**_TABLES, "edition": EDITION, "watch": watch, "register": register}
    return json.dumps(content, separators=(",", ":")).encode()


def add_routes(app: web.Application, watch: bool = False, register: bool = True) -> None:
    content = gzip.compress(tables(watch, register), mtime=0)

    async def send_tables(_: web.Request) -> web.Response:
        headers = {"Content-Encoding": "gzip", "Cache-Control": "no-cache"}
        return web.Response(body=content, content_type="application/json", headers=headers)

    async def index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    async def admin(_: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "admin.html", headers={"Cache-Control": "no-cache"})

    async def watching(_: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "watch.html", headers={"Cache-Control": "no-cache"})

    app.router.add_get("/", index)
    app.router.add_get("/admin", admin)
    app.router.add_get("/watch", watching)
    app.router.add_get("/tables.json", send_tables)
    app.router.add_static("/static", STATIC)
    app.on_response_prepare.append(_revalidate)


async def _revalidate(request: web.Request, response: web.StreamResponse) -> None:
    """No build step, so no hashed names: the browser asks each time, and mostly hears that nothing changed."""
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"
