"""A decision replayed: equal whatever came later, and the first difference where one was tampered.

The operator is simulated. What it learns after the decision is imported as it would be: a later
extract with late rows, corrections, and an extract that should have come before.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest
from sqlalchemy import Engine, insert, select
from typer.testing import CliRunner

from features.builder.parts import matrix_rows
from features.engine.store import build_histories, open_histories
from features.errors import RequestRefused
from features.home import Home
from features.imports.sources import import_feeds
from features.lake import read_manifest
from features.topics.files import read_topics
from serving.audit.replay import (
    Decision,
    Replayed,
    _of_answer,
    in_words,
    read_decision,
    replay,
)
from serving.audit.replay.comparison import Difference
from serving.audit.replay.past import Past
from serving.audit.replay.posted import PostedFact, with_posted
from serving.command.tree import app
from serving.database import opened
from serving.database.tables import audit, decisions, events
from serving.scores.latest import Latest, rows_of
from serving.scoring import load_champion, score_rows, seen_by
from serving.scoring.fingerprint import row_content, row_fingerprint
from serving.scoring.reasons import LEAVING

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.conftest import SmallHome

HOURS = timedelta(hours=1)
REQUEST = {
    "intent": "cancel", "channel": "store", "language": "en", "reason": None, "rival": None,
}  # fmt: skip
KINDS = ("lake", "kept", "row", "fingerprint", "risk", "tier", "reasons")


@pytest.fixture(scope="module")
def home(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that may be written to, as it was when the decisions were made."""
    copy = tmp_path_factory.mktemp("replay") / "home"
    return small_home.copied_to(copy)


@pytest.fixture(scope="module")
def as_of(small_home: SmallHome) -> datetime:
    return small_home.as_of


def customer_of(home: Path, as_of: datetime) -> str:
    """One with bills and complaints, so that later facts about them could change the row."""
    parts = [str(Home(home).feeds / part.file) for part in read_manifest(home)["complaints"].parts]
    (found,) = duckdb.sql(
        f"select customer_id from read_parquet({parts}) where known_at < '{as_of}'"
        " group by 1 order by count(*) desc, 1 limit 20"
    ).fetchall()[:1]
    return str(found[0])


def decided(home: Path, customer_id: str, at: datetime) -> Decision:
    """A decision as /decide makes it: on the row of last night, by the champion."""
    champion, latest = load_champion(home), Latest(home)
    rows = latest.rows([customer_id], champion.bundle.features)
    scored = score_rows(champion, rows)
    answer = {
        "as_of": f"{datetime.fromisoformat(latest.night.as_of):%FT%T}",
        "churn_risk": float(scored.risk[0]),
        "value_tier": scored.value.to_json(0, "CNY")["value_tier"],
        "reasons": champion.in_words(scored.reasons[0], "zh", LEAVING),
        "ladder": [{"action": "call"}, {"action": "credit", "cost": 10.0}],
    }
    latest.close()
    return Decision(
        "d1", customer_id, at, "live", champion.version, row_fingerprint(rows, 0),
        row_content(rows, 0), {}, json.loads(json.dumps(answer)), role="store",
    )  # fmt: skip


@pytest.fixture(scope="module")
def decision(home: Path, as_of: datetime) -> Decision:
    return decided(home, some_customer(home), as_of + 10 * HOURS)


def some_customer(home: Path) -> str:
    with Latest(home)._connection as connection:
        rows = connection.execute("select customer_id from rows where bills = 3 order by 1")
        return str(rows.fetchone()[0])


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(home, tmp_path / "home"))


def difference(home: Path, decision: Decision, **more: Any) -> tuple[str, str] | None:
    found = replay(home, decision, **more).difference
    return None if found is None else (found.kind, found.name)


def test_what_was_decided_is_found_again(home: Path, decision: Decision) -> None:
    found = replay(home, decision)
    assert found.is_equal, found
    assert found.model_version == decision.model_version


def facts_of(home: Path, feed: str, customer_id: str) -> pd.DataFrame:
    parts = [str(Home(home).feeds / part.file) for part in read_manifest(home)[feed].parts]
    found: pd.DataFrame = duckdb.sql(
        f"select * from read_parquet({parts}) where customer_id = '{customer_id}'"
        " order by event_time"
    ).df()
    return found


MAPPING = """
timezone = "Asia/Shanghai"
max_bad_share = 0.0
[feed.{feed}]
sql = "select * replace (known_at::timestamp as known_at) from read_parquet('{feed}.parquet')"
event_time = "event_time"
known_at = "known_at"
"""


def imported(home: Path, feed: str, rows: pd.DataFrame, now: datetime, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    rows.to_parquet(folder / f"{feed}.parquet", index=False)
    (folder / "mapping.toml").write_text(MAPPING.format(feed=feed))
    assert import_feeds(home, folder / "mapping.toml", folder, now).changed


@pytest.mark.slow
def test_late_and_corrected_rows_change_nothing(
    copy: Path, decision: Decision, as_of: datetime, tmp_path: Path
) -> None:
    """The last bill is corrected a week later, and one of the month before comes late."""
    bills = facts_of(copy, "bills", decision.customer_id)
    corrected = bills.tail(1).assign(
        revenue_fen=bills["revenue_fen"].iloc[-1] + 9_900, known_at=as_of + 170 * HOURS
    )
    imported(copy, "bills", corrected, as_of + 180 * HOURS, tmp_path / "later")
    assert difference(copy, decision) is None
    now = decided_again(copy, decision, as_of + timedelta(days=8))
    assert now != decision.row_sha256, "the correction is one that matters"


@pytest.mark.slow
def decided_again(home: Path, decision: Decision, as_of: datetime) -> str:
    """The fingerprint of the customer's row at a later moment."""
    build_histories(home)
    histories = open_histories(home)
    rows = rows_of(matrix_rows(histories, as_of, [decision.customer_id]), histories.features)
    names = tuple(feature.name for feature in histories.features)
    return row_fingerprint(rows.of(load_champion(home).bundle.features, names), 0)


@pytest.mark.slow
def test_an_extract_that_should_have_come_before_changes_nothing(
    copy: Path, decision: Decision, as_of: datetime, tmp_path: Path
) -> None:
    """The operator knew it before the decision; Liuke did not."""
    known = as_of - 30 * HOURS
    complaint = facts_of(copy, "complaints", customer_of(copy, as_of)).head(1).assign(
        customer_id=decision.customer_id, complaint_id="late", event="opened",
        event_time=known, known_at=known,
    )  # fmt: skip
    imported(copy, "complaints", complaint, as_of + 180 * HOURS, tmp_path / "late")
    build_histories(copy)
    assert decided_again(copy, decision, as_of) != decision.row_sha256
    assert difference(copy, decision) is None
    before_it_came = replace(decision, at=as_of + 200 * HOURS)
    assert difference(copy, before_it_came) is None, "the night of then is one of those tried"


def write_bill(home: Path, customer_id: str, added_fen: int) -> None:
    """Alter the customer's bills in the lake's own file."""
    (part,) = read_manifest(home)["bills"].parts
    path = Home(home).feeds / part.file
    altered = path.with_suffix(".altered")
    duckdb.sql(
        f"copy (select * replace (revenue_fen + {added_fen} * (customer_id = '{customer_id}')::int"
        f" as revenue_fen) from read_parquet('{path}')) to '{altered}' (format parquet)"
    )
    altered.replace(path)


def test_an_altered_file_of_the_lake_is_named(copy: Path, decision: Decision) -> None:
    write_bill(copy, decision.customer_id, 7)
    kind, name = difference(copy, decision) or ("", "")
    assert (kind, name.partition("/")[0]) == ("lake", "bills")


@pytest.mark.slow
def test_with_the_manifest_altered_too_the_feature_is_named(copy: Path, decision: Decision) -> None:
    write_bill(copy, decision.customer_id, 100_000)
    (part,) = read_manifest(copy)["bills"].parts
    content = (Home(copy).feeds / part.file).read_bytes()
    path = Home(copy).feeds / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["feeds"]["bills"]["parts"][0] |= {
        "size": len(content), "sha256": sha256(content).hexdigest(),
    }  # fmt: skip
    path.write_text(json.dumps(manifest))
    found = replay(copy, decision).difference
    assert found is not None
    assert found.kind == "row"
    assert "bill" in found.name
    assert found.now > found.then
    text = in_words(replay(copy, decision), "en")
    assert f"first in {found.name}" in text


@pytest.fixture(scope="module")
def past(home: Path, decision: Decision) -> Past:
    champion, latest = load_champion(home), Latest(home)
    rows = latest.rows([decision.customer_id])
    latest.close()
    return Past(read_manifest(home), seen_by(champion, latest.night, rows))


def altered(decision: Decision, **answer: Any) -> Decision:
    return replace(decision, answer={**decision.answer, **answer})


class SameLadder:
    """Decides again what was decided, by settings that are those of then or not."""

    def __init__(self, *, is_as_then: bool = True) -> None:
        self._is_as_then = is_as_then

    def __call__(self, decision: Decision, past: Past) -> Mapping[str, Any]:  # noqa: ARG002
        return {"ladder": [{"action": "call"}, {"action": "credit", "cost": 10.0}]}

    def is_as_then(self, decision: Decision) -> bool:  # noqa: ARG002
        return self._is_as_then


def test_what_was_altered_in_an_answer_is_named(decision: Decision, past: Past) -> None:
    def first(of: Decision, *, is_as_then: bool = True) -> tuple[str, str] | None:
        own = next(_of_answer(of, past, SameLadder(is_as_then=is_as_then)), None)
        return None if own is None else (own.kind, own.name)

    reasons = decision.answer["reasons"]
    assert first(decision) is None
    assert first(decision, is_as_then=False) is None, "other settings, and the same decision"
    assert first(altered(decision, churn_risk=decision.answer["churn_risk"] + 1e-6)) == (
        "risk", "churn_risk",
    )  # fmt: skip
    assert first(altered(decision, value_tier="platinum")) == ("tier", "value_tier")
    assert first(altered(decision, reasons=reasons[::-1])) == ("reasons", "reasons[0].feature")
    assert first(altered(decision, reasons=reasons[1:])) == ("reasons", "reasons[0].feature")
    shorter = altered(decision, ladder=decision.answer["ladder"][:1])
    assert first(shorter) == ("decision", "ladder[1]")
    assert first(shorter, is_as_then=False) == ("settings", "ladder[1]")
    other = [{"action": "call"}, {"action": "credit", "cost": 12.0}]
    assert first(altered(decision, ladder=other)) == ("decision", "ladder[1].cost")


def test_an_altered_row_is_named(home: Path, decision: Decision) -> None:
    assert decision.row_content is not None
    other = replace(decision, row_content=decision.row_content.replace(b"postpaid", b"prepaids"))
    assert other.row_content != decision.row_content
    assert difference(home, other) == ("kept", "row_content")
    unlike = replace(decision, row_sha256="0" * 64, row_content=None)
    assert difference(home, unlike) == ("fingerprint", "row_sha256")


def test_a_customer_who_was_never_there_is_named(home: Path, decision: Decision) -> None:
    assert difference(home, replace(decision, customer_id="C9999999")) == ("row", "customer")


def test_a_decision_without_a_row_cannot_be_replayed(home: Path, decision: Decision) -> None:
    with pytest.raises(RequestRefused) as refused:
        replay(home, replace(decision, answered_by="rules", row_sha256=None))
    assert refused.value.code == "not_replayable"


def kept(decision: Decision) -> dict[str, Any]:
    """The row of the database that holds the decision."""
    names = [name for name in decision.__dataclass_fields__ if name != "posted"]
    row = {name: getattr(decision, name) for name in names}
    row |= {"request": json.dumps(decision.request), "answer": json.dumps(decision.answer)}
    return row | {"purpose": "p", "intent": "i", "channel": "c", "caller": "a", "role": "store"}


@pytest.mark.slow
def test_a_replay_by_the_command_is_recorded(copy: Path, decision: Decision) -> None:
    answer = {name: own for name, own in decision.answer.items() if name != "ladder"}
    own = replace(decision, request=REQUEST, answer=answer)
    with opened(copy) as engine:
        with engine.begin() as connection:
            connection.execute(insert(decisions).values(kept(own)))
        ended = CliRunner().invoke(app, ["audit", "replay", "d1", "--home", str(copy), "--json"])
        assert json.loads(ended.stdout)["equal"], ended.output
        with engine.connect() as connection:
            row = connection.execute(select(audit).order_by(audit.c.number)).all()[-1]
    assert (row.route, row.subjects, row.detail) == (
        "liuke audit replay", 1, '{"decision":"d1"}',
    )  # fmt: skip


def test_a_decision_is_read_as_it_was_kept(store: Engine, decision: Decision) -> None:
    with store.begin() as connection:
        connection.execute(insert(decisions).values(kept(decision)))
        posted = {
            "event_key": "k", "feed": "complaints", "customer_id": decision.customer_id,
            "event_time": decision.at - HOURS, "known_at": decision.at - HOURS, "caller": "a",
            "content": '{"fields": {"complaint_id": "N1"}, "has_time": true}',
        }  # fmt: skip
        late = {**posted, "event_key": "l", "known_at": decision.at}
        connection.execute(insert(events), [posted, late])
    found = read_decision(store, "d1")
    assert replace(found, posted=()) == decision
    assert [(own.feed, own.row["complaint_id"], own.known_at) for own in found.posted] == [
        ("complaints", "N1", decision.at - HOURS)
    ]
    with pytest.raises(RequestRefused) as refused:
        read_decision(store, "d2")
    assert refused.value.code == "unknown_decision"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_difference_has_words(language: str, decision: Decision) -> None:
    moment = decision.at
    for kind in (*KINDS, "decision", "settings"):
        found = Replayed("d1", moment, moment, "1", Difference(kind, "bills", "x", None))
        text = in_words(found, language)
        assert "d1" in text
        assert "null" in text


@pytest.mark.slow
def test_a_posted_fact_is_as_if_the_extract_had_brought_it(
    copy: Path, decision: Decision, as_of: datetime, tmp_path: Path
) -> None:
    """A complaint posted at 9, a decision at 10; the extract brings the complaint a week later."""
    at = as_of + 9 * HOURS
    like = facts_of(copy, "complaints", customer_of(copy, as_of))
    like = like[like["event"] == "opened"].head(1)
    fields = {
        str(name): None if pd.isna(value) else value
        for name, value in like.drop(columns=["event_time", "known_at"]).iloc[0].items()
    } | {"customer_id": decision.customer_id, "complaint_id": "N1"}
    posted = PostedFact("complaints", {**fields, "event_time": at, "known_at": at})
    histories, moment = open_histories(copy), decision.at
    night = matrix_rows(histories, as_of, [decision.customer_id])
    fresh = with_posted(histories, night, [posted], moment, read_topics(copy))
    assert fresh is not None
    imported(
        copy, "complaints", pd.DataFrame([{**fields, "event_time": at, "known_at": at}]),
        as_of + 180 * HOURS, tmp_path / "later",
    )  # fmt: skip
    build_histories(copy)
    now = open_histories(copy)
    brought = matrix_rows(now, moment, [decision.customer_id])
    for feature in now.features:
        if feature.stream in ("complaints", "topics"):
            pd.testing.assert_series_equal(fresh[feature.name], brought[feature.name])
    changed = [name for name in fresh if not fresh[name].equals(night[name])]
    assert "unresolved_complaints" in changed
    assert "data_mb_4w" not in changed
    assert with_posted(now, night, [posted], moment, read_topics(copy)) is not None
    known = with_posted(now, brought.assign(as_of=moment), [posted], moment, read_topics(copy))
    assert known is None, "the extract had brought it before that night"
    decided = replace(
        decision, posted=[posted], row_content=None,
        row_sha256=row_fingerprint(
            rows_of(fresh, histories.features).of(
                load_champion(copy).bundle.features, [own.name for own in histories.features]
            ), 0,
        ),
    )  # fmt: skip
    found = replay(copy, decided).difference
    assert found is None or found.kind in ("risk", "reasons"), "the row is that of the counter"
