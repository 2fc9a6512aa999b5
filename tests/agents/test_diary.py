"""What an agent does is written down for its player; what the player does is not."""

from __future__ import annotations

import pytest
from stage import add, meadow

from nanoverse.agents.diary import Diary
from nanoverse.agents.memory import Memory
from nanoverse.store import accounts, deeds
from nanoverse.store.database import Database
from nanoverse.store.deeds import KEPT_DAYS, Deed
from nanoverse.world.inputs import Craft, Dig, Place
from nanoverse.world.recipes import RECIPES

DAY = 86_400_000
PLANKS = next(recipe.id for recipe in RECIPES if recipe.name == "planks")


class Life:
    """Mira with some wood beside an oak, and a diary of her; `away`: her agent has her body."""

    def __init__(self, db: Database, player: int) -> None:
        self.player, self.db = player, db
        self.away = False
        self.time = 1000
        self.world = meadow((2, 0, "oak"))
        self.memory = Memory(self.world)
        self.diary = Diary(self.world, db, lambda body: self.away, lambda: self.time)
        self.memory.noted = self.diary.note
        self.memory.meet(add(self.world, player, "Mira", 0, 0, ("wood", 3)))

    def do(self, given: object, ticks: int = 1) -> None:
        self.memory.notice(self.world.tick([(self.player, given)]))  # type: ignore[list-item]
        for _ in range(ticks - 1):
            self.memory.notice(self.world.tick([]))

    async def written(self) -> list[Deed]:
        self.diary.save()
        return await self.db.write(lambda c: deeds.between(c, self.player, 0, 10**15, 100))


@pytest.fixture
async def life(db: Database) -> Life:
    return Life(db, (await db.write(lambda c: accounts.create(c, "Mira", "mira", "", 0, 1))).id)


async def test_what_the_agent_gathered_made_and_placed_is_written_down_with_its_place(life: Life) -> None:
    life.away = True
    life.do(Dig(1, 2, 0), ticks=45)
    life.do(Craft(2, PLANKS))
    life.time = 2000
    life.do(Place(3, 1, 1, 1))
    found = {(deed.verb, deed.what): deed for deed in await life.written()}
    assert found.keys() == {("gathered", "wood"), ("made", "planks"), ("placed", "planks")}
    assert found["placed", "planks"] == Deed(life.player, 1000, "placed", "planks", 1, 0, 0, 2000)


async def test_what_the_player_does_in_person_is_not_written_down(life: Life) -> None:
    life.do(Craft(1, PLANKS))
    assert await life.written() == []


async def test_deeds_of_one_absence_add_up_and_those_of_the_next_stand_apart(life: Life) -> None:
    life.away = True
    for time in (1000, 2000, 3000):
        life.time = time
        life.do(Craft(1, PLANKS))
        if time == 1000:
            life.diary.save()
        if time == 2000:
            life.diary.came(life.player)
    made = [(deed.since, deed.count, deed.time) for deed in await life.written()]
    assert made == [(3000, 4, 3000), (1000, 8, 2000)]


async def test_what_is_old_is_forgotten_with_the_next_deeds(life: Life) -> None:
    life.away = True
    life.do(Craft(1, PLANKS))
    life.diary.came(life.player)
    life.time += KEPT_DAYS * DAY + 1
    life.do(Craft(1, PLANKS))
    assert [deed.since for deed in await life.written()] == [life.time]


async def test_deeds_of_a_player_who_is_gone_are_passed_over(life: Life) -> None:
    life.away = True
    life.do(Craft(1, PLANKS))
    await life.db.write(lambda c: accounts.delete(c, life.player))
    assert await life.written() == []
