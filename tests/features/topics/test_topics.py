"""Topics: found in texts of two scripts, the same whatever the order, and assigned for good."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from random import Random

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from features.settings import TopicSettings
from features.topics import MIN_TEXTS, Script, Topics, assign, fit, runs
from tests import facts as given
from tests.facts import MOMENTS, WORDS, Fact, day, fact, joined

rows = partial(given.rows, of=("topics",))  # all features at once would take long

AT = datetime(2025, 1, 1)
# Each matter is a third of the texts, so its words are far from rare.
SETTINGS = TopicSettings(count=6, warmup_weeks=14, min_texts=200, common_share=0.4)
MATTERS = {
    "zh": ("地铁里{}没信号打不通", "账单里{}多扣了话费请退", "营业厅{}排队太久没人理"),
    "en": ("calls {} keep dropping", "charged {} twice this month", "no agent {} answers the desk"),
}
BETWEEN = {
    "zh": ("昨天", "今天", "上周", "经常", "总是", "又", "还是", "反复", "突然", "一直"),
    "en": ("always", "again", "today", "often", "still", "also", "here", "lately", "home", "now"),
}


def texts(language: str, matter: int, count: int = 60) -> list[str]:
    between = BETWEEN[language]
    return [
        MATTERS[language][matter].format(between[i % 10] + between[i // 10] * (language == "zh"))
        for i in range(count)
    ]


def varied(languages: str = "zh en") -> list[str]:
    """Texts on three matters a language, each matter in many stretches of few words."""
    found = []
    for language in languages.split():
        for matter in range(3):
            found += texts(language, matter)
    return found


@pytest.fixture(scope="module")
def found() -> Topics:
    topics = fit(varied(), SETTINGS, AT)
    assert topics is not None
    return topics


def test_a_text_is_taken_as_runs_of_characters() -> None:
    assert runs("网慢！") == ["网慢"]
    assert runs("A 网 b") == []
    assert runs("Net 4G") == runs("net 5g") == [" net", "net ", " net "]


def test_chinese_and_other_texts_have_topics_of_their_own(found: Topics) -> None:
    assert found.han is not None
    assert found.other is not None
    assert (len(found.han.components), len(found.other.components)) == (3, 3)
    assert found.texts == len(varied())
    chinese = {assign(found, [text])[0] for text in varied("zh")}
    english = {assign(found, [text])[0] for text in varied("en")}
    assert chinese == {1, 2, 3}
    assert english == {4, 5, 6}


def test_texts_on_one_matter_share_a_topic(found: Topics) -> None:
    for language in MATTERS:
        shared = []
        for matter in range(3):
            numbers = assign(found, texts(language, matter))
            commonest = max(set(numbers), key=numbers.count)
            assert numbers.count(commonest) >= 0.8 * len(numbers)
            shared.append(commonest)
        assert len(set(shared)) == 3


def test_the_order_of_texts_changes_nothing(found: Topics) -> None:
    shuffled = varied()
    Random(3).shuffle(shuffled)
    assert fit(shuffled, SETTINGS, AT) == found


def test_a_text_alone_has_the_topic_it_has_among_others(found: Topics) -> None:
    among = assign(found, varied())
    assert among == [assign(found, [text])[0] for text in varied()]


def test_texts_without_any_known_run_have_no_topic(found: Topics) -> None:
    assert assign(found, [None, "", "12345", "zzzz", "龘龘"]) == [None] * 5


def test_topics_are_shared_out_by_the_number_of_texts() -> None:
    topics = fit([*varied("en"), *texts("zh", 0, 50), *texts("zh", 1, 50)], SETTINGS, AT)
    assert topics is not None
    assert topics.han is not None
    assert len(topics.han.components) == 2


def test_a_script_with_few_texts_has_no_topics() -> None:
    few = texts("zh", 0, MIN_TEXTS // 2)
    topics = fit([*varied("en"), *few], SETTINGS, AT)
    assert topics is not None
    assert topics.han is None
    assert assign(topics, few) == [None] * len(few)
    assert fit(few, SETTINGS, AT) is None


def test_weights_are_those_of_scikit_learn() -> None:
    """The nearest topic by TF-IDF and cosine, computed by another library."""
    own = varied("en")
    vectorizer = TfidfVectorizer(analyzer=runs, sublinear_tf=True).fit(own)
    components = np.random.default_rng(1).random((4, len(vectorizer.get_feature_names_out())))
    components /= np.linalg.norm(components, axis=1, keepdims=True)
    script = Script(
        len(own),
        tuple(vectorizer.get_feature_names_out()),
        tuple(vectorizer.idf_),
        tuple(map(tuple, components)),
        (),
    )
    expected = 1 + (vectorizer.transform(own) @ components.T).argmax(axis=1)
    assert assign(Topics(AT, None, script), own) == expected.tolist()


def complaint(
    at: float, text: str | None, name: str = "K1", known: float | None = None, customer: str = "C1"
) -> Fact:
    moment = None if known is None else day(known)
    own = {"complaint_id": name, "event": "opened", "text": text}
    return fact("complaints", customer, day(at), moment, **own)


def test_complaints_are_counted_by_topic_and_the_last_is_named() -> None:
    facts = [
        *joined("C1"), complaint(-9, WORDS[1]), complaint(-20, WORDS[1], "K2"),
        complaint(-100, WORDS[1], "K3"), complaint(-30, f"{WORDS[4]} again", "K4"),
        complaint(-1, "no known word", "K5"),
    ]  # fmt: skip
    row = rows(facts)["C1", day(0)]
    assert [row[f"topic_{k}_complaints_12w"] for k in range(1, 7)] == [0, 2, 0, 0, 1, 0]
    assert row["topic_2_complaints_26w"] == 3
    assert row["complaint_topic_latest"] == "topic 2"
    assert rows(joined("C1"))["C1", day(0)]["complaint_topic_latest"] is None


def test_a_corrected_text_counts_from_its_correction() -> None:
    facts = [*joined("C1"), complaint(-9, WORDS[0]), complaint(-9, WORDS[2], known=0.5)]
    found = rows(facts)
    latest = [found["C1", moment]["complaint_topic_latest"] for moment in MOMENTS]
    assert latest == [None] * 2 + ["topic 1"] * 4 + ["topic 3"] * 5
    withdrawn = rows([*facts[:-1], complaint(-9, None, known=0.5)])
    assert withdrawn["C1", day(1)]["complaint_topic_latest"] is None


def test_a_complaint_moved_to_another_customer_leaves_the_first() -> None:
    facts = [*joined("C1"), *joined("C2"), complaint(-9, WORDS[0])]
    facts.append(complaint(-9, WORDS[0], known=0.5, customer="C2"))
    alone = rows(facts, customers=["C1"])
    counts = [alone["C1", day(n)]["topic_1_complaints_12w"] for n in (0, 1)]
    assert counts == [1, 0]
    assert rows(facts)["C2", day(1)]["topic_1_complaints_12w"] == 1


def test_of_two_complaints_of_one_moment_the_higher_topic_is_the_later() -> None:
    facts = [*joined("C1"), complaint(-9, WORDS[3]), complaint(-9, WORDS[0], "K2")]
    assert rows(facts)["C1", day(0)]["complaint_topic_latest"] == "topic 4"


def test_texts_with_nothing_but_stock_phrases_have_no_topics() -> None:
    assert fit(["signal lost"] * 300, SETTINGS, AT) is None
    assert fit([f"{number}" for number in range(300)], SETTINGS, AT) is None
