"""The evaluation with a real, untrained, very small model: every figure is there, and nothing is left behind."""

import argparse
import json
import random

import pytest

from nanoverse.bench import cli as bench
from nanoverse.engine.adapters import BASE_ID_PREFIX
from nanoverse.learning.adapter import AdapterState
from nanoverse.starter import cli, corpus, evaluate, model, pupils, voice_scores, weights_folder
from nanoverse.starter.judging import right
from nanoverse.starter.lexicon import words
from nanoverse.starter.options import sets_of_habits
from nanoverse.starter.pupils import Pupil
from nanoverse.starter.speaking import speaking
from nanoverse.starter.talk_scores import GROUNDED, draw_question
from nanoverse.starter.voice_scores import Learnt
from nanoverse.starter.voices import HELD_OUT, unseen_voice
from tests.starter.test_train import SMALL


@pytest.fixture(scope="module")
def folder(tokenizer, tmp_path_factory):
    found = tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "SHAPE", model.SHAPE | SMALL)
        untrained = model.new_model(tokenizer, seed=0)
    model.write_model(found, untrained, tokenizer, dict(untrained.named_parameters()))
    return found


FIGURES = words(
    "grounded well_formed obscene gain_32 own_beats_others gain_real own_beats_others_real trait_error"
    " train_seconds words_per_s_1 words_per_s_8 params_m weights_mb perplexity_persona perplexity_topical"
    " perplexity_irc"
)


@pytest.mark.parametrize("with_corpus", [False, True])
def test_every_figure_is_measured_or_said_not_to_be(
    folder, tmp_path, monkeypatch, corpus_folder, with_corpus
):
    monkeypatch.setattr(voice_scores, "LESSON", 4)
    monkeypatch.setattr(voice_scores, "SHORT_LESSON", 2)
    monkeypatch.setattr(voice_scores, "JUDGED_BY", 4)
    monkeypatch.setattr(evaluate, "_ASKED", 4)
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
    if with_corpus:
        monkeypatch.setattr(corpus, "HELD_OUT_AUTHORS", 1)
        options += ["--corpus", str(corpus_folder)]
    assert cli.main(["eval", *options]) == 0
    report = json.loads(path.read_text())
    assert all((name in report["figures"]) != (name in report["not_measured"]) for name in FIGURES)
    assert ("gain_real" in report["figures"]) is with_corpus
    assert report["figures"]["grounded"] < 0.5
    # An untrained model babbles, and even a slur may come of it: the babble is counted, not judged.
    assert 0 <= report["figures"]["obscene"] <= report["figures"]["replies"] == 12
    assert report["settings"]["samples"] == 4
    assert report["settings"]["model"] == folder.name and report["settings"]["base"].startswith(
        BASE_ID_PREFIX
    )
    assert str(folder) not in path.read_text()  # no path of this machine


def test_what_was_not_asked_for_is_left_out_and_said(folder, tmp_path, corpus_folder):
    path = tmp_path / "figures.json"
    options = [
        "--model",
        str(folder),
        "--samples",
        "0",
        "--voices",
        "0",
        "--authors",
        "0",
        "--json",
        str(path),
    ]
    assert cli.main(["eval", *options, "--corpus", str(corpus_folder)]) == 0
    report = json.loads(path.read_text())
    assert set(report["figures"]) == {
        "params_m",
        "weights_mb",
        *(f"perplexity_{one}" for one in corpus.FILES),
    }
    assert report["not_measured"]["gain_real"] == "left out by --authors 0"
    assert report["not_measured"]["grounded"] == "left out by --samples 0"
    assert set(FIGURES) <= {*report["figures"], *report["not_measured"]}


def test_a_folder_without_a_model_is_told(tmp_path, capsys):
    assert cli.main(["eval", "--model", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert cli.main(["samples", "--model", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_no_more_voices_can_be_asked_for_than_there_are():
    rng = random.Random(0)
    drawn = {frozenset(trait.name for trait in unseen_voice(rng).traits) for _ in range(10_000)}
    assert len(drawn) == sets_of_habits()


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["starter", "eval", "--voices", str(sets_of_habits() + 1)], "--voices: {} is more than"),
        (["bench", "learning", "--players", str(sets_of_habits() + 1)], "--players: {} is more than"),
        (["starter", "eval", "--voices", "-1"], "--voices: {} is less than 0"),
        (["starter", "eval", "--samples", "-1"], "--samples: {} is less than 0"),
        (["starter", "eval", "--authors", "-1"], "--authors: {} is less than 0"),
        (["starter", "eval", "--threads", "0"], "--threads: {} is less than 1"),
        (
            ["starter", "limits", "--corpus", "c", "--keep", "k", "--authors", "0"],
            "--authors: {} is less than 1",
        ),
        (
            ["starter", "limits", "--corpus", "c", "--keep", "k", "--threads", "0"],
            "--threads: {} is less than 1",
        ),
        (
            ["starter", "train", "--corpus", "c", "--out", "o", "--threads", "0"],
            "--threads: {} is less than 1",
        ),
        (["starter", "samples", "--count", "0"], "--count: {} is less than 1"),
    ],
)
def test_a_number_that_cannot_be_is_told_at_once(command, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        {"starter": cli, "bench": bench}[command[0]].main(command[1:])
    assert sentence.format(command[-1]) in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_corpus_is_told(tmp_path, capsys):
    assert cli.main(["eval", "--corpus", str(tmp_path)]) == 2
    assert "persona.jsonl.gz is missing" in capsys.readouterr().err


def test_questions_are_answered_rightly_by_the_generators_own_reply():
    rng = random.Random(0)
    for _ in range(60):
        question = draw_question(rng, GROUNDED)
        assert question.exchange.kind in GROUNDED
        assert question.turns[-1].speaker != question.scene.name
        assert right(question.exchange, question.exchange.reply)


async def test_the_same_seed_gives_the_same_replies_and_another_gives_others(folder):
    asked = [draw_question(random.Random(3), GROUNDED).asked] * 3
    replies = []
    for seed in (1, 1, 2):
        async with speaking(folder, 1, seed) as speaker:
            replies.append(await speaker.replies(asked))
    assert replies[0] == replies[1] != replies[2]
    assert len({reply.text for reply in replies[0]}) > 1  # each reply is drawn anew


async def test_an_adapter_learns_its_rows_is_what_speaks_and_leaves_the_base_as_it_was(folder, tmp_path):
    async with speaking(folder, 1) as speaker:
        pupil = pupils.made_up(random.Random(1), voice_scores.LESSON + voice_scores.JUDGED_BY)
        before = speaker.nats(speaker.base, pupil.said[:16])
        learnt = voice_scores.learn(speaker, [pupil, pupil], seed=0)
        assert learnt.gain > 0
        assert speaker.nats(speaker.base, pupil.said[:16]) == before
        folders = voice_scores.store(speaker, learnt, tmp_path)
        asked = [(example.scene, example.turns) for example in pupil.said[:4]]
        assert await speaker.replies(asked, folders) != await speaker.replies(asked)
        with pytest.raises(
            RuntimeError, match="adapter"
        ):  # a reply by the base must not pass for one by the adapter
            await speaker.replies(asked, [tmp_path / "missing"])


def test_gain_and_whose_adapter_is_best_are_read_off_the_table():
    nobody = [Pupil(()), Pupil(())]
    adapters = [AdapterState({}, {})] * 2
    learnt = Learnt(nobody, adapters, bare=[3.0, 4.0], nats=[[2.0, 2.0], [3.0, 3.5]], seconds=[1.0, 1.0])
    assert learnt.gain == pytest.approx((1.0 + 0.5) / 2)
    assert learnt.own_beats_others == 0.5


def test_trait_rates_are_shares_of_texts():
    mark = next(trait for trait in HELD_OUT if trait.name == "held-out end mark")
    assert voice_scores.rate(mark, ["a^^", "b^^", "c", "d"]) == 0.5


def test_the_settings_name_what_was_measured():
    given = evaluate.parser().parse_args(["--samples", "7"])
    assert evaluate._settings(given, "sha")["samples"] == 7
    given = argparse.Namespace(json=None, model=weights_folder(), corpus=2)
    assert evaluate._settings(given, "sha") == {
        "model": "starter",
        "base": "sha",
        "lesson": voice_scores.LESSON,
        "judged_by": voice_scores.JUDGED_BY,
    }


def test_samples_are_whole_talks_and_the_same_every_time(folder, capsys):
    for _ in range(2):
        assert cli.main(["samples", "--model", str(folder), "--count", "2"]) == 0
    shown = capsys.readouterr().out
    half = len(shown) // 2
    assert shown[:half] == shown[half:]
    assert shown.count("Talk: ") == 4
    assert shown.count("> **") >= 2 * 2 * 6
