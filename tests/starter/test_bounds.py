import numpy as np
import pytest

from nanoverse.starter import bounds


def messages(*nats):
    return [np.array(one, dtype=float) for one in nats]


def test_a_gain_counts_tokens_and_not_messages():
    assert bounds.gain(messages([4.0], [1.0, 1.0, 1.0]), messages([2.0], [1.0, 1.0, 1.0])) == 0.5


def test_the_setting_of_an_author_is_chosen_without_them():
    gains = np.array([[9.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert bounds.left_out_choice(gains) == 0.0  # by the sum of all, the first would have its nine
    assert bounds.left_out_choice(np.array([[1.0, 0.0]] * 3)) == 1.0


def test_words_are_recalled_by_how_often_they_came_and_after_what():
    alone, after = bounds.recalled([[5, 6, 7], [5, 6, 8]], [[5, 6, 8], [9, 6]])
    assert alone.tolist() == pytest.approx([2 / 6, 2 / 6, 1 / 6, 0.0, 2 / 6])
    assert after.tolist() == pytest.approx([1.0, 1.0, 0.5, 0.0, 2 / 6])


def test_the_best_mixture_is_never_worse_than_the_base_and_finds_the_better_model():
    base = messages([2.0, 1.0], [3.0])
    assert bounds.mixture_gain(base, [np.zeros(3)]) == pytest.approx(0.0, abs=1e-6)
    better = np.exp(-np.array([1.0, 0.5, 2.0]))
    assert bounds.mixture_gain(base, [better]) == pytest.approx((1.0 + 0.5 + 1.0) / 3, abs=0.01)


def test_the_best_mixture_takes_from_each_what_it_knows():
    likely, unlikely = np.log(2.0), 10.0
    base = messages([likely, unlikely])
    other = np.exp(-np.array([unlikely, likely]))
    assert bounds.mixture_gain(base, [other]) > bounds.per_token(base) - 2 * likely - 0.01


def table(own, others, authors=3, count=32):
    """Scores of as many authors: 4 tokens a message, of `own` or `others` nats each, with a little noise."""
    rng = np.random.default_rng(1)
    return [
        [
            [np.full(4, own if a == p else others) + rng.normal(0, 0.5, 4) for _ in range(count)]
            for a in range(authors)
        ]
        for p in range(authors)
    ]


def test_a_gain_is_parted_into_what_others_bring_and_what_is_ones_own():
    base = [messages(*[[4.0] * 4] * 32)] * 3
    found = dict(bounds.parts(base, table(own=3.0, others=3.5)))
    assert found["gain_of_others"] == pytest.approx(0.5, abs=0.1)
    assert found["gain_personal"] == pytest.approx(0.5, abs=0.1)
    assert found["own_beats_others"] == found["own_beats_others_low"] == found["own_would_win_of_512"] == 1.0


def test_the_less_is_ones_own_the_more_messages_it_takes_to_show():
    base = [messages(*[[4.0] * 4] * 32)] * 3
    found = dict(bounds.parts(base, table(own=3.4, others=3.5)))
    shares = [found[f"own_would_win_of_{size}"] for size in bounds.SIZES]
    assert shares == sorted(shares) and shares[0] < 0.95 < shares[-1]
    assert found["own_beats_others_low"] <= found["own_beats_others_high"]
