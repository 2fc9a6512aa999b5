"""The parts of a world: built, wired to each other, and told who has come and gone. Nothing runs yet; see `app`."""

from __future__ import annotations

from aiohttp import web

from nanoverse.agents import agreements
from nanoverse.agents.conduct import Conducts
from nanoverse.agents.diary import Diary
from nanoverse.agents.drivers import Drivers
from nanoverse.agents.household import Household
from nanoverse.agents.locks import Locks
from nanoverse.agents.memory import Memory
from nanoverse.agents.mind import Mind
from nanoverse.agents.presence import Presence
from nanoverse.agents.replies import Replies
from nanoverse.agents.voice import Voice
from nanoverse.config import Settings
from nanoverse.store.accounts import Player
from nanoverse.store.clock import Clock, now_ms
from nanoverse.store.database import Database
from nanoverse.web import pages, security
from nanoverse.web.accounts import Accounts
from nanoverse.web.admin import AdminDesk
from nanoverse.web.agent_desk import AgentDesk
from nanoverse.web.conduct_desk import ConductDesk
from nanoverse.web.digest import DigestDesk
from nanoverse.web.finds import FindsDesk
from nanoverse.web.identity import Sessions
from nanoverse.web.imported_adapter import ImportedAdapter
from nanoverse.web.imported_words import ImportedWords
from nanoverse.web.interest import Interest
from nanoverse.web.land_desk import LandDesk
from nanoverse.web.leaving import Leaving
from nanoverse.web.lock_desk import LockDesk
from nanoverse.web.new_password import NewPassword
from nanoverse.web.own_data import OwnData
from nanoverse.web.own_password import OwnPassword
from nanoverse.web.passwords import PasswordHasher
from nanoverse.web.report_desk import ReportDesk
from nanoverse.web.rollback import RollbackDesk
from nanoverse.web.sockets import Sockets
from nanoverse.web.spectators import Spectators
from nanoverse.web.talk import Talk
from nanoverse.web.ticker import Ticker
from nanoverse.world.simulation import Simulation

_REQUEST_LIMIT = 64 * 1024  # bytes of an HTTP request


class Parts:
    """All that one world consists of, around its simulation with the bodies of all players in it."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        world: Simulation,
        conducts: Conducts,
        locks: Locks,
    ) -> None:
        self._settings = settings
        self.db, self.clock, self.world, self.conducts, self.locks = db, clock, world, conducts, locks
        self.memory = Memory(world)
        self.drivers = Drivers(world, world.seed, conducts.may_act)
        self.presence = Presence(settings.away_seconds, settings.agents, locks.holds)
        self.diary = Diary(world, db, self._drives_alone, clock.now)
        self.voice = Voice(settings, db)
        self.mind = Mind(settings, db, self.voice)
        self.interest = Interest(world)
        self.ticker = Ticker(world, self.interest, db, self.drivers.inputs, clock.now)
        self.talk = Talk(world, db, self.ticker.clients, self.voice, self.memory, now_ms)
        self.replies = Replies(
            world,
            db,
            self.talk.chat,
            self.voice,
            self.memory,
            self.drivers.drives,
            conducts.level,
            locks.holds,
        )
        self.household = Household(
            world, db, self.presence, self.drivers, self.interest.driver_changed, clock.now
        )
        self.sessions = Sessions(db, locks)
        self.sockets = Sockets(
            settings, self.sessions, self.ticker, self.talk, self.household, self.diary.came
        )
        self.spectators = Spectators(settings, self.ticker)
        self._connect()

    def _connect(self) -> None:
        """Who hears of what."""
        self.memory.noted = self.diary.note
        self.ticker.locked = self.locks.holds
        self.ticker.sinks += [self.memory.notice, self.drivers.notice, lambda events: self.diary.tick()]
        self.talk.chat.subscribe_writes(agreements.note)
        self.talk.chat.subscribe(self.replies.hear)
        self.drivers.stays = self.replies.answers_nearby
        self.talk.chat.subscribe_dislikes(self.mind.reconsider)
        self.talk.another = self.replies.another
        self.talk.shun_changed = self.interest.shun_changed
        self.talk.blocked = self.ticker.uninvite

    def _drives_alone(self, player: int) -> bool:
        """What its player watches need not be told on their return."""
        return self.drivers.drives(player) and not self.presence.is_here(player)

    def settle(self, player: Player) -> None:
        """Somebody lives here whose body is in the world already."""
        self.memory.meet(self.world.bodies[player.id])
        self.household.settle(player.id)

    async def registered(self, player: Player) -> None:
        """A new player gets a body."""
        body = self.world.add_body(player.id, player.name, player.look, None)
        self.memory.meet(body)
        self.interest.add_body(body)
        self.ticker.ledger.save_soon(player.id)
        self.household.settle(player.id)

    def gone(self, player: Player) -> None:
        """An account was deleted: nothing here may know of it any more."""
        self.sockets.forget(player.id)
        self.ticker.visits.forget(player.id)
        self.household.forget(player.id)
        self.replies.forget(player.id)
        self.diary.forget(player.id)
        self.conducts.forget(player.id)
        self.locks.forget(player.id)
        if player.id in self.world.bodies:
            self.ticker.forget(player.id)
        self.memory.forget(player.id, player.name)
        self.talk.forget(player.id)

    def locked_or_unlocked(self, player: int) -> None:
        """Who is locked is sent out, and their body sleeps; who is unlocked is away like others."""
        if player not in self.world.bodies:  # deleted this very moment
            return
        if self.locks.holds(player):
            self.sockets.lock(player)
            self.household.rest(player)
        elif not self.presence.is_here(player):
            self.household.settle(player)

    def application(self, control_token: str) -> web.Application:
        """All pages and routes; with this token the owner's tools may do what the admin may."""
        settings, db, sessions = self._settings, self.db, self.sessions
        application = web.Application(
            middlewares=[security.middleware(settings)], client_max_size=_REQUEST_LIMIT
        )
        pages.add_routes(application, watch=settings.spectators > 0, register=settings.registration == "open")
        hasher = PasswordHasher()
        own = OwnPassword(db, settings, hasher)
        admin = AdminDesk(db, sessions, self.ticker, self.spectators, self.mind, self.voice, control_token)
        for desk in (
            Accounts(db, sessions, settings, hasher, self.registered, self.sockets.logged_out),
            admin,
            RollbackDesk(db, sessions, self.ticker, admin, self.clock.now),
            ReportDesk(db, admin.require),
            LockDesk(db, self.locks, admin.require, self.locked_or_unlocked),
            LandDesk(db, self.ticker, admin.require),
            AgentDesk(settings, db, sessions, self.mind, self.voice),
            OwnData(db, sessions, settings.adapters),
            ImportedWords(db, sessions),
            ImportedAdapter(sessions, self.mind),
            ConductDesk(sessions, self.conducts),
            DigestDesk(db, sessions, self.world, self.clock.now),
            FindsDesk(db, sessions, self.world),
            NewPassword(db, sessions, hasher, own, admin.is_owner, self.sockets.renew),
            Leaving(db, sessions, own, self.mind, self.gone),
            self.sockets,
            self.spectators,
        ):
            desk.add_routes(application)
        return application
