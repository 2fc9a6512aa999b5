"""Every language says all that English says, and English says all that the page asks for."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from nanoverse.learning import cleaning
from nanoverse.web.pages import STATIC
from nanoverse.world.blocks import AIR, BLOCKS

LANG = STATIC / "lang"
OTHERS = sorted(path.stem for path in LANG.glob("*.json") if path.stem != "en")
# The plural forms that whole numbers need, by language (Unicode CLDR, cardinal rules).
FORMS = {
    "en": {"one", "other"},
    "de": {"one", "other"},
    "es": {"one", "many", "other"},
    "he": {"one", "two", "other"},
    "ar": {"zero", "one", "two", "few", "many", "other"},
}
GROUPS = {"blocks", "server"}  # tables within a file, keyed by the server's own words
PROSE = re.compile(
    r"""(?:textContent:?|placeholder:?|'aria-label':|title:(?= .[A-Z])) ?=? ?"""
    r"""(?:'[^'\n]*[A-Za-z]{2}|`[^`\n$]*[A-Za-z]{2})"""
    r"""|(?:toast|togglePanel|Error)\(\s*['`][^'`\n]*[A-Za-z]{2}"""
)
CALL = re.compile(r"\bt\(\s*(?:'([\w.]+)'|`([\w.]+)\$\{|(?![)\s])(.{0,30}))")
MARKUP = re.compile(r'data-t(?:-label|-placeholder)?="([\w.]+)"')


def read(language: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((LANG / f"{language}.json").read_text(encoding="utf-8"))
    return content


def texts(language: str) -> dict[str, Any]:
    return {key: text for key, text in read(language).items() if key not in GROUPS}


def holes(text: str | dict[str, str]) -> set[str]:
    """The placeholders of a text; a plural form may leave out the number it stands for."""
    if isinstance(text, str):
        return set(re.findall(r"\{(\w+)\}", text))
    return set().union(*map(holes, text.values())) | {"count"}


def asked(source: str) -> tuple[set[str], set[str], set[str]]:
    """The keys that a script asks for, the beginnings of keys it puts together, and calls that name neither."""
    keys, beginnings, unclear = set(), set(), set()
    for key, beginning, other in CALL.findall(source):
        if key:
            keys.add(key)
        elif beginning:
            beginnings.add(beginning)
        else:
            unclear.add(other)
    return keys, beginnings, unclear


def scripts() -> list[Path]:
    return [path for path in STATIC.glob("js/**/*.js") if path.name != "lang.js"]


def test_the_scan_sees_keys_beginnings_and_calls_without_either() -> None:
    assert asked("t('a.b') + t(`sky.${x}`) + t(name) + cut('no')") == (
        {"a.b"},
        {"sky."},
        {"name) + cut('no')"},
    )


def test_english_has_every_text_that_is_asked_for_and_no_other() -> None:
    keys: set[str] = set()
    beginnings: set[str] = set()
    for script in scripts():
        found, begun, unclear = asked(script.read_text(encoding="utf-8"))
        assert not unclear, (
            f"{script.name}: t() wants a literal key, so that this test can follow it: {unclear}"
        )
        keys |= found
        beginnings |= begun
    for page in STATIC.glob("*.html"):
        keys |= set(MARKUP.findall(page.read_text(encoding="utf-8")))
    english = set(texts("en"))
    assert keys - english == set(), "asked for, but not in en.json"
    assert {b for b in beginnings if not any(key.startswith(b) for key in english)} == set()
    assert {k for k in english - keys if not k.startswith(tuple(beginnings))} == set(), "never asked for"


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_all_that_english_says_with_the_same_placeholders(language: str) -> None:
    english, own = texts("en"), texts(language)
    assert set(english) - set(own) == set(), f"not translated in {language}.json"
    assert set(own) - set(english) == set(), f"in {language}.json, but not in en.json"
    assert {key for key in own if holes(own[key]) != holes(english[key])} == set()
    assert {key for key in own if isinstance(own[key], str) != isinstance(english[key], str)} == set()


@pytest.mark.parametrize("language", ["en", *OTHERS])
def test_plurals_have_the_forms_of_their_language_and_no_text_is_empty(language: str) -> None:
    for key, text in texts(language).items():
        forms = text if isinstance(text, dict) else {"other": text}
        assert all(form.strip() for form in forms.values()), key
        assert isinstance(text, str) or set(text) == FORMS[language], key


def test_of_each_list_of_the_console_that_is_empty_it_is_said_in_words_of_its_own() -> None:
    """Languages in which things have a gender need one word for each, where English has the same for all."""
    page = (STATIC / "admin.html").read_text(encoding="utf-8")
    said = re.findall(r'id="\w+-none" data-t="([\w.]+)"', page)
    assert len(said) > 1
    assert sorted(said) == sorted(set(said))


def test_no_script_shows_words_of_its_own() -> None:
    """Errors that only a programmer can cause are in English, and are the only ones allowed here."""
    for script in scripts():
        shown = PROSE.findall(script.read_text(encoding="utf-8"))
        assert [words for words in shown if not words.startswith("Error(")] == [], script.name


@pytest.mark.parametrize("language", OTHERS)
def test_every_block_has_a_name_in_every_language(language: str) -> None:
    names = {block.name for block in BLOCKS if block.id != AIR}
    own = read(language)["blocks"]
    assert set(own) == names
    assert all(own.values())


# What no page of ours can cause: requests that our scripts never make, and states that the world itself forbids.
PROGRAMMERS = {
    "A body cannot be at {}, {}: that is outside the world.",
    "A body cannot face way {} with slot {} in the hand.",
    "A body has up to {} slots of at most {} each (a tool: its uses), not {}.",
    "A deed is told by since, verb and what, as the digest has them.",
    "A digest is closed with the message and time that came with it.",
    "A frame is binary msgpack.",
    "A reaction is a like, a dislike or none.",
    "A report has a number, and is handled or not.",
    "A request is a JSON object.",
    "A request that changes something needs the header {}: 1.",
    "A step goes to one of the eight sides.",
    "A version is a whole number; 0 is the base model without an adapter.",
    "Body {} is in the world already.",
    "Only the owner of the data folder may do that.",
    "That is not JSON.",
    "That is not text.",
    "The chest at {}, {} cannot hold {}.",
    "There is no slot {} in the hot bar.",
    "There is no slot {}.",
    "There is no such channel.",
    "This world is not known by that name; the server's --allowed-hosts can add it.",  # gives no page at all
    "Too many frames that make no sense.",
    "Whether an account is locked is true or false.",
    "Whether the night pauses is true or false.",
    "agent is true (by the agent), false (in person) or left out (both).",
    "{} is a whole number from {} to {}.",
}
# What the engine says to whoever programs it, not of a model.
OF_THE_ENGINE = {
    "The engine computes in {} or auto, not in {}.",
    "The engine has not been started.",
    "The engine runs on cpu, cuda or auto, not on {}.",
    "{} conversations at once cannot share a memory of {} tokens: choose fewer.",
}
WORDS = re.compile(r"[a-z]+ [a-z]+")
SENTENCE = re.compile(r"(?s)\S.*(?:[.!?]|: \{\})")


def text(node: ast.expr) -> str:
    """What an expression says, with {} where something is filled in."""
    match node:
        case ast.Constant(value=bytes() as value):  # a farewell
            return value.decode(errors="replace")
        case ast.Constant(value=str() as value):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(text(part) for part in parts)
    return "{}"


def trees(*folders: str) -> list[ast.Module]:
    return [
        ast.parse(path.read_text(encoding="utf-8"))
        for folder in folders
        for path in (STATIC.parent / "nanoverse" / folder).glob("**/*.py")
    ]


def server_sentences() -> set[str]:
    """All texts of the server."""
    return {text(node) for tree in trees("") for node in ast.walk(tree) if isinstance(node, ast.expr)}


def refusals(tree: ast.Module) -> set[str]:
    """What may be said to a player: whole sentences, and what a function returns, which may be the end of one.

    Not docstrings, what goes into the console, or the parts that another text is put together from.
    """
    unheard: set[ast.AST] = set()
    returned: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as docstring):
                unheard.add(docstring)
            case ast.JoinedStr():
                unheard.update(part for part in ast.walk(node) if part is not node)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "_log")), args=args):
                unheard.update(args)
            case ast.Return(value=ast.IfExp(body=one, orelse=other)):
                returned.update((one, other))
            case ast.Return(value=ast.expr() as value):
                returned.add(value)
    said = {node: text(node) for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr)}
    return {
        words
        for node, words in said.items()
        if node not in unheard and WORDS.search(words) and (node in returned or SENTENCE.fullmatch(words))
    }


def test_the_scan_sees_refusals_and_neither_docstrings_nor_the_console() -> None:
    source = '''
def f(x):
    """This is a docstring."""
    log.error("this went wrong.")
    if x:
        return "somebody stands there" if x > 1 else f"This is {name(x or 'some thing.')}'s land."
    raise ChatError(f"It is so: {y}") from error("part of it")
'''
    assert refusals(ast.parse(source)) == {
        "somebody stands there",
        "This is {}'s land.",
        "It is so: {}",
    }


# What the owner meets on the console, and who calls the store wrongly.
OF_THE_STORE = {
    "Player {} has no adapter version {}.",
    "Player {} has no adapter version {} that was ever offered.",
    "The data folder {} cannot be used: {}. Give NanoVerse the right to write there, or choose another folder"
    " with --data.",
    "The database {} cannot be opened: {}.",
    "The database {} cannot be used: {}.",
    "{} another folder with --data.",
    "{} has schema {}, but this NanoVerse knows only {}: a newer one wrote it. Update NanoVerse, or restore a backup"
    " made by this one.",
    "A restore was broken off and cannot be ended: {}. What was there before lies in the folders called replaced-…;"
    " move it back, or remove {} and restore again.",
}


@pytest.mark.parametrize("language", OTHERS)
def test_what_the_store_could_not_do_is_said_in_every_language(language: str) -> None:
    said = {words for words in set().union(*map(refusals, trees("store"))) if SENTENCE.fullmatch(words)}
    assert said - set(read(language)["server"]) - OF_THE_STORE == set(), f"not translated in {language}.json"
    assert OF_THE_STORE - said == set(), "no longer said"


@pytest.mark.parametrize("language", OTHERS)
def test_every_refusal_that_a_page_can_meet_is_said_in_every_language(language: str) -> None:
    said = set().union(*map(refusals, trees("world", "chat", "web")))
    assert said - set(read(language)["server"]) - PROGRAMMERS == set(), f"not translated in {language}.json"
    assert PROGRAMMERS - said == set(), "no longer said"


def model_notes() -> set[str]:
    """What a page shows of the model: what it is, and why it cannot be used."""
    engine = trees("engine", "hub")
    faults = {
        text(error.args[0])
        for tree in engine
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and isinstance(error := node.exc, ast.Call) and error.args
        if isinstance(error.func, ast.Name) and error.func.id in ("ModelError", "DeviceError")
    }
    ends = {
        text(node.value)
        for tree in engine
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.JoinedStr)
        if any(isinstance(target, ast.Attribute) and target.attr == "failure" for target in node.targets)
    }
    assert ends == {"The engine has failed and must be restarted ({}: {})."}
    hub, app = (
        ast.parse((STATIC.parent / "nanoverse" / name).read_text(encoding="utf-8"))
        for name in ("hub/models.py", "app.py")
    )
    (note,) = (node for node in app.body if isinstance(node, ast.FunctionDef) and node.name == "_note")
    made_elsewhere = {
        "{}"
    }  # a sentence by another name, which the two below bring, or with more of a path in it
    return (faults | ends | refusals(hub) | refusals(ast.Module([note], []))) - made_elsewhere - OF_THE_ENGINE


@pytest.mark.parametrize("language", OTHERS)
def test_what_a_model_is_and_why_it_cannot_be_used_is_said_in_every_language(language: str) -> None:
    said = model_notes()
    assert said - set(read(language)["server"]) == set(), f"not translated in {language}.json"
    assert len(said) > 25 and "Agents speak through {}." in said, "the scan sees no longer what it should"


def test_the_sentences_of_the_server_that_are_translated_are_ones_that_it_says() -> None:
    said = server_sentences()
    tables = {language: read(language)["server"] for language in OTHERS}
    for language, table in tables.items():
        assert set(table) - said == set(), f"{language}.json translates what the server no longer says"
        assert set(table) == set(tables["de"]), language
        for sentence, words in table.items():
            assert set(re.findall(r"\{(\d)\}", words)) == {str(i) for i in range(sentence.count("{}"))}, words


@pytest.mark.parametrize("language", OTHERS)
def test_why_messages_were_left_out_is_said_in_every_language(language: str) -> None:
    table = read(language)["server"]
    assert all(re.sub(r"\d+", "{}", plain) in table for plain in cleaning.PLAIN.values())
