"""A file names the export that it came from, after all that a recipient may do to it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from math import comb, log10
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import FileRefused
from serving.retention.export.cells import SheetColumn
from serving.retention.export.sheets import Sheet, write_sheet
from serving.retention.export.trace import Trace, log10_ratio, trace
from serving.retention.export.watermark import marked

ROWS = 3_000
COLUMNS = (
    SheetColumn("rank", 0),
    SheetColumn("客户编号"),
    SheetColumn("city"),
    SheetColumn("churn_risk", 4),
    SheetColumn("value_at_stake_cny", 2),
    SheetColumn("age", 0),
)
Rows = list[list[str]]


def keys(count: int) -> dict[str, bytes]:
    generator = np.random.default_rng(7)
    return {f"E{number}": generator.bytes(32) for number in range(count)}


KEYS = keys(20)


def part() -> pa.RecordBatch:
    generator = np.random.default_rng(1)
    return pa.record_batch(
        {
            "rank": np.arange(1.0, ROWS + 1),
            "customer_id": [f"C{number:07d}" for number in generator.permutation(10 * ROWS)[:ROWS]],
            "city": generator.choice(["Suzhou", "Wuxi"], ROWS).tolist(),
            "churn_risk": generator.beta(1, 20, ROWS),
            "value_at_stake": generator.gamma(2, 300, ROWS),
            "age": generator.integers(18, 90, ROWS).astype(float),
        }
    )


PART = part()


def write(path: Path, key: bytes | None) -> None:
    own = PART if key is None else marked(PART, key)
    write_sheet(path, path.suffix, Sheet(COLUMNS, [own], ROWS, {}, {}), "en", datetime(2026, 3, 2))


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The rows of the file that E7's recipient has, the header first."""
    path = tmp_path_factory.mktemp("received") / "list.csv"
    write(path, KEYS["E7"])
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))


def traced(tmp_path: Path, rows: Rows, **more: object) -> Trace:
    path = tmp_path / "found.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return trace(path, KEYS, **more)  # type: ignore[arg-type]


def shuffled(rows: Rows) -> Rows:
    order = np.random.default_rng(3).permutation(len(rows) - 1) + 1
    return [rows[0], *(rows[place] for place in order)]


def without(*gone: int) -> Callable[[Rows], Rows]:
    return lambda rows: [
        [text for place, text in enumerate(row) if place not in gone] for row in rows
    ]


@given(st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_500_rows_in_any_order_with_any_score_name_their_export(
    tmp_path: Path, data: st.DataObject
) -> None:
    """Other columns may be there or not, in another order, and under other names."""
    export = data.draw(st.sampled_from(sorted(KEYS)))
    own = marked(PART, KEYS[export])
    rows = data.draw(st.randoms(use_true_random=False)).sample(range(ROWS), 500)
    score = data.draw(st.sampled_from([3, 4]))
    others = data.draw(st.sets(st.sampled_from([0, 2, 3, 4, 5])))
    places = data.draw(st.permutations(sorted({1, score, *others})))
    part = own.take(rows).select(places)
    columns = [SheetColumn(f"column {place}", COLUMNS[place].digits) for place in places]
    path = tmp_path / "found.csv"
    write_sheet(path, ".csv", Sheet(columns, [part], 500, {}, {}), "en", datetime(2026, 3, 2))
    assert [one.export for one in trace(path, KEYS).found] == [export]


def as_percent(rows: Rows) -> Rows:
    return [rows[0], *([*row[:3], f"{float(row[3]):.2%}", *row[4:]] for row in rows[1:])]


CHANGES: dict[str, Callable[[Rows], Rows]] = {
    "as it is": lambda rows: rows,
    "sorted": lambda rows: [rows[0], *sorted(rows[1:], key=lambda row: row[3])],
    "cut to 500 rows": lambda rows: shuffled(rows)[:501],
    "its first 500 rows": lambda rows: rows[:501],
    "renamed": lambda rows: [["a", "b", "c", "d", "e", "f"], *rows[1:]],
    "one score left": lambda rows: without(0, 2, 4, 5)(shuffled(rows)[:501]),
    "the other score left": lambda rows: without(0, 2, 3, 5)(shuffled(rows)[:501]),
    "as a percentage": as_percent,
    "rows twice": lambda rows: [rows[0], *rows[1:1000], *rows[1:1000]],
    "a title above it": lambda rows: [["Our best customers"], *rows],
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_mark_survives(tmp_path: Path, received: Rows, change: str) -> None:
    found = traced(tmp_path, CHANGES[change](received))
    assert [one.export for one in found.found] == ["E7"], found
    assert found.because is None
    assert found.found[0].agree == found.found[0].rows
    assert found.found[0].log10_ratio > 100


@pytest.mark.parametrize("key", ["E3", None])
def test_a_workbook_names_its_export_and_an_unmarked_one_none(
    tmp_path: Path, key: str | None
) -> None:
    path = tmp_path / "list.xlsx"
    write(path, None if key is None else KEYS[key])
    found = trace(path, KEYS)
    assert [one.export for one in found.found] == ([] if key is None else [key])
    assert found.because == ("no_mark" if key is None else None)


def test_a_workbook_that_computed_with_the_numbers_names_its_export(
    tmp_path: Path, received: Rows
) -> None:
    path = tmp_path / "again.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(received[:600]):
            sheet.write_string(line, 0, row[1])
            if line:
                sheet.write_number(line, 1, (float(row[4]) + 0.1) * 100 - 10)  # in fen, with noise
    (found,) = trace(path, KEYS).found
    assert (found.export, found.score) == ("E7", "value_at_stake")


def test_a_text_that_a_spreadsheet_saved_in_its_own_way_names_its_export(
    tmp_path: Path, received: Rows
) -> None:
    """In the encoding of a Chinese system, with tabs, and numbers without their last zeros."""
    rows = [
        [*row[:3], row[3].rstrip("0"), row[4].rstrip("0").rstrip("."), row[5]]
        for row in received[1:701]
    ]
    path = tmp_path / "saved.txt"
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([received[0], *rows])
    found = trace(path, KEYS)
    assert [one.export for one in found.found] == ["E7"]
    assert found.ids[0] == "客户编号"


def test_who_changes_some_digits_is_named_all_the_same(tmp_path: Path, received: Rows) -> None:
    generator = np.random.default_rng(5)
    rows = [
        [*row[:3], f"{float(row[3]) + generator.integers(0, 2) * 1e-4:.4f}", *row[4:]]
        if generator.random() < 0.5 else row
        for row in received[1:801]
    ]  # fmt: skip
    (found,) = traced(tmp_path, without(4)([received[0], *rows])).found
    assert found.export == "E7"
    assert found.agree / found.rows == pytest.approx(0.75, abs=0.05)


def test_two_recipients_who_mix_their_files_are_both_named(tmp_path: Path, received: Rows) -> None:
    path = tmp_path / "other.csv"
    write(path, KEYS["E2"])
    others = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    mixed = [received[0], *(received[1::2]), *(others[2::2])]
    assert {one.export for one in traced(tmp_path, mixed).found} == {"E2", "E7"}


def test_a_digit_less_is_reported_as_what_it_is(tmp_path: Path, received: Rows) -> None:
    rows = [
        received[0],
        *(
            [*row[:3], f"{float(row[3]):.3f}", f"{float(row[4]):.1f}", row[5]]
            for row in received[1:]
        ),
    ]
    found = traced(tmp_path, rows)
    assert found.found == ()
    assert found.because == "rounded"
    assert found.rounded == ("churn_risk", "value_at_stake_cny")


def test_without_ids_it_says_that_it_cannot(tmp_path: Path, received: Rows) -> None:
    found = traced(tmp_path, without(0, 1)(received))
    assert (found.found, found.because) == ((), "no_ids")
    known = {row[1] for row in received}
    found = traced(tmp_path, without(1)(received), known=known)  # the rank is not an id
    assert (found.found, found.because) == ((), "no_ids")
    assert traced(tmp_path, received, known=known).ids == ("客户编号",)


def test_without_scores_it_says_so(tmp_path: Path, received: Rows) -> None:
    assert traced(tmp_path, without(0, 3, 4, 5)(received)).because == "no_scores"


def test_a_few_rows_prove_nothing(tmp_path: Path, received: Rows) -> None:
    assert traced(tmp_path, received[:20]).because == "few_rows"


@pytest.mark.slow
def test_thousands_of_exports_are_not_named_falsely(tmp_path: Path, received: Rows) -> None:
    path = tmp_path / "list.csv"
    write(path, KEYS["E7"])
    many = keys(3_000)
    assert [one.export for one in trace(path, many).found] == ["E7"]
    del many["E7"]
    known = {row[1] for row in received}
    found = trace(path, many, known)
    assert (found.found, found.because) == ((), "no_mark")


def test_a_ratio_is_no_larger_by_chance_than_it_says() -> None:
    """Its mean under chance is 1, summed over all counts; so a ratio of c has at most 1/c."""
    for rows in (1, 50, 1_000):
        agree = np.arange(rows + 1)
        logs = np.array([_log10_chance(rows, count) for count in range(rows + 1)])
        assert (10 ** (log10_ratio(rows, agree) + logs)).sum() == pytest.approx(1, abs=1e-6)


def _log10_chance(rows: int, count: int) -> float:
    return log10(comb(rows, count)) - rows * log10(2)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="no such file"):
        trace(tmp_path / "none.csv", KEYS)
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(FileRefused):
        trace(tmp_path / "bad.xlsx", KEYS)
