from __future__ import annotations

import numpy as np
import pytest

from features.simulate.behaviour.hazard import CAUSES
from features.simulate.events.texts import CATEGORIES, REASONS, praises, texts


def said(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    category = np.arange(count) % len(CATEGORIES)
    return category, texts(category, np.random.default_rng(seed))


def is_chinese(sentence: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in sentence)


def test_hardly_any_two_customers_say_the_same() -> None:
    _, sentences = said(4_000)
    assert len(set(sentences)) > 3_900


def test_most_are_chinese_and_none_mixes() -> None:
    _, sentences = said(2_000)
    share = np.mean([is_chinese(one) for one in sentences])
    assert 0.56 < share < 0.64
    english = [one for one in sentences if not is_chinese(one)]
    assert not any(letter in one for one in english for letter in "，。！")


def test_no_blank_is_left_open() -> None:
    _, sentences = said(4_000)
    assert not [one for one in [*sentences, *praises(200, np.random.default_rng(1))] if "{" in one]


def test_a_word_of_one_category_turns_up_in_the_others() -> None:
    category, sentences = said(8_000)
    for words in (("营业厅", "store"), ("信号", "signal"), ("yuan", "元")):
        named = np.array([any(word in one for word in words) for one in sentences])
        assert all(named[category == code].mean() > 0.005 for code in range(len(CATEGORIES)))


def test_names_and_positions_of_categories_mean_the_same() -> None:
    names = np.array(["service", "network", "cancel_request"], dtype=object)
    codes = np.array([CATEGORIES.index(name) for name in names])
    by_name, by_code = (texts(one, np.random.default_rng(3)) for one in (names, codes))
    assert list(by_name) == list(by_code)


def test_the_same_seed_says_the_same_and_another_does_not() -> None:
    assert list(said(50)[1]) == list(said(50)[1])
    assert list(said(50)[1]) != list(said(50, seed=2)[1])


@pytest.mark.parametrize("category", [np.array(["weather"]), np.array([4]), np.array([-1])])
def test_another_category_is_refused(category: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected one of network, billing"):
        texts(category, np.random.default_rng(1))


def test_every_text_has_words() -> None:
    assert len(texts(np.array([], dtype=np.int64), np.random.default_rng(1))) == 0


def test_every_cause_has_a_reason_that_staff_would_record() -> None:
    assert set(CAUSES) <= set(REASONS)
