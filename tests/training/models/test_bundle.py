"""The bundle: plain files, written whole, refused when altered."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import BundleError, FingerprintMismatch, OutputError
from training.explainer.compiled import write_compiled
from training.models import bundle as module
from training.models.bundle import Bundle, read_bundle, shape_of, write_bundle

FILES = (
    "bundle.json",
    "calibration.json",
    "card.md",
    "churn.txt",
    "evaluation.json",
    "explainer.npz",
    "sha256.json",
)


@pytest.fixture
def written(bundle: Bundle, tmp_path: Path) -> Path:
    path = tmp_path / "models" / "1"
    write_bundle(path, bundle)
    return path


def test_a_bundle_is_a_folder_of_plain_text_and_arrays(written: Path) -> None:
    assert sorted(file.name for file in written.iterdir()) == sorted(FILES)
    for file in written.iterdir():
        if file.suffix == ".npz":
            with np.load(file, allow_pickle=False) as arrays:
                assert not any(arrays[name].dtype.hasobject for name in arrays)
        else:
            file.read_text("utf-8")
    assert (written / "card.md").read_text("utf-8") == "# a card, 留客\n"


def test_what_is_read_is_what_was_written(bundle: Bundle, written: Path, sample: Any) -> None:
    read = read_bundle(written)
    assert (read.value, read.report, read.tier_bounds_fen) == (None, None, None)
    for name in ("features", "fingerprint", "currency", "maps", "label", "shape", "evaluation"):
        assert getattr(read, name) == getattr(bundle, name), name
    assert read.calibration == bundle.calibration
    assert read.card == bundle.card
    np.testing.assert_array_equal(read.score(sample.rows), bundle.score(sample.rows))
    matrix = bundle.encode(sample.rows.head(50))
    np.testing.assert_array_equal(read.shap_values(matrix), bundle.shap_values(matrix))


def test_the_explainer_is_read_not_made(
    written: Path, sample: Any, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.explainer.leaf_tables.compile_model", None)
    matrix = bundle.encode(sample.rows.head(20))
    values = read_bundle(written).shap_values(matrix)
    np.testing.assert_array_equal(values, bundle.shap_values(matrix))


@pytest.mark.parametrize("kept", ["none", "of another format", "of another model"])
def test_a_bundle_without_its_explainer_makes_it(
    bundle: Bundle, sample: Any, tmp_path: Path, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = write_compiled
    changes = {
        "none": lambda path, _: path.unlink(missing_ok=True),
        "of another format": lambda path, own: plain(path, own._replace(format=np.array([0]))),
        "of another model": lambda path, own: plain(
            path, own._replace(model=own.model[::-1], entries=own.entries * 0)
        ),
    }
    monkeypatch.setattr(module, "write_compiled", changes[kept])
    write_bundle(tmp_path / "1", bundle)
    matrix = bundle.encode(sample.rows.head(20))
    values = read_bundle(tmp_path / "1").shap_values(matrix)
    np.testing.assert_array_equal(values, bundle.shap_values(matrix))


@pytest.fixture
def valuable(small_home: Any) -> Bundle:
    """A bundle with models of value, and a report."""
    trained: Bundle = small_home.trained.bundle
    return replace(trained, report="<p>留客</p>\n")


def test_models_of_value_and_the_report_are_read_as_written(
    valuable: Bundle, tmp_path: Path, small_panel: pd.DataFrame
) -> None:
    write_bundle(tmp_path / "1", valuable)
    read = read_bundle(tmp_path / "1")
    assert {"tier.npz", "tier.txt", "margin.txt", "report.html"} < {
        file.name for file in (tmp_path / "1").iterdir()
    }
    assert (read.report, read.tier_bounds_fen) == (valuable.report, valuable.tier_bounds_fen)
    assert read.value is not None
    assert valuable.value is not None
    for name in ("least_bill", "base_risk", "annual_discount"):
        assert getattr(read.value, name) == getattr(valuable.value, name)
    matrix, sums = valuable.encode(small_panel.head(50)), np.full((50, 3), [3, 9_000, 4_000])
    for one, other in ((read.value, valuable.value),):
        np.testing.assert_array_equal(
            one.tier_probabilities(matrix), other.tier_probabilities(matrix)
        )
        margin = one.monthly_margin(matrix, sums)
        np.testing.assert_array_equal(margin, other.monthly_margin(matrix, sums))
        np.testing.assert_array_equal(one.tier_effects(matrix), other.tier_effects(matrix))
    risk, modes = np.full(50, 0.1), np.array(["prepaid", "new mode"] * 25, dtype=object)
    np.testing.assert_array_equal(
        read.at_stake(margin, risk, modes), valuable.at_stake(margin, risk, modes)
    )


@pytest.mark.parametrize("name", ["tier.txt", "margin.txt", "report.html"])
def test_an_optional_file_that_was_written_must_stay(
    valuable: Bundle, tmp_path: Path, name: str
) -> None:
    write_bundle(tmp_path / "1", valuable)
    (tmp_path / "1" / name).unlink()
    with pytest.raises(BundleError, match=name):
        read_bundle(tmp_path / "1")


def test_without_models_of_value_nothing_is_at_stake(bundle: Bundle) -> None:
    with pytest.raises(TypeError, match="no models of value"):
        bundle.at_stake(np.ones(1), np.ones(1), np.array(["prepaid"], dtype=object))


def test_written_again_it_is_the_same_to_the_byte(written: Path, tmp_path: Path) -> None:
    write_bundle(tmp_path / "again", read_bundle(written))
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (written / name).read_bytes(), name


def test_shape_is_that_of_the_trees(bundle: Bundle) -> None:
    frame = bundle.booster.trees_to_dataframe()
    shape = shape_of(bundle.booster)
    assert shape["trees"] == frame["tree_index"].nunique()
    assert shape["depth"] == frame["node_depth"].max() - 1
    leaves = frame[frame["split_feature"].isna()].groupby("tree_index").size()
    assert shape["leaves"] == leaves.max()


def test_rows_without_a_column_are_refused(bundle: Bundle, sample: Any) -> None:
    with pytest.raises(FingerprintMismatch, match="active_days_4w"):
        bundle.score(sample.rows.drop(columns="active_days_4w"))


def test_other_columns_and_their_order_do_not_matter(bundle: Bundle, sample: Any) -> None:
    turned = sample.rows[sample.rows.columns[::-1]].assign(more=1.0)
    np.testing.assert_array_equal(bundle.score(turned), bundle.score(sample.rows))


def test_no_rows_have_no_scores(bundle: Bundle, sample: Any) -> None:
    assert bundle.score(sample.rows.head(0)).shape == (0,)


@pytest.mark.parametrize("name", [name for name in FILES if name != "sha256.json"])
def test_an_altered_file_is_refused_by_name(written: Path, name: str) -> None:
    with (written / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(BundleError, match=f"{name} differ from what was written"):
        read_bundle(written)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(written: Path, name: str) -> None:
    (written / name).unlink()
    with pytest.raises(BundleError, match=name):
        read_bundle(written)


@pytest.mark.parametrize("content", ["", "[]", "{}", "7", '{"bundle.json": 1}', "\udcff"])
def test_a_damaged_list_of_hashes_is_refused(written: Path, content: str) -> None:
    (written / "sha256.json").write_text(content, "utf-8", errors="surrogateescape")
    with pytest.raises(BundleError, match="Restore"):
        read_bundle(written)


def test_a_file_that_the_list_excludes_is_not_trusted(written: Path) -> None:
    hashes = json.loads((written / "sha256.json").read_text("utf-8"))
    del hashes["calibration.json"]
    (written / "sha256.json").write_text(json.dumps(hashes), "utf-8")
    with pytest.raises(BundleError, match=r"calibration\.json"):
        read_bundle(written)


@pytest.mark.parametrize(("key", "value"), [("schema", 1), ("kind", "table")])
def test_an_unknown_schema_or_kind_is_refused(
    bundle: Bundle, tmp_path: Path, key: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As written by another version, hashes and all."""
    plain = module._json
    monkeypatch.setattr(
        module,
        "_json",
        lambda content: plain(content | {key: value} if "schema" in content else content),
    )
    write_bundle(tmp_path / "other", bundle)
    with pytest.raises(BundleError, match=r"reads schema 2, kind base\. Train and promote"):
        read_bundle(tmp_path / "other")


def test_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not a whole bundle"):
        read_bundle(tmp_path / "nothing")


@pytest.mark.parametrize(
    "stopped_by", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()]
)
def test_an_interrupted_write_leaves_nothing(
    bundle: Bundle, tmp_path: Path, stopped_by: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: Iterable[Path]) -> str:
        raise stopped_by

    monkeypatch.setattr(module, "_sha256", stop)
    expected = OutputError if isinstance(stopped_by, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write_bundle(tmp_path / "models" / "1", bundle)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_bundle_is_never_overwritten(bundle: Bundle, written: Path, tmp_path: Path) -> None:
    before = shutil.copytree(written, tmp_path / "before")
    with pytest.raises(OutputError):
        write_bundle(written, bundle)
    for name in FILES:
        assert (written / name).read_bytes() == (before / name).read_bytes()
    assert [path.name for path in written.parent.iterdir()] == ["1"]


def test_rows_of_text_and_of_categories_score_alike(bundle: Bundle, sample: Any) -> None:
    rows = sample.rows.head(40)
    text = rows.assign(city=rows["city"].astype(str), payment_mode=rows["payment_mode"].astype(str))
    assert isinstance(rows["city"].dtype, pd.CategoricalDtype)
    np.testing.assert_array_equal(bundle.score(text), bundle.score(rows))
