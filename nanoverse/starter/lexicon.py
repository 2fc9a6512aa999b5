"""The words of the world: what there is, what can be done with it, and how places and players are called."""

from __future__ import annotations

import random

from nanoverse.starter.decency import obscene
from nanoverse.world.blocks import BY_ID
from nanoverse.world.recipes import RECIPES


def words(text: str, between: str = " ") -> tuple[str, ...]:
    return tuple(text.split(between))


BIOMES = words(
    "meadow forest desert tundra swamp mountains beach lake plains hills steppe taiga ocean river shore marsh"
)
TIMES = {
    "morning": "day",
    "noon": "day",
    "afternoon": "day",
    "day": "day",
    "evening": "evening",
    "dusk": "evening",
    "dawn": "morning",
    "night": "night",
    "midnight": "night",
}
WEATHERS = {
    "clear": "clear",
    "sunny": "clear",
    "cloudy": "cloudy",
    "rain": "rain",
    "light rain": "rain",
    "snow": "snow",
    "fog": "fog",
    "storm": "storm",
    "windy": "wind",
}
_MATERIALS = words(
    "stone dirt sand wood planks grass water snow ice clay gravel coal iron gold glass brick cactus moss "
    "reed leaves mud"
    " copper cobblestone sandstone wool straw bark seaweed honey wheat bread rock crystal mushroom berry "
    "oak birch pine"
    " fern torch lantern fence pumpkin"
)
# … and whatever else the game lets one dig or make, so that no agent meets a word it has never seen.
MADE = tuple(dict.fromkeys(recipe.name for recipe in RECIPES))
_DROPPED = dict.fromkeys(BY_ID[block.drops].name for block in BY_ID.values() if block.drops)
MATERIALS = (*_MATERIALS, *(name for name in dict.fromkeys((*_DROPPED, *MADE)) if name not in _MATERIALS))
THINGS = words(
    "flower torch brick ladder bucket shovel pickaxe lantern rope door fence sapling mushroom berry "
    "pumpkin map boat"
    " rug bell key shell chair table sign plank apple fish pebble lamp window chest"
)
BUILDINGS = words(
    "house wall bridge tower hut tunnel path farm well fence stair roof fountain dock shelter gate "
    "garden cabin castle"
    " road barn statue maze lighthouse cellar mine shed bench pond"
)
ANIMALS = words(
    "sheep cow fox rabbit owl duck wolf frog goat bear deer cat dog horse bee crow turtle hen pig mouse"
)
COLOURS = words("red blue green yellow purple orange white black grey brown pink silver golden")
FOODS = words(
    "bread soup honey apples fish berries cake mushrooms cheese pumpkin pie stew carrots rice noodles"
)

_PLACE_FIRST = words(
    "Hollow Stone Green Red Old New High Low Long Bright Dark Silver Golden Cold Warm Quiet Windy Misty "
    "Amber Raven Fox"
    " Wolf Bear Oak Pine Birch Willow Iron Copper Salt Sand Snow Frost Ember Moon Sun Star Rain Cloud "
    "Thunder Moss Fern"
    " Clay Coal Glass Honey Thorn River Lake Hidden Lost Broken Wild Deep Far North South East West "
    "Black White Blue Grey"
)
_PLACE_LAST = words(
    "Ford Hill Brook Field Wood Ridge Bay Cove Point Rock Valley Falls Creek Bridge Gate Moor Marsh Glen "
    "Dale Haven"
    " Harbor Meadow Grove Shore Peak Pass Hollow End Cross Mill Well Spring Bend Bluff Cliff Camp Rest "
    "Watch Reach Vale"
    " Pond Landing Fields Woods Hills Rocks Sands Crossing Corner Market Town"
)
_NAMES = words(
    "Mia Bob Ana Tom Zoe Max Lea Sam Ivy Ben Eva Leo Nora Finn Ruby Owen Lily Jack Ella Noah Emma Luca "
    "Sara Paul Rosa"
    " Milo Tara Hugo Vera Otto Anna Karl Nina Omar Yuki Ravi Lena Jonas Marta Pablo Alice Peter Clara "
    "David Maria Felix"
    " Greta Oscar Wanda Ali Mei Kofi Ines Igor Dana Kai Robin Alex Kim Chris Jo Sol Ash Bea Gus Hana Jan "
    "Kit Lou Moe Ned"
    " Pia Rex Sky Ty Uma Val Wes Xia Yan Zed"
)
_NICK_FIRST = words(
    "Stone Fox Moon Pixel Block Sky Star Frog Happy Lucky Tiny Mega Shadow Iron Gold Sleepy Crazy Silent "
    "Snow Dig Mud Cat"
    " Wolf Storm Night Sunny Berry Honey Rocket Turbo Magic Captain Doctor Lord Lady Mister Big Little"
)
_NICK_LAST = words(
    "digger fox wolf cat miner builder walker runner hat boot bee owl bear king queen kid fish bird "
    "hunter maker star"
    " rock frog beard panda dragon wizard knight farmer pie bean duck toast"
)
_ONSETS = words("b br c ch d dr f fl g gr h j k kl l m n p r s sh st t th tr v w z")
_NUCLEI = words("a e i o u ai ea oo ou")
_CODAS = ("", "", "", "n", "r", "l", "s", "m", "k", "th", "x", "nd", "ck")


def coined(rng: random.Random, syllables: int) -> str:
    """A made-up word, so that names are copied from the prompt and not from memory."""
    while True:
        word = "".join(
            rng.choice(_ONSETS) + rng.choice(_NUCLEI) + rng.choice(_CODAS) for _ in range(syllables)
        )
        if not obscene(word):
            return word


_SIGNS = tuple(
    chr(code)
    for first, last in (
        (0x1F300, 0x1F321),
        (0x1F32D, 0x1F394),
        (0x1F3A0, 0x1F3F0),
        (0x1F400, 0x1F4FD),
        (0x1F910, 0x1F971),
    )
    for code in range(first, last)
    if chr(code) != "🐙"  # which the unseen voices of the evaluation have for themselves
)


def sign(rng: random.Random) -> str:
    """Any one of some hundreds of emoji, so that a speaker's own is copied from what was seen, not from memory."""
    return rng.choice(_SIGNS)


def place_name(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.70:
        return f"{rng.choice(_PLACE_FIRST)} {rng.choice(_PLACE_LAST)}"
    if kind < 0.80:
        return f"{coined(rng, rng.randint(1, 2)).capitalize()} {rng.choice(_PLACE_LAST)}"
    if kind < 0.90:
        return rng.choice(_PLACE_FIRST) + rng.choice(_PLACE_LAST).lower()
    return coined(rng, rng.randint(2, 3)).capitalize()


def player_name(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.5:
        return rng.choice(_NAMES)
    if kind < 0.65:
        return coined(rng, rng.randint(1, 3)).capitalize()
    if kind < 0.75:
        return rng.choice(_NAMES).lower() + rng.choice(["", "_"]) + str(rng.randint(1, 99))
    last = rng.choice(_NICK_LAST)
    nick = rng.choice(_NICK_FIRST) + rng.choice([last.capitalize(), "_" + last, last])
    return nick.lower() if rng.random() < 0.3 else nick


def player_names(rng: random.Random, count: int) -> list[str]:
    """`count` different names."""
    names: dict[str, None] = {}
    while len(names) < count:
        names[player_name(rng)] = None
    return list(names)


def stack(rng: random.Random) -> str:
    """Something held, as the scene words it: `3 stone`, `torch`, `2 torches`."""
    if rng.random() < 0.7:
        return f"{rng.choice(MATERIALS) if rng.random() < 0.02 else f'{amount(rng)} {rng.choice(MATERIALS)}'}"
    thing = rng.choice(THINGS)
    return thing if rng.random() < 0.6 else f"{rng.randint(2, 9)} {plural(thing)}"


def amount(rng: random.Random) -> int:
    """Mostly small, sometimes up to a full stack."""
    return rng.randint(1, 12) if rng.random() < 0.7 else rng.randint(13, 99)


_PLURALS = {"sheep": "sheep", "fish": "fish", "deer": "deer", "mouse": "mice", "wolf": "wolves"}


def plural(noun: str) -> str:
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith(("ch", "sh", "s", "x")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
