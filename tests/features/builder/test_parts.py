"""The matrix in parts is the matrix."""

from __future__ import annotations

import pandas as pd
import pytest

from features.builder.parts import BELONGS, matrix_parts, matrix_rows
from features.histories.bills.tiers import SUMS
from tests.facts import MONDAY, day, fact, joined, operator


@pytest.mark.slow
def test_the_parts_together_are_the_base_in_order() -> None:
    customers = 2
    loaded = operator()
    names = ["C3", "C1", "C'2", "客户", "C4"]
    facts = [one for name in names for one in joined(name, city=name, manager_id=f"M of {name}")]
    facts += [fact("bills", "C1", day(-40), period=day(-60).date(), revenue_fen=900)]
    facts += [fact("contracts", "C4", day(-9), event="ported")]
    # A payment booked to the wrong customer, who is in another part, as it turned out.
    facts += [
        fact("payments", "C1", day(-20), payment_id="P1", amount_fen=500),
        fact("payments", "C3", day(-20), day(-10), payment_id="P1", amount_fen=500),
    ]
    loaded.load(facts)
    parts = list(matrix_parts(loaded.histories, MONDAY, customers))
    assert [part.start for part in parts] == list(range(0, 5, customers))
    assert {part.of for part in parts} == {5}
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    assert rows["customer_id"].tolist() == ["C'2", "C1", "C3", "客户"]
    assert rows.set_index("customer_id").loc["C1", "revenue_fen"] == 900
    assert rows["manager_id"].tolist() == ["M of C'2", "M of C1", "M of C3", "M of 客户"]
    assert rows["group_id"].isna().all()
    assert "store_id" not in rows, "this operator does not deliver it"
    alone = matrix_rows(loaded.histories, MONDAY, ["C3", "C1", "C4", "X'9"])
    chosen = rows[rows["customer_id"].isin(["C1", "C3"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, chosen)
    whole = loaded.rows([MONDAY])
    for row in rows.drop(columns=[*BELONGS, *SUMS], errors="ignore").to_dict("records"):
        expected = whole[row.pop("customer_id"), row.pop("as_of").to_pydatetime()]
        assert {name: None if pd.isna(value) else value for name, value in row.items()} == expected


def test_without_customers_there_is_one_part_without_rows() -> None:
    loaded = operator()
    loaded.load([])
    (part,) = matrix_parts(loaded.histories, MONDAY)
    assert (len(part.rows), part.of) == (0, 0)
