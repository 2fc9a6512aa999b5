"""Every language says all that English says, and English says all that the page asks for."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

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


def server_sentences() -> set[str]:
    """All texts of the server, with {} where something is filled in."""

    def text(node: ast.expr) -> str:
        match node:
            case ast.Constant(value=bytes() as value):  # a farewell
                return value.decode(errors="replace")
            case ast.Constant(value=str() as value):
                return value
            case ast.JoinedStr(values=parts):
                return "".join(text(part) for part in parts)
        return "{}"

    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in STATIC.parent.glob("nanoverse/**/*.py"))
    return {text(node) for tree in trees for node in ast.walk(tree) if isinstance(node, ast.expr)}


def test_the_sentences_of_the_server_that_are_translated_are_ones_that_it_says() -> None:
    said = server_sentences()
    tables = {language: read(language)["server"] for language in OTHERS}
    for language, table in tables.items():
        assert set(table) - said == set(), f"{language}.json translates what the server no longer says"
        assert set(table) == set(tables["de"]), language
        for sentence, words in table.items():
            assert set(re.findall(r"\{(\d)\}", words)) == {str(i) for i in range(sentence.count("{}"))}, words
