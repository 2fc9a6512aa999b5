import gzip
import json
import random
import shutil

import pytest

from nanoverse.starter import corpus
from nanoverse.starter.corpus import CorpusError, draw_corpus, load


def test_links_are_left_out_and_the_rest_is_kept(corpus_folder):
    loaded = load(corpus_folder)
    texts = [turn.text for turns in loaded.train["persona"] for turn in turns]
    assert not any("http" in text for text in texts)
    assert sum(text == "Bye!" for text in texts) == len(loaded.train["persona"])


def test_held_out_conversations_are_never_trained_on(corpus_folder):
    loaded = load(corpus_folder)
    for name in corpus.FILES:
        assert not set(loaded.train[name]) & set(loaded.held_out[name])
    assert 0 < len(loaded.held_out["persona"]) < 20


def test_authors_with_many_lines_are_held_out(corpus_folder):
    loaded = load(corpus_folder)
    assert list(loaded.authors) == ["regular"]
    assert len(loaded.authors["regular"]) == 120
    assert all(turns[0].text.startswith("hello number") for turns in loaded.authors["regular"])
    parts = (*loaded.train["irc"], *loaded.held_out["irc"])
    assert len(parts) == 120
    assert not any(turn.speaker == "regular" for turns in parts for turn in turns)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"persona.*missing"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no gzip", r"irc\.jsonl\.gz cannot be read as gzipped lines of"),
        (gzip.compress(b'{"turns": []}')[:-9], "cannot be read as gzipped lines of"),
        (gzip.compress(b"no JSON\n"), "cannot be read as gzipped lines of"),
        (gzip.compress(b'{"said": []}\n'), "cannot be read as gzipped lines of"),
        (gzip.compress(b"{}")[:12] + b"no deflate" * 9, "cannot be read as gzipped lines of"),
        (gzip.compress(b'{"turns": [["a", null]]}\n'), "cannot be read as gzipped lines of"),
        (gzip.compress(b'{"turns": [[1, "a"]]}\n'), "cannot be read as gzipped lines of"),
        (gzip.compress(b'{"turns": []}\n'), "holds no conversation of two that can be trained on"),
    ],
    ids=[
        "no gzip",
        "cut off",
        "no JSON",
        "other JSON",
        "no deflate",
        "no text",
        "no speaker",
        "nothing said",
    ],
)
def test_a_file_that_is_no_chat_is_named(corpus_folder, tmp_path, content, sentence):
    folder = shutil.copytree(corpus_folder, tmp_path / "corpus")
    (folder / "irc.jsonl.gz").write_bytes(content)
    with pytest.raises(CorpusError, match=sentence):
        load(folder)


def test_obscene_and_endless_lines_are_left_out(tmp_path):
    turns = [
        ["a", "hi"],
        ["b", "what the s" + "hit"],
        ["b", "x" * 301],
        ["b", ""],
        ["b", "fine"],
        ["a", "type sudo now"],
    ]
    for name in corpus.FILES:
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.write(json.dumps({"turns": turns}) + "\n")
    loaded = load(tmp_path)
    kept = [*loaded.train["irc"], *loaded.held_out["irc"]]
    assert [[turn.text for turn in each] for each in kept] == [["hi", "fine"]]


def test_a_random_speaker_of_a_window_becomes_the_agent(corpus_folder, monkeypatch):
    monkeypatch.setattr(corpus, "HELD_OUT_AUTHORS", 0)
    loaded = load(corpus_folder)
    rng = random.Random(1)
    drawn = [draw_corpus(rng, loaded.train, "irc") for _ in range(60)]
    assert {each.scene.name.rstrip("0123456789") for each in drawn} == {"regular", "guest", "visitor"}
    renamed = [draw_corpus(rng, loaded.train, "persona") for _ in range(20)]
    assert all(each.scene.name in {turn.speaker for turn in each.turns} for each in renamed)
    assert not {"1", "2"} & {turn.speaker for each in renamed for turn in each.turns}
