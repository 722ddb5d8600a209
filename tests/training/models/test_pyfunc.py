"""MLflow's entry point reads a bundle of either kind, and predicts without knowing which."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from features.errors import BundleError
from training.models.bundle import Bundle, write_bundle
from training.models.pyfunc import _load_pyfunc

if TYPE_CHECKING:
    from tests.conftest import SmallTable


def test_rows_of_customers_score_as_by_the_bundle(
    bundle: Bundle, sample: Any, tmp_path: Path
) -> None:
    write_bundle(tmp_path / "1", bundle)
    model = _load_pyfunc(str(tmp_path / "1"))
    np.testing.assert_array_equal(model.predict(sample.rows), bundle.score(sample.rows))


def test_levels_that_a_table_did_not_have_are_named_in_a_warning(small_table: SmallTable) -> None:
    model, bundle = _load_pyfunc(str(small_table.trained.path)), small_table.trained.bundle
    category = next(one.name for one in bundle.kind.columns if one.kind == "category")
    rows = small_table.rows().head(5).assign(**{category: "new level"})
    with pytest.warns(UserWarning, match=f"{category} 'new level'"):
        risk = model.predict(rows)
    np.testing.assert_array_equal(risk, bundle.score(rows))


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"kind": "of another version"})])
def test_a_folder_without_a_known_kind_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "bundle.json").write_text(content, "utf-8")
    with pytest.raises(BundleError, match=r"must name its kind, base or table\. Restore"):
        _load_pyfunc(str(tmp_path))
