"""Row order, chunks of data, and what else is queried at once change nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.engine.store import build_histories
from features.home import Home
from features.lake import feed_files, read_manifest
from tests.facts import MOMENTS, MONDAY, Fact, day, import_facts, rows
from tests.test_laws.operators import FEW, operators


@settings(FEW, max_examples=6)
@given(operators(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(facts: list[Fact], random: Random) -> None:
    shuffled = random.sample(facts, len(facts))
    assert rows(facts) == rows(shuffled) == rows(facts[::-1])


@pytest.mark.slow
@settings(FEW, max_examples=5)
@given(operators())
def test_one_customer_alone_is_as_in_the_base(facts: list[Fact]) -> None:
    base = rows(facts)
    for customers in (["C1"], ["C3", "C0", "C7", "C5", "C8"]):
        alone = rows(facts, customers=customers)
        assert alone == {key: row for key, row in base.items() if key[0] in customers}


@pytest.mark.slow
@settings(FEW, max_examples=5)
@given(operators())
def test_one_date_alone_is_as_among_many(facts: list[Fact]) -> None:
    many = rows(facts)
    for as_of in ((MONDAY,), (MOMENTS[-1], MOMENTS[0])):
        alone = rows(facts, as_of)
        assert alone == {key: row for key, row in many.items() if key[1] in as_of}


@pytest.mark.slow
@settings(FEW, max_examples=2)
@given(operators(), st.randoms(use_true_random=False))
def test_several_imports_give_what_one_gives(facts: list[Fact], random: Random) -> None:
    with TemporaryDirectory() as folder:
        whole, chunked = Path(folder, "whole"), Path(folder, "chunked")
        import_facts(whole, facts, Path(folder, "extract"))
        bounds = [day(-100), day(-9.5), MONDAY, day(3), day(400)]
        for number, (since, until) in enumerate(zip([day(-999), *bounds], bounds, strict=False)):
            chunk = [fact for fact in facts if since <= fact[1]["known_at"] < until]
            random.shuffle(chunk)
            if chunk:
                import_facts(chunked, chunk, Path(folder, f"extract{number}"))
        assert rows(_stored(whole)) == rows(_stored(chunked)) == rows(facts)
        assert _built(whole) == _built(chunked)


def _stored(home: Path) -> list[Fact]:
    """All versions of all facts in the lake, in the order in which the parts hold them."""
    return [
        (feed, row)
        for feed in read_manifest(home)
        for path in feed_files(home, feed)
        for row in pq.read_table(path).to_pylist()
    ]


def _built(home: Path) -> dict[str, Any]:
    """The tables of the histories, each in one order."""
    build_histories(home)
    (folder,) = Home(home).histories.glob("*/")
    found: dict[str, pa.Table] = {p.stem: pq.read_table(p) for p in folder.glob("*.parquet")}
    return {
        name: sorted(table.to_pylist(), key=lambda row: repr(sorted(row.items())))
        for name, table in found.items()
    }
