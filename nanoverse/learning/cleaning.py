"""Which of a player's messages are fit to learn from, and why the others are not.

Nothing here rewrites what a player said: a message is taken whole or left out whole, with a reason that can be
counted and shown. What is left out: nothing to learn (empty, bare links, bare commands), walls of text, whatever
looks like a secret, and near-identical repeats. A habit is not a repeat: a catchphrase inside different messages
survives, because only whole messages are compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nanoverse.learning.caps import DAY_MOST

LONGEST = 300  # characters; an agent's reply is shorter, and longer ones are mostly pasted
SHORT = 20  # characters of the normal form; "yes", "lol" and "good night" are said often, and that is a habit
SHORT_COPIES = 3  # of one short message; of a longer one a single copy is kept
ALIKE = 0.9  # Jaccard index of the trigrams: in a sentence, a typo or an added full stop is above, another word below

# What is said of so many messages that are left out, by the reason that is counted.
PLAIN = {
    "empty": "{} had no words",
    "too long": f"{{}} went over {LONGEST} characters",
    "command": "{} began with a slash, as commands do",
    "bare link": "{} held nothing but a link",
    "e-mail address": "{} held an e-mail address",
    "card number": "{} held what looked like a card number",
    "phone number": "{} held what looked like a phone number",
    "password": "{} looked like a password or a key",
    "repeat": "{} repeated another one of yours",
    "day": f"{{}} went over the {DAY_MOST} that count of one day",
    "partner": "{} went over what counts of talk with one person",
}

_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|net|org|io|gg|de|co\.uk)(?:/\S*)?(?=\s|$)", re.I)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w[\w.-]*")
_NUMBER = re.compile(r"(?<!\w)\+?\(?\d(?:[ ()./-]{0,2}\d){6,}")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
# How a secret is called, in the five languages of the client; with some of these words much else is said, too …
_SURE = (
    r"passw(?:or[dt]|d)|passcode|passphrase|pwd?|(?:api|access|secret)[ _-]?key|(?:api|access|auth)[ _-]?token"
    r"|kennwort|geheimzahl|contrase[ñn]a|clave de acceso|[הובלש]?סיסמ(?:ה|א|ת|תי)|ה?קוד ה?סודי"
    r"|كلم[ةه] (?:ال)?(?:سر|مرور)|كلم[ةه] سري|(?:ال)?رقم (?:ال)?سري|(?:ال)?باسوو?رد"
)
_LOOSE = r"pass|token|login"
_PIN = r"pin(?:[- ]?(?:code|nummer))?|ה?פין"
_NAMED = re.compile(rf"\b(?:{_SURE}|{_LOOSE}|{_PIN}|secret|clave)\b", re.I)  # most talk has none of them
# … how it is joined to what it is …
_IS = (
    r"(?:(?:(?:of mine|von mir|mía|שלי|שלנו|الخاصة? بي) )?"
    r"(?:is|are|was|will be|ist|war|lautet|heißt|heisst|es|era|será|היא|הוא|הייתה|هي|هو|كانت?)|'s)"
)
_JOINED = rf"\b(?:{_SURE}|{_LOOSE}|{_PIN})\b[^\w\n']{{0,3}}{_IS}\b"
# … and how it is told: written out after a colon, as a word with a digit, or the other way round.
_SAID_SECRET = re.compile(
    rf"\b(?:{_SURE}|{_LOOSE}|{_PIN})\b[^\w\n]{{0,3}}[:=]\s*(?=\S*\w\S*\w)\S{{3}}"  # a pass has smileys, too
    rf"|{_JOINED}[^\w\n]{{0,3}}\w*\d"
    rf"|\b(?:{_SURE})\b[^\w\n]{{1,3}}(?=\S{{3}})[^\s\d]*\d"
    rf"|\b(?:{_LOOSE})\b[^\w\n]{{1,3}}(?=\w{{5}})(?:[^\W\d]+\d|\d+[^\W\d_])"
    rf"|\b(?:{_PIN})\b[^\w\n]{{1,3}}\d{{4,8}}\b"
    rf"|\d\S* (?:is|was|ist|war|es|היא|هي) (?:my|the|our|mein|das|die|unser|mi|la|nuestra) (?:{_SURE}|{_PIN})\b",
    re.I,
)
# So is any other word after "is", unless it is one with which something is said about it.
_SAID_PLAINLY = re.compile(rf"{_JOINED}[^\w\n]{{0,3}}(?P<word>[\w']+)", re.I)
_ABOUT = frozenset(
    re.findall(
        r"\S+",
        """
        a an the my your his her our their with me you us it its i he she we they so very too not no in on at to of for
        from and or but if as like just only still also always never now then here there what which who where that this
        what's safe gone lost wrong right old new long short strong weak secret hard easy good bad better same different
        stupid silly boring simple needed required forgotten changed
        ein eine der die das mein dein sein ihr unser mit mir dir bei im am zu sehr nicht kein nur noch auch immer nie
        jetzt hier da was wer wo und oder sicher weg falsch richtig alt neu lang kurz stark schwach geheim gut schlecht
        schwer leicht vergessen
        un una el la los mi tu su con en de que muy ya y o segura larga corta fuerte secreta nueva vieja mala buena
        perdida difícil fácil
        לא מאוד ארוכה קצרה חזקה סודית בטוחה חדשה ישנה אצלי של עם על
        لا ليس ليست جدا طويلة قصيرة قوية ضعيفة سرية آمنة جديدة قديمة معي في من على
        """,
    )
)
# Where gold is may be a secret, too, and the talk of a world is full of those, as a "clave" is the heart of a matter:
# only a single word, or one with a digit, is taken for a key.
_SAID_KEY = re.compile(
    r"\b(?:secret|clave)\b[^\w\n]{0,3}(?:(?:is|are|ist|was|es|era)\b[^\w\n]{0,3}|[:=]\s*)"
    r"(?:\S+\s*(?:$|[.,;!?](?:\s|$))|[^\s\d]+\d)",
    re.I,
)
_SPELT_EMAIL = re.compile(
    r"\w(?: ?[(\[]at[)\]] ?| (?:at|ät|arroba|שטרודל|כרוכית|آت) )(?:"
    r"[\w.-]+(?: ?[(\[]dot[)\]] ?| (?:dot|punkt|punto|נקודה|דוט|دوت|نقطة) )"
    r"(?:com|net|org|edu|gov|info|io|gg|de|at|ch|es|mx|fr|it|uk|co|eu|us|il|sa|eg|ae)\b"
    r"|(?:gmail|googlemail|outlook|hotmail|live|yahoo|gmx|web|icloud|proton|protonmail|aol|posteo)\.\w{2,3}\b"
    r")|\w ?[(\[]at[)\]] ?[\w-]+\.\w",
    re.I,
)
_IN_QUERY = re.compile(r"[?&#;](?P<name>[\w.-]+)=(?P<value>[^&#;\s]+)")
_KEY_NAME = re.compile(r"key|token|secret|pass|pwd|auth|sig|session|credential|code\b", re.I)
_EDGE = ".,;:!?~*()[]{}<>\"'`"


def unfit(text: str) -> str | None:
    """The reason to leave this message out, or None if it may be learnt from."""
    text = text.strip()
    if not text:
        return "empty"
    if len(text) > LONGEST:
        return "too long"
    if text.startswith("/"):
        return "command"
    if not re.search(r"\w", _LINK.sub("", text)) and _LINK.search(text):
        return "bare link"
    return secret(text)


def faults(texts: Sequence[str]) -> list[str | None]:
    """For each text the reason to leave it out, or None if it is kept; of near-identical ones the first is kept."""
    found = [unfit(text) for text in texts]
    fit = [i for i, reason in enumerate(found) if reason is None]
    for i, again in zip(fit, repeats([texts[i] for i in fit]), strict=True):
        found[i] = "repeat" if again else None
    return found


def secret(text: str) -> str | None:
    """The reason if a text holds what is nobody else's business, whatever else it is."""
    if _EMAIL.search(text) or _SPELT_EMAIL.search(text):
        return "e-mail address"
    for number in _NUMBER.findall(text):
        digits = re.sub(r"\D", "", number)
        if 13 <= len(digits) <= 19 and _luhn(digits):
            return "card number"
        grouped = bool(re.search(r"\D", number))
        if len(digits) >= (7 if grouped else 9) and not _DATE.fullmatch(number):
            return "phone number"
    if (
        _tells_a_secret(unicodedata.normalize("NFKC", text).replace("’", "'"))
        or any(_holds_a_key(link) for link in _LINK.findall(text))
        or any(map(_like_a_password, _LINK.sub("", text).split()))
    ):
        return "password"
    return None


def _tells_a_secret(text: str) -> bool:
    return _NAMED.search(text) is not None and (
        _SAID_SECRET.search(text) is not None
        or _SAID_KEY.search(text) is not None
        or any(found["word"].casefold() not in _ABOUT for found in _SAID_PLAINLY.finditer(text))
    )


def _holds_a_key(link: str) -> bool:
    """Whether a link's query says that something in it is a key, or holds what is as long as one."""
    return any(
        bool(re.search(r"\d", found["value"]))
        and len(found["value"]) >= (6 if _KEY_NAME.search(found["name"]) else 20)
        for found in _IN_QUERY.finditer(link)
    )


def _luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _like_a_password(word: str) -> bool:
    """Eight or more characters that mix digits with both cases or with a symbol inside, or one long key, or words that
    each have a digit behind them."""
    word = word.strip(_EDGE)
    if len(word) < 8 or not re.search(r"\d", word) or not re.search(r"[^\W\d]", word):
        return False
    both_cases = word.lower() != word and word.upper() != word
    return (
        both_cases
        or bool(re.search(r"[@#$%^&!]", word))
        or bool(re.fullmatch(r"[\w+/=-]{20,}|(?:[^\W\d_]{3,}\d+){2,}", word))
    )


def repeats(texts: Sequence[str]) -> list[bool]:
    """For each text whether it repeats one that stands before it.

    Two texts are near-identical when they name the same numbers and the Jaccard index of the character trigrams of
    their normal forms is at least `ALIKE`. Candidates come from a prefix filter (Bayardo, Ma and Srikant, WWW
    2007): two sets as alike as that must share one of their rarest few members, so few pairs are ever compared.
    """
    forms = [_normal_form(text) for text in texts]
    numbers = [re.findall(r"\d+", form) for form in forms]
    grams = [frozenset(_trigrams(form)) for form in forms]
    rarity = Counter(gram for one in grams for gram in one)
    copies: Counter[str] = Counter()
    by_gram: dict[str, list[int]] = defaultdict(list)
    found: list[bool] = []
    for index, (form, own) in enumerate(zip(forms, grams, strict=True)):
        copies[form] += 1
        if len(form) < SHORT:
            found.append(copies[form] > SHORT_COPIES)
            continue
        rarest = sorted(own, key=lambda gram: (rarity[gram], gram))[: len(own) - int(ALIKE * len(own)) + 1]
        candidates = {other for gram in rarest for other in by_gram[gram]}
        repeated = any(
            numbers[index] == numbers[other] and len(own & grams[other]) >= ALIKE * len(own | grams[other])
            for other in candidates
        )
        found.append(repeated)
        if not repeated:
            for gram in rarest:
                by_gram[gram].append(index)
    return found


def _normal_form(text: str) -> str:
    """Letters and digits in one case, drawn-out letters once; a text without any stays as it is."""
    text = text.casefold()
    bare = " ".join(re.findall(r"\w+", text)) or text.strip()
    return re.sub(r"([^\W\d])\1+", r"\1", bare)


def _trigrams(form: str) -> Iterator[str]:
    return (form[i : i + 3] for i in range(len(form) - 2))


def in_words(left_out: Mapping[str, int]) -> list[str]:
    """What was left out, in plain words, e.g. `["2 looked like a password or a key"]`."""
    return [PLAIN.get(reason, f"{{}} {reason}").format(number) for reason, number in left_out.items()]


def count(reasons: Iterable[str]) -> dict[str, int]:
    """How often each reason came up, the most frequent first."""
    return dict(Counter(reasons).most_common())
