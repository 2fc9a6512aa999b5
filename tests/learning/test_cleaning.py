"""What is fit to learn from: secrets, walls and repeats are left out, habits stay in."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoverse.learning.cleaning import LONGEST, PLAIN, SHORT_COPIES, in_words, repeats, secret, unfit
from nanoverse.starter.conversation import draw_conversation


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("x " * LONGEST, "too long"),
        ("/tp 100 200", "command"),
        ("https://example.org/a?b=c", "bare link"),
        ("www.example.org, !", "bare link"),
        ("write me at ann.smith+nano@mail.example.co", "e-mail address"),
        ("4111 1111 1111 1111", "card number"),
        ("my card is 5500-0000-0000-0004 ok", "card number"),
        ("call +49 (170) 123-4567", "phone number"),
        ("its 555-867-5309", "phone number"),
        ("01701234567", "phone number"),
        ("my password is fluffy", "password"),
        ("Passwort: hase", "password"),
        ("the PIN = 0000", "password"),
        ("use P4ssw0rt!", "password"),
        ("try correct7horse&staple", "password"),
        ("my secret is fluffy", "password"),
        ("Secret: hunter. ok?", "password"),
        ("sk-abcdef0123456789abcdef0123", "password"),
        ("password hunter2", "password"),
        ("my password's hunter2", "password"),
        ("my password’s hunter2 ok", "password"),
        ("the wifi password is hunter2 for all of you", "password"),
        ("hunter2 is my password", "password"),
        ("my password is correct horse battery staple", "password"),
        ("my password is fluffy, do not tell the others", "password"),
        ("my password is fluffy the cat", "password"),
        ("password will be fluffy77", "password"),
        ("api key: abcdef", "password"),
        ("access token abc123xyz", "password"),
        ("pin 4711", "password"),
        ("my PIN’s 4711", "password"),
        ("my pin is 4711 and nobody knows", "password"),
        ("hunter2hunter2", "password"),
        ("try hunter2hunter2 there", "password"),
        ("mein passwort lautet hunter2", "password"),
        ("Das Kennwort ist Hase", "password"),
        ("das passwort heißt hunter2", "password"),
        ("die Geheimzahl ist 4711", "password"),
        ("contraseña: hunter2", "password"),
        ("mi contraseña es hunter2", "password"),
        ("la clave es hunter2", "password"),
        ("clave: conejo", "password"),
        ("הסיסמה שלי היא hunter2", "password"),
        ("סיסמה: ארנב", "password"),
        ("הפין הוא 4711", "password"),
        ("כנס בסיסמה hunter2", "password"),
        ("ｐａｓｓｗｏｒｄ: fluffy", "password"),
        ("كلمة السر هي hunter2", "password"),
        ("كلمة المرور: أرنب", "password"),
        ("الرقم السري ٤٧١١", "password"),
        ("الباسورد hunter2", "password"),
        ("look https://x.example/a?key=Abcd1234EFGH5678 now", "password"),
        ("it is at https://x.example/?a=1&access_token=abc123def#top", "password"),
        ("see www.x.example/a?id=a1b2c3d4e5f6a7b8c9d0e1", "password"),
        ("joe at gmail dot com", "e-mail address"),
        ("write to joe.smith (at) mail.example [dot] org!", "e-mail address"),
        ("mail joe at gmail.com", "e-mail address"),
        ("joe ät web punkt de", "e-mail address"),
        ("joe arroba gmail punto com", "e-mail address"),
        ("joe שטרודל gmail נקודה com", "e-mail address"),
        ("joe آت gmail دوت com", "e-mail address"),
    ],
)
def test_what_teaches_nothing_or_too_much_is_left_out_with_its_reason(text: str, reason: str) -> None:
    assert unfit(text) == reason
    assert reason in PLAIN


@pytest.mark.parametrize(
    "text",
    [
        "hello there",
        "😀😀😀",
        "~",
        "i dug 1200 stone and 35 wood",
        "meet me at -1204, 88",
        "that was on 2026-11-23 i think",
        "look https://example.org lol",
        "my pin fell into the lake",
        "secret: gold in the cave",
        "the secret is to dig at night",
        "the password game was fun",
        "cool_guy_99 is here",
        "w00t!!!!!!!!",
        "مرحبا كيف حالك",
        "1000000 stones",
        "my password is safe with me",
        "my password is very long and so is yours",
        "the password is wrong",
        "i forgot my password again",
        "what is the password?",
        "who has the password? 12 people asked",
        "mein Passwort ist sehr lang",
        "mein passwort ist weg",
        "mi contraseña es muy larga",
        "la clave es cavar de noche",
        "הסיסמה שלי ארוכה מאוד",
        "كلمة السر طويلة جدا",
        "بين 1200 و 1300",
        "secret: the gold is under the oak",
        "my pin is in the lake",
        "pin 3 signs on the wall",
        "pass me 5 stone",
        "pass 12 torches over",
        "the wolf pass. :3",
        "I do not know Misty Pass :-))",
        "one token 2 times",
        "login at 20:00 tomorrow",
        "the key is under the mat",
        "the code of 1850",
        "starbuilder42 and ravi_99 are here",
        "x12 y34 is my house",
        "look at that dot over there",
        "i am at home dot dot dot",
        "look at example.org lol",
        "see https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42 lol",
        "https://example.org/search?q=how+to+dig+coal is good",
    ],
)
def test_ordinary_talk_stays(text: str) -> None:
    assert unfit(text) is None


def test_what_the_starter_was_taught_to_say_is_hardly_ever_taken_for_a_secret() -> None:
    """Some thousands of made-up lines about this world: any that is left out is one too many, but for names that stand
    alone and look like passwords ("Oscar_34.")."""
    rng = random.Random(7)
    turns = [turn for _ in range(400) for turn in draw_conversation(rng).turns]
    assert len(turns) > 3000
    taken = [turn.text for turn in turns if secret(turn.text)]
    assert [text for text in taken if not re.fullmatch(r"[A-Za-z]+_?\d\d?[.!]?", text)] == []


def test_a_longer_message_is_learnt_from_once_whatever_its_case_and_punctuation() -> None:
    texts = [
        "come and see my new house by the lake before the night falls",
        "COME and see my new house by the lake, before the night falls!!!",
        "come and see my new houuuse by the lake before the night falls ~",
        "come and see my new house by the lake before the night fals",
        "come and see my new house by the lake before the night  faals",
    ]
    assert repeats(texts) == [False, True, True, True, True]


def test_another_word_or_number_makes_another_message() -> None:
    texts = [
        "i found 12 stone by the lake and it was fun",
        "i found 13 stone by the lake and it was fun",
        "i found 12 stone by the hill and it was fun",
        "i found 12 stone by the lake and it was cold",
    ]
    assert not any(repeats(texts))


def test_a_catchphrase_in_different_messages_is_no_repeat() -> None:
    texts = [f"right as rain, lets go to the {place} then ~" for place in ("lake", "hill", "road", "camp")]
    assert not any(repeats(texts))


def test_short_messages_may_come_a_few_times_because_that_is_a_habit_too() -> None:
    assert repeats(["lol", "LOL", "lol!", "lol"]) == [i >= SHORT_COPIES for i in range(4)]


def test_emoji_only_messages_are_told_apart() -> None:
    assert not any(repeats(["😀", "🎉", "😀🎉", "~"]))


def test_what_was_left_out_is_told_in_plain_words() -> None:
    told = in_words({"password": 2, "repeat": 1, "a reason of an older version": 1})
    assert told == [
        "2 looked like a password or a key",
        "1 repeated another one of yours",
        "1 a reason of an older version",
    ]


@given(st.lists(st.text(max_size=60), max_size=12))
def test_whatever_was_said_its_second_half_repeats_the_first(texts: list[str]) -> None:
    twice = [text + " and so on and so forth" for text in texts] * 2
    found = repeats(twice)
    assert len(found) == len(twice)
    assert all(found[len(texts) :])


@given(st.text(max_size=400))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert unfit(text) is None or isinstance(unfit(text), str)
