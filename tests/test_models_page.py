"""The lines of docs/models.md load the champion, predict and explain."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import training
from training.models.registry.tracking import TRACKING

if TYPE_CHECKING:
    from tests.conftest import SmallHome

PAGE = Path(__file__).parents[1] / "docs" / "models.md"


@pytest.fixture(scope="module")
def names(small_home: SmallHome) -> dict[str, Any]:
    """What the page's lines define, run on the home at hand."""
    (block,) = re.findall(r"```python\n(.+?)```", PAGE.read_text("utf-8"), re.S)
    block = block.replace('"home"', repr(str(small_home.home)))
    found: dict[str, Any] = {}
    try:
        exec(block.replace("2026-03-02", f"{small_home.as_of:%F}"), found)
    finally:
        os.environ.pop(TRACKING, None)
    return found


def test_the_champion_predicts_as_the_one_that_answers(
    names: dict[str, Any], small_home: SmallHome
) -> None:
    own = training.champion(small_home.home)
    np.testing.assert_array_equal(names["risk"], own.score(names["rows"]))
    assert len(names["risk"]) == len(names["rows"]) > 100


def test_the_reasons_add_up_to_the_score(names: dict[str, Any]) -> None:
    reasons, bundle = names["reasons"], names["champion"].get_raw_model()
    raw = bundle.raw(bundle.encode(names["rows"].head(500)))
    np.testing.assert_allclose(reasons.values.sum(axis=1) + reasons.base_values, raw, atol=1e-6)
