"""Neutral talk of this world: what no adapter may unlearn.

Written for this purpose, in plain sentences, about what everybody here speaks of. The gate compares how well the base
model and a candidate predict it when others say it. Not as the agent's own replies: those are to change, and a player
of odd manners would be refused for having them. It is never trained on, and another line would be another measure.
"""

from __future__ import annotations

from nanoverse.learning.dialogue import Scene, Turn

_ONE, _OTHER = "Robin", "Sky"

# Hills and clouds are known to every base model but not to this world; without them it would be another measure.
_SCENES = (
    Scene("Kim", "Hollow Ford", "meadow", "morning", "clear", near=(_ONE, _OTHER)),
    Scene("Kim", "", "forest", "night", "rain", holding=("5 wood", "torch"), near=(_ONE, _OTHER)),
    Scene("Kim", "", "hills", "noon", "cloudy", did=("dug 12 stone",), talk="nearby"),
    Scene("Kim", "", "beach", "evening", "clear", holding=("3 stone",), near=(_ONE, _OTHER), talk="world"),
)

_EXCHANGES = (
    ("Hello, how are you today?", "I am fine, thank you. How are you?"),
    ("Where have you been?", "I was in the forest to get some wood."),
    ("What are you building?", "A small house near the water."),
    ("Can you help me?", "Yes, of course. What do you need?"),
    ("Do you have any stone?", "I have a little, but I need it for a wall."),
    ("It is getting dark.", "Then we should go home soon."),
    ("Did you see the river?", "Yes, it is behind the hill."),
    ("I found a cave.", "Is there anything in it?"),
    ("Shall we go together?", "Good idea. I will follow you."),
    ("What is that over there?", "It looks like an old tower."),
    ("I am lost.", "Tell me what you can see, and I will find you."),
    ("Do you like the rain?", "Not much, but the plants need it."),
    ("How long will you stay?", "Until the evening, I think."),
    ("I need more wood.", "There are many trees to the north."),
    ("This bridge is broken.", "We can mend it with a few planks."),
    ("Who made this path?", "I do not know. It was here before me."),
    ("What will you do tomorrow?", "I want to look for coal in the hills."),
    ("My bag is full.", "You could put some of it in a chest."),
    ("Are you cold?", "A little. Let us make a fire."),
    ("Thank you for the torch.", "You are welcome. Take care in the dark."),
    ("Is this your house?", "No, it belongs to a friend."),
    ("What did you find?", "Some sand and a piece of iron."),
    ("Which way is the lake?", "Go east, past the two big stones."),
    ("Your garden is nice.", "Thanks. I planted the flowers last week."),
    ("Have you eaten?", "Yes, there was bread and some fruit."),
    ("I heard a noise.", "It was only the wind."),
    ("Can I use your tools?", "Yes, but please bring them back."),
    ("The snow is deep here.", "Walk slowly and stay behind me."),
    ("Why did you come here?", "I wanted to see the sea."),
    ("We have no more light.", "I can make some torches."),
    ("Let us meet at noon.", "All right. I will wait by the well."),
    ("How do I get up there?", "There are stairs on the other side."),
    ("I made you something.", "That is very kind of you."),
    ("The sun is coming up.", "It will be a warm day."),
    ("Is it far?", "No, we are almost there."),
    ("Do you know her?", "Yes, we built the mill together."),
    ("I do not like this place.", "Neither do I. We can leave now."),
    ("How many blocks do we need?", "About forty for the roof."),
    ("I have to go now.", "Goodbye, and see you soon."),
    ("Was it a good day?", "It was. We got a lot done."),
)

# Each exchange as the agent overhears it.
OVERHEARD = tuple(
    (_SCENES[i % len(_SCENES)], (Turn(_ONE, asked), Turn(_OTHER, answer)))
    for i, (asked, answer) in enumerate(_EXCHANGES)
)
