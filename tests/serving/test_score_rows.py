"""POST /score-rows: rows of a table of one's own, scored as in a file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typer.testing import CliRunner

from features.errors import RequestRefused, UnknownTable
from serving.command.tree import app
from serving.scoring.table_rows import TableScorer, score_rows
from tests.serving.conftest import start
from tests.tables import TARGET
from training.tables.shelf import answer_with

if TYPE_CHECKING:
    from tests.conftest import SmallTable
    from tests.serving.conftest import Server


def sent(small_table: SmallTable, count: int) -> list[dict[str, Any]]:
    """The first rows as a program sends them, without the target."""
    rows = small_table.rows().drop(columns=TARGET).head(count)
    return [
        {
            **{str(name): value for name, value in row.items()},
            "在网时长": int(row["在网时长"]),
            "月费": row["月费"].strip() or None,
        }
        for row in rows.to_dict("records")
    ]


@pytest.mark.slow
def test_a_home_of_tables_alone_gets_a_key_and_is_served(
    small_table: SmallTable, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(small_table.home / "tables", home / "tables")
    made = CliRunner().invoke(app, ["key", "new", "--role", "store", "--home", str(home)])
    assert made.exit_code == 0, made.output
    server = start(home, tmp_path)
    try:
        with httpx.Client(base_url=server.url, timeout=120) as client:
            assert client.get("/readyz").status_code == 200
            body = {"model": "customers", "rows": sent(small_table, 1)}
            headers = {"authorization": f"Bearer {made.stdout.strip()}"}
            assert client.post("/score-rows", json=body, headers=headers).status_code == 200
            refused = client.post("/score", json={"customer_ids": ["C1"]}, headers=headers)
            assert refused.json()["error"]["code"] == "no_champion"
    finally:
        server.process.kill()
        server.process.wait()
    assert "not ready" not in server.log()


def test_rows_score_as_in_a_file_alone_and_together(small_table: SmallTable) -> None:
    rows = sent(small_table, 40)
    scored = score_rows(small_table.trained.bundle, rows, "en")
    risk = small_table.trained.bundle.score(small_table.rows()).tolist()
    assert [one["risk"] for one in scored] == risk[:40]
    assert score_rows(small_table.trained.bundle, rows[7:8], "en") == scored[7:8]


WORDS = {
    ("zh", "up"): "{}的值为{}（风险较高时常见的迹象）",
    ("zh", "down"): "{}的值为{}（风险较低时常见的迹象）",
    ("en", "up"): "The value of {} is {} (a sign that goes with a higher risk)",
    ("en", "down"): "The value of {} is {} (a sign that goes with a lower risk)",
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reasons_are_sentences_of_column_and_value_in_both_directions(
    small_table: SmallTable, language: str
) -> None:
    bundle, rows = small_table.trained.bundle, sent(small_table, 40)
    for row, one in zip(rows, score_rows(bundle, rows, language), strict=True):
        reasons = one["reasons"]
        assert 0 < len(reasons) <= 5
        sizes = [abs(reason["effect"]) for reason in reasons]
        assert sizes == sorted(sizes, reverse=True)
        for reason in reasons:
            assert reason["direction"] == ("up" if reason["effect"] > 0 else "down")
            assert reason["value"] == row[reason["feature"]]
            form = WORDS[language, reason["direction"]]
            assert reason["text"] == form.format(reason["feature"], reason["value"])


@pytest.mark.parametrize("missing", [None, "", " ", "NA", "未知", "--"])
def test_what_is_missing_is_never_a_reason(small_table: SmallTable, missing: str | None) -> None:
    bundle, (row,) = small_table.trained.bundle, sent(small_table, 1)
    read = [column.name for column in bundle.kind.columns if column.is_read]
    (whole,) = score_rows(bundle, [row], "en")
    assert whole["reasons"]
    for name in read:
        (one,) = score_rows(bundle, [row | {name: missing}], "en")
        assert name not in {reason["feature"] for reason in one["reasons"]}
    (one,) = score_rows(bundle, [row | dict.fromkeys(read, missing)], "en")
    assert one["reasons"] == []


def test_a_level_that_training_did_not_see_is_not_a_sign(small_table: SmallTable) -> None:
    bundle, (row,) = small_table.trained.bundle, sent(small_table, 1)
    (one,) = score_rows(bundle, [row | {"套餐": "a plan of tomorrow"}], "en")
    assert one["unknown_levels"] == {"套餐": "a plan of tomorrow"}
    assert "套餐" not in {reason["feature"] for reason in one["reasons"]}


def test_the_effects_sum_to_the_raw_score(small_table: SmallTable) -> None:
    bundle = small_table.trained.bundle
    matrix = bundle.encode(small_table.rows())
    assert bundle.shap_values(matrix).sum(axis=1) == pytest.approx(bundle.raw(matrix), abs=1e-6)


def test_more_rows_than_the_setting_allows_are_refused(small_table: SmallTable) -> None:
    scorer = TableScorer(small_table.home, most_rows=2)
    assert len(scorer.score("customers", sent(small_table, 2), "en")["scores"]) == 2
    with pytest.raises(RequestRefused, match="3 rows in one request; expected at most 2"):
        scorer.score("customers", sent(small_table, 3), "en")


def test_a_model_that_goes_away_is_not_remembered(small_table: SmallTable, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(small_table.home / "tables", home / "tables")
    scorer = TableScorer(home, most_rows=10)
    scorer.score("customers", sent(small_table, 1), "en")
    shutil.rmtree(home / "tables")
    with pytest.raises(UnknownTable):
        scorer.score("customers", sent(small_table, 1), "en")


@pytest.fixture
def client(server: Server, small_table: SmallTable) -> Iterator[httpx.Client]:
    """The real server, whose home has the small table's model too."""
    shutil.copytree(small_table.home / "tables", server.home / "tables", dirs_exist_ok=True)
    with server.client() as client:
        yield client


def send(client: httpx.Client, rows: list[dict[str, Any]], **more: Any) -> httpx.Response:
    return client.post("/score-rows", json={"model": "customers", "rows": rows, **more})


def test_the_service_answers_as_the_function_does(
    client: httpx.Client, small_table: SmallTable
) -> None:
    rows = sent(small_table, 20)
    answer = send(client, rows, language="en")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "model": "customers",
        "model_version": "1",
        "scores": score_rows(small_table.trained.bundle, rows, "en"),
    }


def code(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert sorted(body["error"]) == ["code", "details", "message"]
    return answer.status_code, body["error"]["code"]


def test_what_is_wrong_with_rows_is_said_in_the_one_shape_of_errors(
    client: httpx.Client, small_table: SmallTable
) -> None:
    rows = sent(small_table, 3)
    unknown = client.post("/score-rows", json={"model": "other", "rows": rows})
    assert code(unknown) == (404, "unknown_table")
    assert "there are: customers" in unknown.json()["error"]["message"]

    renamed = [{("plan" if name == "套餐" else name): row[name] for name in row} for row in rows]
    answer = send(client, renamed)
    assert code(answer) == (422, "table")
    assert answer.json()["error"]["details"] == {"missing": ["套餐"], "unknown": ["plan"]}

    answer = send(client, [rows[0], {name: rows[1][name] for name in rows[1] if name != "套餐"}])
    assert code(answer) == (422, "table")
    assert answer.json()["error"]["details"] == {"row": 1, "missing": ["套餐"]}

    answer = send(client, [rows[0], rows[1] | {"月费": "twelve"}])
    assert code(answer) == (422, "table")
    assert "row 1 (counted from 0), column 月费: 'twelve'" in answer.json()["error"]["message"]

    assert code(send(client, [])) == (422, "invalid_request")
    assert code(send(client, rows * 400)) == (422, "invalid_request")
    assert code(send(client, [{"月费": [1]}])) == (422, "invalid_request")
    assert code(send(client, rows, limit=1)) == (422, "invalid_request")


def test_numbers_that_json_does_not_know_are_refused(
    client: httpx.Client, small_table: SmallTable
) -> None:
    (row,) = sent(small_table, 1)
    for column in ("在网时长", "套餐"):
        for value in (float("inf"), float("nan")):
            body = json.dumps({"model": "customers", "rows": [row | {column: value}]})
            answer = client.post(
                "/score-rows", content=body.encode(), headers={"content-type": "application/json"}
            )
            assert answer.status_code in (400, 422), answer.text
    whole = json.dumps({"model": "customers", "rows": [row]}).encode()
    answer = client.post("/score-rows", content=whole, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text


def test_a_number_too_long_for_a_float_is_refused(
    client: httpx.Client, small_table: SmallTable
) -> None:
    (row,) = sent(small_table, 1)
    assert code(send(client, [row | {"在网时长": 10**400}])) == (422, "table")


@pytest.mark.parametrize("name", ["../models", "../../x", "customers/..", ".", "/"])
def test_a_name_that_leads_elsewhere_is_not_a_table(
    client: httpx.Client, small_table: SmallTable, name: str
) -> None:
    answer = client.post("/score-rows", json={"model": name, "rows": sent(small_table, 1)})
    assert code(answer) == (404, "unknown_table")


def test_a_newer_version_answers_from_the_next_request_on(
    small_table: SmallTable, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(small_table.home / "tables", home / "tables")
    scorer = TableScorer(home, most_rows=10)
    rows = sent(small_table, 1)
    assert scorer.score("customers", rows, "en")["model_version"] == "1"
    shutil.copytree(home / "tables" / "customers" / "1", home / "tables" / "customers" / "2")
    assert scorer.score("customers", rows, "en")["model_version"] == "1"
    answer_with(home, "customers", "2")
    assert scorer.score("customers", rows, "en")["model_version"] == "2"
