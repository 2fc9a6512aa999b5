"""Settings come from four places in a fixed order, and a wrong one is named with its source."""

import argparse
import dataclasses
from pathlib import Path

import pytest

from nanoverse import config
from nanoverse.config import ConfigError, Settings


def test_the_stronger_source_wins(tmp_path: Path) -> None:
    toml = tmp_path / "nanoverse.toml"
    toml.write_text('port = 1001\nhost = "0.0.0.0"\nnight = false\n')
    settings = config.load({"port": "1003"}, {"NANOVERSE_PORT": "1002", "NANOVERSE_THREADS": "2"}, toml)
    assert (settings.port, settings.threads, settings.host, settings.night) == (1003, 2, "0.0.0.0", False)
    assert settings.model == "starter"


@pytest.mark.parametrize(
    ("name", "raw", "part"),
    [
        ("port", "many", "port must be a whole number"),
        ("port", "70000", "port must be from 0 to 65535, not 70000"),
        ("port", "1.5", "port must be a whole number"),
        ("night_time", "25:00", "night_time does not look like '03:30'"),
        ("night_hours", "25", "night_hours must be from 0.5 to 24, not 25"),
        ("device", "tpu", "device must be one of auto, cpu, cuda"),
        ("dtype", "int8", "dtype must be one of auto, float32, bfloat16, float16, not 'int8'"),
        ("agents", "perhaps", "agents must be yes or no"),
        ("temperature", "nan", "temperature must be from 0 to 2"),
        ("prot", "1", "There is no setting called 'prot'"),
    ],
)
def test_a_wrong_value_is_refused_with_name_reason_and_source(name: str, raw: str, part: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        config.load({name: raw}, {}, Path("nowhere.toml"))
    assert part in str(refusal.value) and "the command line" in str(refusal.value)


def test_a_file_may_begin_with_the_mark_that_some_editors_write(tmp_path: Path) -> None:
    toml = tmp_path / "nanoverse.toml"
    toml.write_bytes(b"\xef\xbb\xbfport = 1001\n")
    assert config.load({}, {}, toml).port == 1001


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    toml = tmp_path / "nanoverse.toml"
    toml.write_text("port = = 1")
    with pytest.raises(ConfigError, match=r"nanoverse\.toml cannot be read"):
        config.load({}, {}, toml)


def test_a_truth_value_is_not_taken_for_a_number(tmp_path: Path) -> None:
    toml = tmp_path / "nanoverse.toml"
    toml.write_text("port = true")
    with pytest.raises(ConfigError, match="port must be a whole number"):
        config.load({}, {}, toml)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("port = 80.9", "port must be a whole number, not 80.9"),
        ("threads = inf", "threads must be a whole number, not inf"),
        (
            'allowed_hosts = ["a.example", "b.example"]',
            "allowed_hosts must be a text, not ['a.example', 'b.example']",
        ),
        ("model = 5", "model must be a text, not 5"),
        ('data = ["a"]', "data must be a text, not ['a']"),
    ],
)
def test_what_a_file_gives_is_not_bent_into_what_is_wanted(tmp_path: Path, line: str, part: str) -> None:
    toml = tmp_path / "nanoverse.toml"
    toml.write_text(line)
    with pytest.raises(ConfigError) as refusal:
        config.load({}, {}, toml)
    assert part in str(refusal.value) and str(toml) in str(refusal.value)


def test_a_whole_number_may_stand_where_any_number_may(tmp_path: Path) -> None:
    toml = tmp_path / "nanoverse.toml"
    toml.write_text("away_seconds = 5\nseed = 1e3\n")
    settings = config.load({}, {}, toml)
    assert (settings.away_seconds, settings.seed) == (5.0, 1000)


def test_more_messages_are_not_needed_than_are_looked_at() -> None:
    """Else nobody's agent would ever be trained, and none would say why."""
    given = {"min_messages": "1001"}
    with pytest.raises(ConfigError) as refusal:
        config.load(given, {}, Path("nowhere.toml"))
    assert str(refusal.value) == "min_messages must not be more than window_messages: 1001 is more than 1000."
    assert config.load(given | {"window_messages": "1001"}, {}, Path("nowhere.toml")).min_messages == 1001


@pytest.mark.parametrize("name", ["data", "adapters", "host", "model"])
def test_nothing_is_not_taken_for_a_folder_an_address_or_a_model(name: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        config.load({}, {f"NANOVERSE_{name.upper()}": ""}, Path("nowhere.toml"))
    assert str(refusal.value) == f"{name} must not be empty (from the environment)."


def test_every_setting_is_an_option_with_its_help_and_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # so that no help is broken at a hyphen
    parser = argparse.ArgumentParser()
    config.add_arguments(parser)
    text = " ".join(parser.format_help().split())
    for field in dataclasses.fields(Settings):
        assert "--" + field.name.replace("_", "-") in text
        assert field.metadata["help"].split(";")[0] in text
    assert parser.parse_args(["--away-seconds", "5"]).away_seconds == "5"


def test_the_help_says_that_one_address_takes_half_of_the_places_to_watch_from() -> None:
    parser = argparse.ArgumentParser()
    config.add_arguments(parser)
    assert "one address may take half of the places" in " ".join(parser.format_help().split())


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("NANOVERSE_PROT", "; the nearest is 'NANOVERSE_PORT'."),
        ("NANOVERSE_port", "; the nearest is 'NANOVERSE_PORT'."),
        ("NANOVERSE_ALLOWED_HOST", "; the nearest is 'NANOVERSE_ALLOWED_HOSTS'."),
        ("NANOVERSE_QQQQQQ", "."),
    ],
)
def test_a_variable_that_is_no_setting_is_named_with_the_nearest_that_is(
    caplog: pytest.LogCaptureFixture, key: str, near: str
) -> None:
    """It may be somebody else's, such as what a container gets of its neighbours: no reason not to start."""
    ours = {"NANOVERSE_PORT": "1002", "NANOVERSE_CHROMIUM": "/usr/bin/chromium", "PROT": "1"}
    assert config.load({}, {**ours, key: "1001"}, Path("nowhere.toml")).port == 1002
    assert [record.getMessage() for record in caplog.records] == [
        f"There is no setting called {key!r} (from the environment){near}"
    ]


def test_a_key_that_is_no_setting_is_refused_with_the_nearest_that_is(tmp_path: Path) -> None:
    toml = tmp_path / "nanoverse.toml"
    toml.write_text("night_tim = '04:00'\n")
    with pytest.raises(ConfigError) as refusal:
        config.load({}, {}, toml)
    assert str(refusal.value) == (
        f"There is no setting called 'night_tim' (from {toml}); the nearest is 'night_time'."
    )


def test_every_default_passes_its_own_check() -> None:
    for field in dataclasses.fields(Settings):
        assert config.parse(field.name, field.default, "default") == field.default


def test_a_setting_that_is_gone_is_named_with_the_reason_wherever_it_stands(tmp_path: Path) -> None:
    toml = tmp_path / "nanoverse.toml"
    toml.write_text("adapter_slots = 4\n")
    for environ, file, source in (
        ({}, toml, str(toml)),
        ({"NANOVERSE_ADAPTER_SLOTS": "4"}, Path("nowhere.toml"), "the environment"),
    ):
        with pytest.raises(ConfigError) as refusal:
            config.load({}, environ, file)
        said = str(refusal.value)
        assert f"no setting called 'adapter_slots' any more (from {source}). Take it out: every" in said


def test_what_is_gone_is_no_setting() -> None:
    assert not config.RETIRED.keys() & {field.name for field in dataclasses.fields(Settings)}
