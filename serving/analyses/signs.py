"""What goes with leaving among those at risk, grouped so that it can be fixed.

Of one night, in one query: the reasons for leaving of the riskiest tenth of the eligible customers,
by the group of their feature (`features.catalogue.GROUPS`), together and by city and by plan, with
the value at stake. A customer counts once in each group. Signs go with leaving, and are not causes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from features import catalogue
from features.catalogue import GROUPS
from serving.access.principal import EVERYWHERE, Scope

AT_RISK_SHARE = 0.1  # of the eligible customers, the riskiest
MEMORY = "512MB"
TOP_FEATURES = 3
BY = ("city", "plan")
SUMS = "count(*) as customers, sum(value_at_stake) as value, sum(expected_loss) as loss"
AT_RISK = f"""
create temp table at_risk as
with everyone as (
    select customer_id, churn_risk, reasons, city, plan, store_id, manager_id, value_at_stake,
        expected_loss
    from read_parquet($scores)
    where eligible and customer_id not in (select unnest($objectors::varchar[]))
)
select * from everyone
where churn_risk >= (select quantile_cont(churn_risk, {1 - AT_RISK_SHARE}) from everyone)
"""
SIGNS = """
create temp table signs as
with reasons as (
    select customer_id, unnest(from_json(reasons, '[{"feature": "VARCHAR", "effect": "DOUBLE"}]'))
        as reason
    from at_risk
)
select customer_id, sign, reason.feature as feature, reason.effect as effect
from reasons join groups on groups.feature = reason.feature
where reason.effect > 0
"""
GROUPED = f"""
select sign, city, plan, grouping(city) as no_city, grouping(plan) as no_plan, {SUMS}
from (select distinct customer_id, sign from signs) join at_risk using (customer_id)
group by grouping sets ((sign), (sign, city), (sign, plan))
order by customers desc, sign, city, plan
"""
STRONGEST = """
select sign, feature, count(distinct customer_id) as customers from signs
group by sign, feature order by customers desc, feature
"""
PLACES = """
select city, plan, grouping(city) as no_city, count(*) as customers from at_risk
group by grouping sets ((city), (plan))
"""


@dataclass(frozen=True)
class Signs:
    """The customers at risk, their value at stake and expected loss, and the groups of signs.

    The group with the greatest expected loss is first. Each has `sign`, customers, value, loss,
    `features` (feature, customers; the most frequent first) and `places`: by city and plan a list
    of name (null where not known), customers, `at_risk` (all at risk there), value and loss.
    """

    customers: int
    value: float | None
    loss: float | None
    signs: Sequence[Mapping[str, Any]]


def signs_of(
    scores: Path, currency: str, objectors: Sequence[str] = (), scope: Scope = EVERYWHERE
) -> Signs:
    """The signs of the night with these scores, of the scope's customers, without who objects.

    The riskiest tenth is that of all customers, whatever the scope. Raises OSError where the file
    is gone.
    """
    with duckdb.connect(config={"threads": 1, "memory_limit": MEMORY}) as connection:
        # An open file stays whole where the next night replaces it.
        connection.execute(AT_RISK, {"scores": str(scores), "objectors": list(objectors)})
        for name, value in scope.limits.items():
            connection.execute(f"delete from at_risk where {name} is distinct from ?", [value])
        named = {one.name: one.group for one in catalogue.features(currency)}
        names = {"feature": list(named), "sign": list(named.values())}
        connection.register("groups", pa.table(names))
        connection.execute(SIGNS)
        (total,) = _rows(connection, f"select {SUMS} from at_risk")
        places = _rows(connection, PLACES)
        grouped = _rows(connection, GROUPED)
        strongest = _rows(connection, STRONGEST)
    at_risk = {
        (BY[int(row["no_city"])], row[BY[int(row["no_city"])]]): row["customers"] for row in places
    }
    found = [
        {
            "sign": own["sign"],
            **_sums(own),
            "features": [
                {"feature": one["feature"], "customers": one["customers"]}
                for one in strongest
                if one["sign"] == own["sign"]
            ][:TOP_FEATURES],
            "places": {
                by: [
                    {"name": row[by], "at_risk": at_risk[by, row[by]], **_sums(row)}
                    for row in grouped
                    if row["sign"] == own["sign"] and not row[f"no_{by}"]
                ]
                for by in BY
            },
        }
        for own in grouped
        if own["no_city"] and own["no_plan"]
    ]
    found.sort(key=lambda own: (-(own["loss"] or 0.0), -own["customers"], own["sign"]))
    assert set(named.values()) <= set(GROUPS)
    return Signs(signs=found, **_sums(total))


def _sums(row: Mapping[str, Any]) -> dict[str, Any]:
    amounts = {name: row[name] for name in ("value", "loss")}
    rounded = {name: None if own is None else round(own, 2) for name, own in amounts.items()}
    return {"customers": row["customers"], **rounded}


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [own[0] for own in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
