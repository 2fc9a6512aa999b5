"""A small corpus and a small tokenizer, made once for the room's tests."""

import gzip
import json
import random

import pytest

from nanoverse.starter.conversation import draw_conversation
from nanoverse.starter.tokenizer import train_tokenizer


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    talk = [
        ["1", "I like the {0} sea, do you?"],
        ["2", "Yes, all {0} of it."],
        ["1", "See http://x.y/{0} then."],
        ["2", "Bye!"],
    ]
    chat = [
        ["regular", "hello number {0}"],
        ["guest{0}", "hello regular"],
        ["visitor{0}", "welcome both {0}"],
    ]
    for name, lines in {"persona": talk, "topical": talk, "irc": chat}.items():
        with gzip.open(folder / f"{name}.jsonl.gz", "wt") as file:
            for number in range(120):
                turns = [[speaker.format(number), text.format(number)] for speaker, text in lines]
                file.write(json.dumps({"source": name, "turns": turns}) + "\n")
    return folder


@pytest.fixture(scope="session")
def tokenizer():
    rng = random.Random(0)
    texts = (f"{turn.speaker}: {turn.text}" for _ in range(150) for turn in draw_conversation(rng).turns)
    return train_tokenizer(texts)
