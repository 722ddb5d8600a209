"""The frozen topics of a home: fitted once, on early texts, and then there for good."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from features.engine.store import build_histories, open_histories
from features.errors import LakeError
from features.home import Home
from features.topics.files import read_topics, topics_id, write_topics
from tests.conftest import set_home
from tests.facts import TOPICS, Fact, day, fact, import_facts, joined, used
from tests.features.topics.test_topics import varied

# Ibis 12 uses what DuckDB 2.0 and pandas 3 deprecate.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]


def complaints(said: list[str], at: float, known: float | None = None) -> list[Fact]:
    moment = None if known is None else day(known)
    return [
        fact("complaints", "C1", day(at), moment, complaint_id=f"K{at}-{i}", event="opened", text=t)
        for i, t in enumerate(said)
    ]


# The first use is on day -150; the fit reads what was known 14 weeks later, on day -52.
BASE = [*joined("C1"), used("C1", -150, data_kb=1), used("C1", -9, data_kb=1)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with enough early texts, built once."""
    folder = tmp_path_factory.mktemp("topics")
    home = folder / "home"
    import_facts(home, [*BASE, *complaints(varied(), -60)], folder / "first")
    # Each matter is a third of these texts, so its words are far from rare.
    set_home(home, "features", "[topics]\ncommon_share = 0.4\n")
    build_histories(home)
    return home


def test_topics_are_written_and_read(tmp_path: Path) -> None:
    assert read_topics(tmp_path) is None
    assert topics_id(tmp_path) is None
    path = write_topics(tmp_path, TOPICS)
    assert path.stem == topics_id(tmp_path)
    assert read_topics(tmp_path) == TOPICS


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = write_topics(tmp_path, TOPICS)
    content = json.loads(path.read_text("utf-8"))
    content["fitted_at"] = "2020-01-01T00:00:00"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(LakeError, match=r"its content is not what its name says.* trained again"):
        read_topics(tmp_path)
    path.write_text("{", "utf-8")
    with pytest.raises(LakeError, match="cannot be read"):
        read_topics(tmp_path)


def test_two_files_are_refused(tmp_path: Path) -> None:
    write_topics(tmp_path, TOPICS)
    write_topics(tmp_path, replace(TOPICS, fitted_at=TOPICS.fitted_at + timedelta(1)))
    with pytest.raises(LakeError, match="holds 2 files; expected one"):
        topics_id(tmp_path)


def test_enough_early_texts_make_topics_and_their_features(home: Path) -> None:
    topics = read_topics(home)
    assert topics is not None
    assert (topics.texts, topics.fitted_at) == (len(varied()), day(-52))
    histories = open_histories(home)
    assert (histories.topics, histories.topics_fitted_at) == (topics_id(home), day(-52))
    names = {feature.name for feature in histories.features}
    assert {"topic_6_complaints_12w", "complaint_topic_latest"} <= names
    stored = histories.tables["topics"].to_pyarrow()
    assert stored.num_rows == len(varied())
    assert set(stored["topic"].to_pylist()) == set(range(1, 7))


def test_later_texts_never_change_the_topics(home: Path) -> None:
    before = topics_id(home)
    later = complaints(["完全不同的事情" * 3] * 300, -8) + complaints(varied(), -61, known=-7)
    import_facts(home, later, home.parent / "second")
    assert build_histories(home) is True
    assert topics_id(home) == before
    stored = open_histories(home).tables["topics"].to_pyarrow()
    assert stored.num_rows == 2 * len(varied()) + 300


@pytest.mark.parametrize(
    "texts",
    [complaints(varied()[:199], -60), complaints(varied(), -51), complaints(varied(), -60, -51)],
    ids=["too few", "too late", "known too late"],
)
def test_without_enough_early_texts_there_are_no_topics(tmp_path: Path, texts: list[Fact]) -> None:
    import_facts(tmp_path / "home", [*BASE, *texts], tmp_path / "extract")
    build_histories(tmp_path / "home")
    assert not list(Home(tmp_path / "home").topics.glob("*"))
    histories = open_histories(tmp_path / "home")
    assert histories.topics is None
    assert not [feature.name for feature in histories.features if feature.stream == "topics"]
    assert [feature.name for feature in histories.features if feature.stream == "complaints"]


def test_an_import_that_ends_before_the_fit_makes_no_topics_yet(tmp_path: Path) -> None:
    early = [*joined("C1"), used("C1", -150, data_kb=1), used("C1", -54, data_kb=1)]
    import_facts(tmp_path / "home", [*early, *complaints(varied(), -60)], tmp_path / "first")
    build_histories(tmp_path / "home")
    assert topics_id(tmp_path / "home") is None
    import_facts(tmp_path / "home", [used("C1", -52, data_kb=1)], tmp_path / "second")
    build_histories(tmp_path / "home")
    assert topics_id(tmp_path / "home") is not None


def test_removing_the_file_makes_the_histories_old(home: Path) -> None:
    for path in Home(home).topics.glob("*.json"):
        path.unlink()
    with pytest.raises(LakeError, match="older than the feeds"):
        open_histories(home)
    assert build_histories(home) is True
    assert topics_id(home) is not None
