"""Who sees what: each client watches the chunks around its body, and a change is encoded once per chunk.

A body belongs to the chunk it stands in. When it crosses a border, its old chunk says `left` (with the new chunk,
so that whoever watches both keeps it) and its new chunk shows the whole body. So no change needs a look at each
pair of client and body.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from nanoverse import protocol
from nanoverse.web.client import Client
from nanoverse.web.walks import Move, Walks
from nanoverse.world.bodies import Body
from nanoverse.world.constants import CHUNK, PLOT, UNIT, VIEW_RADIUS
from nanoverse.world.events import (
    BlockChanged,
    Digging,
    Event,
    HeldChanged,
    LandChanged,
    Moved,
    Returned,
    Written,
)
from nanoverse.world.simulation import Simulation

ChunkId = tuple[int, int]
_CACHED_CHUNKS = 4096
READY_PER_TICK = 4  # chunks that are grown and encoded for those who can wait; each takes up to a millisecond
_SPAN = CHUNK * UNIT
_PLOTS = CHUNK // PLOT  # along one side of a chunk


def chunk_of(x: int, y: int) -> ChunkId:
    """The chunk of a position in units."""
    return x // _SPAN, y // _SPAN


@lru_cache(maxsize=1024)
def chunks_around(chunk: ChunkId) -> frozenset[ChunkId]:
    """What is seen from a chunk; one object for all who look from there."""
    reach = range(-VIEW_RADIUS, VIEW_RADIUS + 1)
    return frozenset((chunk[0] + dx, chunk[1] + dy) for dy in reach for dx in reach)


def run_lengths(cells: np.ndarray) -> bytes:
    """Run-length pairs (length − 1, value) of a uint8 array, row by row; at most 2 bytes a cell."""
    flat = cells.reshape(-1)
    starts = np.flatnonzero(np.diff(flat, prepend=flat[0] ^ 1))
    lengths = np.diff(starts, append=flat.size)
    values = flat[starts]
    # A run longer than 256 is cut into full pieces and the rest.
    pieces = (lengths + 255) // 256
    out = np.empty((int(pieces.sum()), 2), np.uint8)
    out[:, 0] = 255
    out[:, 1] = np.repeat(values, pieces)
    out[np.cumsum(pieces) - 1, 0] = (lengths - 1) % 256
    return out.tobytes()


class Interest:
    """Turns the events of a tick into what each client has to hear."""

    def __init__(self, world: Simulation) -> None:
        self.world = world
        self._clients: dict[int, Client] = {}
        self._bodies_in: defaultdict[ChunkId, set[int]] = defaultdict(set)
        self._chunk_of_body: dict[int, ChunkId] = {}
        self._walks = Walks()
        self._encoded: OrderedDict[ChunkId, tuple[int, bytes]] = OrderedDict()
        # What each client looks at, and of that what it is still to be sent, the nearest first.
        self._unsent: dict[Client, tuple[frozenset[ChunkId], list[ChunkId]]] = {}
        for body in world.bodies.values():
            self._show(body)

    # A body comes or goes, a client comes or goes.

    def add_body(self, body: Body) -> None:
        chunk = self._show(body)
        self._send_to_watchers(chunk, self._encode_bodies((body.id,)))

    def remove_body(self, body: int) -> None:
        if body in self._chunk_of_body:
            chunk = self._leave(body)
            self._walks.remove(body)
            self._send_to_watchers(chunk, protocol.encode("gone", body))

    def add_client(self, client: Client) -> None:
        self._clients[client.player] = client
        client.watched = frozenset()
        self._look_around(client)

    def remove_client(self, client: Client) -> None:
        self._unsent.pop(client, None)
        if self._clients.get(client.player) is client:
            del self._clients[client.player]

    def driver_changed(self, body: int) -> None:
        """Tell who sees this body who drives it and what it holds."""
        state = self.world.bodies[body]
        self._send_to_watchers(
            self._chunk_of_body[body], protocol.encode("driver", body, state.driver, state.held)
        )

    # Once a tick.

    def publish(self, events: Iterable[Event]) -> None:
        """Encode what happened, once for each chunk, and queue it for all who watch that chunk."""
        changes: defaultdict[ChunkId, list[bytes]] = defaultdict(list)
        places: dict[int, Moved | Returned] = {}  # by body: of two in one tick only the last counts
        written: list[tuple[int, int]] = []
        for event in events:
            match event:
                case Moved() | Returned():
                    places[event.body] = event
                case BlockChanged(x, y, layer, block, by):
                    encoded = protocol.encode("block", x, y, layer, block, by)
                    changes[x // CHUNK, y // CHUNK].append(encoded)
                case Digging(body, x, y, stage):
                    changes[x // CHUNK, y // CHUNK].append(protocol.encode("digging", body, x, y, stage))
                case LandChanged(x, y):
                    chunk = x // _PLOTS, y // _PLOTS
                    changes[chunk].append(self._encode_plots(chunk))
                case Written(_, x, y):
                    written.append((x, y))
                case HeldChanged(body):
                    state = self.world.bodies[body]
                    encoded = protocol.encode("driver", body, state.driver, state.held)
                    changes[self._chunk_of_body[body]].append(encoded)
                case _:
                    pass
        crossed: list[int] = []
        moves: dict[int, Move] = {}
        for body, place in places.items():
            if move := self._walks.step(body, place.x, place.y, place.facing, self.world.tick_number):
                moves[body] = move
            if self._cross(place, changes):
                crossed.append(body)
                moves[body] = self._walks.of(body)  # for those who did not see it before
        moves |= self._walks.stop_all_but(places.keys(), self.world.tick_number)
        for body in crossed:  # only now, when everybody's place is that of this tick
            if client := self._clients.get(body):
                self._look_around(client)
        self._send_what_can_wait()
        self._deliver(changes, moves)
        if written:
            for client in self._clients.values():
                self._tell_signs(client, written)

    def _cross(self, event: Moved | Returned, changes: dict[ChunkId, list[bytes]]) -> bool:
        """Have a body leave one chunk and come into another, if its step led there; returns whether it did."""
        body, old, new = event.body, self._chunk_of_body[event.body], chunk_of(event.x, event.y)
        if old == new:
            return False
        self._leave(body)
        self._place(self.world.bodies[body])
        changes[old].append(protocol.encode("left", body, *new))
        changes[new].append(self._encode_bodies((body,)))
        return True

    def _deliver(self, changes: dict[ChunkId, list[bytes]], moves: dict[int, Move]) -> None:
        tick = self.world.tick_number
        moves_in: defaultdict[ChunkId, list[Move]] = defaultdict(list)
        for body, move in moves.items():
            moves_in[self._chunk_of_body[body]].append(move)
        encoded = {chunk: protocol.encode("moves", tick, part) for chunk, part in moves_in.items()}
        if not changes and not encoded:
            return
        views: dict[frozenset[ChunkId], tuple[bytes, bytes, list[Move]]] = {}  # once for all who see the same
        for client in self._clients.values():
            if (view := views.get(client.watched)) is None:
                changed, walked = client.watched & changes.keys(), client.watched & encoded.keys()
                view = views[client.watched] = (
                    b"".join(part for chunk in changed for part in changes[chunk]),
                    b"".join(encoded[chunk] for chunk in walked),
                    [move for chunk in walked for move in moves_in[chunk]],
                )
            told, moves_told, moves_seen = view
            if told:
                client.outbox.put(told)
            if moves_told:
                client.outbox.put_moves(tick, moves_told, moves_seen)

    # What a client watches.

    def look_from(self, client: Client, viewpoint: ChunkId) -> None:
        """Have a client that has no body look from this chunk."""
        client.viewpoint = viewpoint
        self._look_around(client)

    def is_inhabited(self, chunk: ChunkId) -> bool:
        """Whether a body stands there."""
        return chunk in self._bodies_in

    def not_ready(self, chunks: Iterable[ChunkId]) -> int:
        """How many of these would have to be encoded, and perhaps grown, before they can be shown."""
        return sum(chunk not in self._encoded for chunk in chunks)

    def _look_around(self, client: Client) -> None:
        cx, cy = client.viewpoint or self._chunk_of_body[client.player]
        around = chunks_around((cx, cy))
        for chunk in client.watched - around:
            client.outbox.put(protocol.encode("forget", *chunk))
        self._unsent.pop(client, None)
        # Nearest first: the ground under one's feet is what a newcomer waits for.
        new = sorted(around - client.watched, key=lambda c: abs(c[0] - cx) + abs(c[1] - cy))
        # A spectator's `viewpoint` is rationed where it is chosen.
        unsent = [] if client.viewpoint else [chunk for chunk in new if self._can_wait(chunk, (cx, cy))]
        for chunk in new:
            if chunk not in unsent:
                self._send_chunk(client, chunk)
        client.watched = around.difference(unsent) if unsent else around
        if unsent:
            self._unsent[client] = around, unsent

    def _can_wait(self, chunk: ChunkId, center: ChunkId) -> bool:
        """Whether there is time to get a chunk ready: it is not, and one cannot step onto it from the one in the
        center."""
        return chunk not in self._encoded and max(abs(a - b) for a, b in zip(chunk, center, strict=True)) > 1

    def _send_what_can_wait(self) -> None:
        """To one client after the other a chunk, as many as may be made ready in a tick."""
        made = 0
        while self._unsent and made < READY_PER_TICK:
            client, (around, (chunk, *rest)) = next(iter(self._unsent.items()))
            del self._unsent[client]
            made += chunk not in self._encoded
            self._send_chunk(client, chunk)
            client.watched = around.difference(rest) if rest else around
            if rest:
                self._unsent[client] = around, rest

    def _send_chunk(self, client: Client, chunk: ChunkId) -> None:
        client.outbox.put(self._encode_chunk(chunk))
        if self._claimed(chunk):
            client.outbox.put(self._encode_plots(chunk))
        if bodies := self._bodies_in.get(chunk):
            client.outbox.put(self._encode_bodies(bodies))
            if going := self._walks.going(bodies):
                client.outbox.put(protocol.encode("moves", self.world.tick_number, going))

    def _show(self, body: Body) -> ChunkId:
        self._walks.put(body.id, body.x, body.y, body.facing)
        return self._place(body)

    def _place(self, body: Body) -> ChunkId:
        chunk = chunk_of(body.x, body.y)
        self._chunk_of_body[body.id] = chunk
        self._bodies_in[chunk].add(body.id)
        return chunk

    def _leave(self, body: int) -> ChunkId:
        """Take a body out of its chunk; a chunk without bodies is forgotten, for the world has no end."""
        chunk = self._chunk_of_body.pop(body)
        here = self._bodies_in[chunk]
        here.discard(body)
        if not here:
            del self._bodies_in[chunk]
        return chunk

    def _send_to_watchers(self, chunk: ChunkId, encoded: bytes) -> None:
        for client in self._clients.values():
            if chunk in client.watched:
                client.outbox.put(encoded)

    def shun_changed(self, client: Client, peer: int) -> None:
        """The player reads what this peer wrote on signs no more, or again."""
        self._tell_signs(client, self.world.signs.of(peer))

    def _tell_signs(self, client: Client, tiles: Iterable[tuple[int, int]]) -> None:
        for x, y in tiles:
            if (x // CHUNK, y // CHUNK) in client.watched:
                client.outbox.put(self.encode_sign(x, y, client))

    def encode_sign(self, x: int, y: int, reader: Client) -> bytes:
        """What stands on a sign, which is nothing for who has muted or blocked its writer."""
        text, by = self.world.signs.text(x, y)
        if by in reader.shunned:
            text, by = "", None
        author = self.world.bodies.get(by) if by else None
        return protocol.encode("sign", x, y, text, author.name if author else "")

    def _encode_bodies(self, ids: Iterable[int]) -> bytes:
        bodies = (self.world.bodies[i] for i in ids)
        records = [(b.id, b.name, b.look, b.x, b.y, b.facing, b.driver, b.held) for b in bodies]
        return protocol.encode("bodies", records)

    def _claimed(self, chunk: ChunkId) -> list[tuple[int, int, int]]:
        """The plots of a chunk that somebody owns, with their owners."""
        land = self.world.land
        plots = [(_PLOTS * chunk[0] + i, _PLOTS * chunk[1] + j) for j in range(_PLOTS) for i in range(_PLOTS)]
        return [(*plot, owner) for plot in plots if (owner := land.owner(plot)) is not None]

    def _encode_plots(self, chunk: ChunkId) -> bytes:
        name = self.world.land.name
        return protocol.encode(
            "plots", *chunk, [(x, y, owner, name(owner)) for x, y, owner in self._claimed(chunk)]
        )

    def _encode_chunk(self, chunk: ChunkId) -> bytes:
        content = self.world.chunk(*chunk)
        known = self._encoded.get(chunk)
        if known is None or known[0] != content.version:
            encoded = protocol.encode(
                "chunk",
                *chunk,
                run_lengths(content.ground),
                run_lengths(content.blocks),
                b"" if content.paint is None else run_lengths(content.paint),
            )
            known = self._encoded[chunk] = (content.version, encoded)
            if len(self._encoded) > _CACHED_CHUNKS:
                self._encoded.popitem(last=False)
        self._encoded.move_to_end(chunk)
        return known[1]
