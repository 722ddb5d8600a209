"""A table from its file to a version: bundle, registry, card, and what scoring reads."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import BundleError, SettingsError, TableRefused, UnknownTable
from tests.conftest import SmallTable, quick_tables
from tests.tables import TARGET, YES, customers
from training.models.bundle import read_bundle
from training.models.kinds.table import TableModel
from training.models.registry.tracking import registry_settings
from training.tables.files import TableFile, read_table, write_table
from training.tables.sample import TableRequest
from training.tables.shelf import check_name, read_table_model, table_names
from training.tables.trained import train_table


def test_the_bundle_reads_what_was_written(small_table: SmallTable) -> None:
    version, bundle = read_table_model(small_table.home, "customers")
    made = small_table.trained.bundle
    assert version == small_table.trained.version == "1"
    assert (bundle.kind, bundle.maps, bundle.card) == (made.kind, made.maps, made.card)
    rows = small_table.rows()
    np.testing.assert_array_equal(bundle.score(rows), made.score(rows))


def test_it_is_not_a_model_of_the_operators_customers(small_table: SmallTable) -> None:
    with pytest.raises(BundleError, match=r"kind table; .* kind base"):
        read_bundle(small_table.trained.path)


def test_it_ranks_out_of_fold_and_its_risks_are_probabilities(small_table: SmallTable) -> None:
    figures = small_table.trained.bundle.evaluation
    assert figures["auc"] > 0.75
    risks = small_table.trained.out_of_fold
    assert list(risks.columns) == ["row", "fold", "risk"]
    assert sorted(risks["row"]) == list(range(300))
    assert risks["risk"].mean() == pytest.approx(figures["positive_rate"], abs=0.05)
    assert [one["column"] for one in figures["suspected_leaks"]] == ["客户编号"]


def test_a_row_scores_alone_as_among_others(small_table: SmallTable) -> None:
    rows, bundle = small_table.rows(), small_table.trained.bundle
    whole = bundle.score(rows)
    order = np.random.default_rng(2).permutation(len(rows))
    np.testing.assert_array_equal(bundle.score(rows.iloc[order][rows.columns[::-1]]), whole[order])
    for place in (0, 150, 299):
        assert bundle.score(rows.iloc[[place]])[0] == whole[place]


def test_unknown_levels_and_missing_values_have_a_risk(small_table: SmallTable) -> None:
    rows = small_table.rows().head(2)
    for values in ({"套餐": "新"}, {"套餐": ""}, {"月费": ""}, {"开户日期": "2031-01-01"}):
        assert ((risk := small_table.trained.bundle.score(rows.assign(**values))) > 0).all()
        assert (risk < 1).all()


def test_the_card_names_columns_figures_and_suspects(small_table: SmallTable) -> None:
    card = small_table.trained.bundle.card
    assert card.startswith(f"# customers: the chance of {TARGET} = {YES}")
    for line in ("| 月费 | number |", "| 备注 | empty |", "holds no value", "- 客户编号: is a key"):
        assert line in card
    assert "| AUC | 0." in card
    assert "Not positive: '否' (" in card
    assert "(2 folds, equal rows in one)" in card


@pytest.mark.slow
def test_the_card_does_not_promise_what_the_folds_of_a_column_do_not_keep(tmp_path: Path) -> None:
    quick_tables(tmp_path)
    rows = customers(160).assign(month=np.arange(160) % 2)
    request = TableRequest("a", TARGET, YES, fold_column="month")
    bundle = train_table(tmp_path, TableFile(rows, "a frame"), request).bundle
    assert "(2 folds by month, where equal rows may part)" in bundle.card


def test_mlflow_knows_it_by_the_tables_name_and_scores_raw_rows(small_table: SmallTable) -> None:
    import mlflow

    uri = f"sqlite:///{small_table.home / 'mlflow.db'}"
    aliases = registry_settings(small_table.home).aliases
    client = mlflow.MlflowClient(uri)
    found = client.get_model_version_by_alias("liuke-table-customers", aliases.champion)
    assert str(found.version) == "1"
    assert found.run_id is not None
    run = client.get_run(found.run_id)
    assert run.info.run_name == "table customers"
    assert "judged out of fold on 300 rows" in run.data.tags["mlflow.note.content"]
    assert run.inputs is not None
    (data,) = run.inputs.dataset_inputs
    assert data.dataset.profile is not None
    assert data.dataset.name == "table customers"
    assert json.loads(data.dataset.profile)["num_rows"] == 300
    assert run.data.tags["data_fingerprint"].startswith(data.dataset.digest)
    files = {file.path for file in client.list_artifacts(found.run_id)}
    assert {"figures.json", "importances.json", "card.md", "pictures"} <= files
    assert run.data.params["positive"] == YES
    assert run.data.metrics["auc"] == small_table.trained.bundle.evaluation["auc"]
    model = mlflow.pyfunc.load_model(
        next((small_table.home / "mlartifacts").rglob("MLmodel")).parent
    )
    rows = small_table.rows()[list(small_table.trained.bundle.features)]
    np.testing.assert_array_equal(
        model.predict(rows), small_table.trained.bundle.score(small_table.rows())
    )


def test_an_unknown_table_is_refused_with_those_there_are(small_table: SmallTable) -> None:
    assert table_names(small_table.home) == ["customers"]
    for name in ("other", "../models", "", "customers/1"):
        with pytest.raises(UnknownTable, match="there are: customers"):
            read_table_model(small_table.home, name)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-a", "x" * 65, "a b"])
def test_a_name_that_is_not_a_folder_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="--name"):
        check_name(name)


@pytest.mark.slow
def test_trained_again_the_newer_version_answers_and_the_older_stays(tmp_path: Path) -> None:
    quick_tables(tmp_path)
    rows = customers(120)
    plain = train_table(tmp_path, TableFile(rows, "a frame"), TableRequest("客户", TARGET, YES))
    moved = train_table(
        tmp_path, TableFile(rows, "a frame"), TableRequest("客户", TARGET, YES, prior=0.05)
    )
    assert read_table_model(tmp_path, "客户")[0] == moved.version == "2"
    assert read_bundle(plain.path, TableModel).score(rows).mean() > 0.1
    before, after = plain.bundle.score(rows), moved.bundle.score(rows)
    odds = (after / (1 - after)) / (before / (1 - before))
    share = plain.bundle.evaluation["positive_rate"]
    np.testing.assert_allclose(odds, 0.05 / 0.95 / (share / (1 - share)))
    assert "5.00% are positive" in moved.bundle.card
    pd.testing.assert_frame_equal(moved.out_of_fold, plain.out_of_fold)


def test_a_damaged_note_of_what_answers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tables" / "x" / "current.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps([]), "utf-8")
    with pytest.raises(BundleError, match="Train the table again"):
        read_table_model(tmp_path, "x")


@pytest.mark.slow
def test_ten_thousand_levels_are_learned_from(tmp_path: Path) -> None:
    quick_tables(tmp_path)
    random = np.random.default_rng(1)
    street = random.integers(0, 10_000, 12_000)
    rows = pd.DataFrame({"street": [f"街{one}" for one in street], "months": street % 50})
    rows["left"] = np.where(random.random(len(rows)) < 0.2 + 0.3 * (street % 50 < 10), "yes", "no")
    trained = train_table(
        tmp_path, TableFile(rows, "a frame"), TableRequest("streets", "left", "yes")
    )
    assert 0.55 < trained.bundle.evaluation["auc"] < 0.7


@pytest.mark.slow
def test_a_table_of_parquet_types_is_registered_and_scored(tmp_path: Path) -> None:
    quick_tables(tmp_path)
    rows = customers(160)
    months = rows["在网时长"].astype(int)
    typed = pd.DataFrame(
        {
            "months": months,
            "seen": pd.Timestamp("2025-01-01 10:30") + pd.to_timedelta(months * 7, unit="h"),
            "zoned": pd.Timestamp("2025-01-01", tz="Asia/Shanghai")
            + pd.to_timedelta(months % 7, unit="D"),
            "plan": rows["套餐"].astype("category"),
            "real": rows["实名"] == "是",
            "fee": [
                Decimal(one.replace(",", ".")) if one.strip() else None for one in rows["月费"]
            ],
            "left": rows[TARGET] == YES,
        }
    )
    typed.to_parquet(tmp_path / "a.parquet")
    file = read_table(tmp_path / "a.parquet")
    bundle = train_table(tmp_path, file, TableRequest("a", "left", "true")).bundle
    assert [one.kind for one in bundle.kind.columns] == [
        "number", "date", "date", "category", "yes/no", "number",
    ]  # fmt: skip
    write_table(tmp_path / "a.csv", file.rows)
    again = read_table(tmp_path / "a.csv").rows
    np.testing.assert_array_equal(bundle.score(again), bundle.score(file.rows))


def test_a_column_lost_on_the_way_is_named(small_table: SmallTable) -> None:
    with pytest.raises(TableRefused, match="missing: 套餐"):
        small_table.trained.bundle.score(small_table.rows().drop(columns="套餐"))
