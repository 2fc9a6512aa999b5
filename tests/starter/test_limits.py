"""The study with a real, untrained, very small model: it can be stopped, goes on, and comes to the same."""

import json

import pytest

from nanoverse.starter import cli, corpus, limits, model, voice_scores
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
    assert "keep" not in first["settings"]  # no path of this machine
