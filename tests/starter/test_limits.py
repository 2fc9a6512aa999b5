"""The study with a real, untrained, very small model: it can be stopped, goes on, and comes to the same."""

import gzip
import json
import random
import shutil

import numpy as np
import pytest

from nanoverse.engine.adapters import BASE_ID_PREFIX
from nanoverse.learning.strength import STRENGTHS
from nanoverse.starter import cli, corpus, limits, model, voice_scores
from nanoverse.starter.limits import Taught
from tests.starter.test_train import SMALL


@pytest.fixture
def folder(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(model, "SHAPE", model.SHAPE | SMALL)
    untrained = model.new_model(tokenizer, seed=0)
    model.write_model(tmp_path / "model", untrained, tokenizer, dict(untrained.named_parameters()))
    return tmp_path / "model"


@pytest.fixture
def options(folder, corpus_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "LESSON", 8)
    monkeypatch.setattr(limits, "JUDGED_BY", 4)
    monkeypatch.setattr(voice_scores, "LESSON", 8)
    monkeypatch.setattr(voice_scores, "JUDGED_BY", 4)
    monkeypatch.setattr(limits, "CURVE", (4, 8))
    monkeypatch.setattr(corpus, "HELD_OUT_AUTHORS", 1)
    given = {"--corpus": corpus_folder, "--keep": tmp_path / "keep", "--model": folder, "--authors": 1}
    return ["limits", *(str(part) for pair in given.items() for part in pair)]


def test_a_study_goes_on_where_it_was_stopped_and_measures_nothing_twice(options, tmp_path, capsys):
    path = tmp_path / "figures.json"
    assert cli.main([*options, "--minutes", "0"]) == limits.UNFINISHED
    assert "goes on" in capsys.readouterr().err
    assert cli.main([*options, "--json", str(path)]) == 0
    first = json.loads(path.read_text())
    assert "s\n" in capsys.readouterr().err
    # There is nothing left to measure.
    assert cli.main([*options, "--json", str(path), "--minutes", "0"]) == 0
    figures = first["figures"]
    assert json.loads(path.read_text())["figures"] == figures
    assert figures["gain_oracle"] >= figures["gain_chosen"]
    assert {"gain_at_1", "gain_words_oracle", "gain_after_8_chosen"} <= figures.keys()
    assert first["settings"]["model"] == "model" and first["settings"]["base"].startswith(BASE_ID_PREFIX)
    assert str(tmp_path) not in path.read_text()  # no path of this machine


def test_scores_of_another_model_seed_or_of_other_words_are_not_taken_for_these(
    options, folder, corpus_folder, tokenizer, tmp_path, capsys
):
    assert cli.main([*options, "--minutes", "0"]) == limits.UNFINISHED
    capsys.readouterr()
    other = model.new_model(tokenizer, seed=9)
    model.write_model(tmp_path / "other", other, tokenizer, dict(other.named_parameters()))
    chat = shutil.copytree(corpus_folder, tmp_path / "corpus")
    lines = gzip.decompress((chat / "irc.jsonl.gz").read_bytes()).decode()
    (chat / "irc.jsonl.gz").write_bytes(gzip.compress(lines.replace("hello number", "hi number").encode()))
    for another, what in (
        (["--model", str(tmp_path / "other")], "model"),
        (["--seed", "2"], "seed"),
        (["--corpus", str(chat)], "authors"),
    ):
        assert cli.main([*options, *another, "--minutes", "0"]) == 2
        assert f"with another {what}" in capsys.readouterr().err
    assert (
        cli.main([*options, "--authors", "2", "--minutes", "0"]) == limits.UNFINISHED
    )  # these are among them
    (tmp_path / "keep" / "settings.json").unlink()
    (tmp_path / "keep" / "0-base.npz").write_bytes(b"")
    assert cli.main([*options, "--minutes", "0"]) == 2
    assert "settings.json" in capsys.readouterr().err


def test_the_strength_is_chosen_as_a_night_does_more_than_was_trained_only_if_it_is_surely_better():
    def taught(saved):
        """At more than was trained each message costs so much less than as trained, at less far more."""
        costs = {1.0: np.full(len(saved), 20.0), 1.25: 20.0 - np.array(saved)}
        return Taught(
            [[np.full(4, one / 4) for one in costs.get(s, [30.0] * len(saved))] for s in STRENGTHS], []
        )

    rng = random.Random(0)
    by_a_hair = [rng.gauss(0, 1) for _ in range(16)]
    by_a_hair = [one - sum(by_a_hair) / 16 + 0.01 for one in by_a_hair]
    assert STRENGTHS[taught(by_a_hair).chosen] == 1.0
    assert STRENGTHS[taught([one + 1 for one in by_a_hair]).chosen] == 1.25
