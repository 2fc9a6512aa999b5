"""The evaluation with a real, untrained, very small model: every figure is there, and nothing is left behind."""

import json
import random

import pytest
import torch

from nanoverse.starter import cli, evaluate, model
from nanoverse.starter.adapting import adapted
from nanoverse.starter.conversation import voiced_messages
from nanoverse.starter.evaluate import GROUNDED, draw_question
from nanoverse.starter.habits import ending
from nanoverse.starter.judging import right
from nanoverse.starter.lexicon import words
from nanoverse.starter.speaking import Speaker
from nanoverse.starter.voices import Voice
from tests.starter.test_train import SMALL


@pytest.fixture(scope="module")
def folder(tokenizer, tmp_path_factory):
    found = tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "SHAPE", model.SHAPE | SMALL)
        untrained = model.new_model(tokenizer, seed=0)
    model.write_model(found, untrained, tokenizer, dict(untrained.named_parameters()))
    return found


def test_every_figure_is_measured_or_said_not_to_be(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("nanoverse.starter.speaking.REPLY_TOKENS", 4)
    monkeypatch.setattr("nanoverse.starter.adapting.EPOCHS", 1)
    path = tmp_path / "figures.json"
    options = [
        "--model",
        str(folder),
        "--samples",
        "4",
        "--voices",
        "2",
        "--threads",
        "1",
        "--json",
        str(path),
    ]
    assert cli.main(["eval", *options]) == 0
    report = json.loads(path.read_text())
    names = words(
        "grounded well_formed obscene gain_32 own_beats_others gain_real own_beats_others_real trait_error"
        " train_seconds words_per_s_1 words_per_s_8 params_m weights_mb"
    )
    assert all((name in report["figures"]) != (name in report["not_measured"]) for name in names)
    assert report["figures"]["grounded"] < 0.5
    assert report["figures"]["obscene"] == 0
    assert report["settings"]["samples"] == 4
    assert report["machine"]["torch"] == torch.__version__


def test_a_folder_without_a_model_is_told(tmp_path, capsys):
    assert cli.main(["eval", "--model", str(tmp_path)]) == 2
    assert "holds no starter model" in capsys.readouterr().err


def test_questions_are_answered_rightly_by_the_generators_own_reply():
    rng = random.Random(0)
    for _ in range(60):
        question = draw_question(rng, GROUNDED)
        assert question.exchange.kind in GROUNDED
        assert question.turns[-1].speaker != question.scene.name
        assert right(question.exchange, question.exchange.reply)


def test_an_adapter_learns_its_rows_and_leaves_the_base_as_it_was(folder):
    base = Speaker.load(folder)
    rows = base.rows(voiced_messages(random.Random(1), Voice((ending("~", "tilde"),)), 6))
    before = base.nats(rows)
    with adapted(base, rows, seed=0) as (speaker, seconds):
        assert speaker.nats(rows) < before
        assert seconds > 0
    assert base.nats(rows) == pytest.approx(before, abs=1e-6)
    assert not any("lora" in name for name, _ in base.model.named_parameters())


def test_trait_rates_are_shares_of_texts():
    voice = Voice((ending("~", "tilde"),))
    assert evaluate._rates(voice, ["a~", "b~", "c", "d"]) == [0.5]
