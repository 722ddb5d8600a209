"""A template at some moments is what Ibis compiles for them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.expr.operations import InMemoryTable
from ibis.expr.types import Table

from features import windows
from features.builder import matrix
from features.builder.templates import MAX_MOMENTS, Template, stand_ins
from features.engine.store import Histories
from tests.facts import LAG_DAYS, MONDAY, operator

FACTS = ibis.table(
    {
        "customer_id": "string",
        "event_time": "timestamp(6)",
        "known_at": "timestamp(6)",
        "superseded_at": "timestamp(6)",
    },
    name="facts",
)
CELLS = ibis.table({"customer_id": "string", "week": "int64"}, name="cells")
DAYS = FACTS.mutate(day=FACTS.event_time.date())
MOMENTS = st.lists(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), min_size=1, max_size=4, unique=True
).map(sorted)


def looks(as_of: list[datetime]) -> list[Table]:
    """All the ways in which the matrix looks at time."""
    return [
        windows.known(FACTS, as_of),
        windows.known(FACTS, as_of, weeks=12),
        windows.known_days(DAYS, as_of, 2),
        windows.closed_weeks(CELLS, as_of, 5, LAG_DAYS),
        FACTS.filter(windows.is_known_once(FACTS, as_of[-1])),
    ]


def in_full(table: Table) -> str:
    """The expression's SQL with the rows of its tables in memory in the place of their names."""
    text = str(ibis.to_sql(table, dialect="duckdb"))
    for node in table.op().find(InMemoryTable):
        text = text.replace(f'"{node.name}"', str(node.data.to_pyarrow(node.schema).to_pylist()))
    return text


def filled(template: Template, as_of: list[datetime]) -> str:
    query = template.at(as_of, LAG_DAYS)
    text = query.text
    for name, rows in query.tables.items():
        text = text.replace(f'"{name}"', str(rows.to_pylist()))
    return text


@settings(max_examples=25)
@given(MOMENTS)
def test_every_look_at_time_is_filled_as_it_is_compiled(as_of: list[datetime]) -> None:
    for look, made in zip(looks(as_of), looks(stand_ins(len(as_of))), strict=True):
        template = Template.of(made, len(as_of))
        assert filled(Template.from_json(template.as_json()), as_of) == in_full(look)


@pytest.mark.parametrize("count", [1, 3])
def test_the_matrix_is_filled_as_it_is_compiled(count: int) -> None:
    histories: Histories = operator().histories
    template = Template.of(matrix(histories, stand_ins(count)), count)
    for first in (MONDAY, MONDAY + timedelta(days=3, hours=7, microseconds=11)):
        as_of = [first + timedelta(days=9) * place for place in range(count)]
        assert filled(template, as_of) == in_full(matrix(histories, as_of))


def test_nothing_is_left_of_the_moments_that_stood_in() -> None:
    template = Template.of(matrix(operator().histories, stand_ins(2)), 2)
    assert not re.search(r"2[2-9]\d\d, |DATE '2", template.text)


def test_other_moments_than_it_was_made_for_are_refused() -> None:
    template = Template.of(windows.known(FACTS, stand_ins(2)), 2)
    for wrong in ([MONDAY], [MONDAY, MONDAY], [MONDAY, MONDAY - timedelta(days=1)]):
        with pytest.raises(ValueError, match="2 ascending moments wanted"):
            template.at(wrong, LAG_DAYS)
    assert len(stand_ins(MAX_MOMENTS)) == MAX_MOMENTS
    with pytest.raises(ValueError, match="at most"):
        stand_ins(MAX_MOMENTS + 1)


def test_a_table_in_memory_of_something_else_is_refused() -> None:
    other = ibis.memtable({"customer_id": ["C1"]})
    with pytest.raises(TypeError, match="no moment decides"):
        Template.of(FACTS.semi_join(other, "customer_id"), 1)
