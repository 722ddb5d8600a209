"""What the simulated operator delivers, and that its truth is true."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from features.errors import OutputError, SettingsError
from features.feeds import CLOCKS, FEEDS
from features.imports.queries.mapping import read_mapping
from features.simulate import Simulated, World, simulate
from features.simulate.behaviour.hazard import CAUSES


def queried(simulated: Simulated, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query; `{usage}` stands for that feed's file, `{truth.oracle}` for truth's."""
    files = {name: f"'{simulated.out / name}/*.parquet'" for name in FEEDS}
    truth = {p.stem: f"'{p}'" for p in (simulated.out / "truth").glob("*.parquet")}
    for name, path in files.items():
        query = query.replace(f"{{{name}}}", path)
    for name, path in truth.items():
        query = query.replace(f"{{truth.{name}}}", path)
    with duckdb.connect() as connection:
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return rows


def feeds_of(folder: Path) -> dict[str, Any]:
    return {
        str(path.relative_to(folder)): pq.read_table(path) for path in folder.rglob("*.parquet")
    }


def test_the_simulation_ends_on_a_monday_after_whole_weeks(simulated: Simulated) -> None:
    assert simulated.weeks == 39
    assert simulated.as_of == date(2025, 9, 1)
    assert simulated.as_of.weekday() == 0


@pytest.mark.parametrize("feed", FEEDS)
def test_columns_are_the_contracts_columns_and_the_clocks(simulated: Simulated, feed: str) -> None:
    file = simulated.out / feed / "0000.parquet"
    assert pq.read_schema(file).names == [c.name for c in FEEDS[feed].columns] + list(CLOCKS)
    assert pq.read_metadata(file).num_rows == simulated.rows[feed]


def test_the_mapping_names_every_feed(simulated: Simulated) -> None:
    mapping = read_mapping(simulated.out / "mapping.toml")
    assert {feed for feed in FEEDS if feed in str(mapping)} == set(FEEDS)


@pytest.mark.parametrize("feed", FEEDS)
def test_nothing_is_known_before_it_happens_nor_after_the_end(
    simulated: Simulated, feed: str
) -> None:
    ((early, late),) = queried(
        simulated,
        f"select count_if(known_at < event_time), count_if(known_at >= '{simulated.as_of}') "
        f"from {{{feed}}}",
    )
    assert (early, late) == (0, 0)


@pytest.mark.parametrize("feed", FEEDS)
def test_two_rows_of_one_key_differ_in_when_they_were_known(
    simulated: Simulated, feed: str
) -> None:
    key = ", ".join((*FEEDS[feed].key, "known_at"))
    query = f"select {key} from {{{feed}}} group by {key} having count(*) > 1"
    assert queried(simulated, query) == []


@pytest.mark.parametrize("feed", FEEDS)
def test_values_keep_the_bounds_of_the_contract(simulated: Simulated, feed: str) -> None:
    for column in FEEDS[feed].columns:
        bad = [] if column.nullable else [f"{column.name} is null"]
        if column.minimum is not None:
            bad.append(f"{column.name} < {column.minimum}")
        if column.maximum is not None:
            bad.append(f"{column.name} > {column.maximum}")
        if column.allowed:
            bad.append(f"{column.name} not in {column.allowed}".replace("',)", "')"))
        if bad:
            query = f"select count(*) from {{{feed}}} where {' or '.join(bad)}"
            assert queried(simulated, query) == [(0,)], column.name


def test_some_facts_come_late_and_some_are_corrected(simulated: Simulated) -> None:
    ((late, corrected, bills),) = queried(
        simulated,
        """select
            (select avg((known_at - event_time > interval 2 day)::int) from {usage}),
            (select count(*) / count(distinct (customer_id, day)) - 1 from {usage}),
            (select avg((known_at - event_time > interval 6 day)::int) from {bills})""",
    )
    assert 0.005 < late < 0.02
    assert 0.001 < corrected < 0.006
    assert 0.002 < bills < 0.03


def test_the_same_seed_gives_the_same_data_and_another_seed_other_data(
    tmp_path: Path, world: World
) -> None:
    first, again, other = (
        simulate(tmp_path / name, 60, 1, seed, world).out
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert feeds_of(first) == feeds_of(again)
    assert feeds_of(first)["usage/0000.parquet"] != feeds_of(other)["usage/0000.parquet"]


def test_computing_the_oracle_does_not_change_the_world(tmp_path: Path, world: World) -> None:
    with_oracle = feeds_of(simulate(tmp_path / "oracle", 60, 3, 1, world).out)
    unasked = dataclasses.replace(world, oracle_paths=0)
    left_alone = feeds_of(simulate(tmp_path / "alone", 60, 3, 1, unasked).out)
    assert set(with_oracle) - set(left_alone) == {"truth/oracle.parquet"}
    assert all(with_oracle[name] == table for name, table in left_alone.items())


@pytest.mark.parametrize(
    ("mode", "least", "most"), [("postpaid", 0.013, 0.03), ("prepaid", 0.033, 0.066)]
)
def test_monthly_churn_is_plausible(
    simulated: Simulated, mode: str, least: float, most: float
) -> None:
    ((share,),) = queried(
        simulated,
        f"""with people as (
            select distinct customer_id from {{customers}} where payment_mode = '{mode}')
        select (select count(*) from {{truth.departures}} join people using (customer_id)
                where not competing)
             / (select count(*) from {{truth.hazard}} join people using (customer_id))""",
    )
    assert least < share < most


def test_who_goes_silent_is_active_on_the_last_day_and_never_after(simulated: Simulated) -> None:
    rows = queried(
        simulated,
        """select departure_day, back_day,
            (select max(day) from {usage} u where u.customer_id = d.customer_id
             and (d.back_day is null or u.day < d.back_day))
        from {truth.departures} d where kind = 'silent'""",
    )
    assert len(rows) > 30
    # A last day learned after the end is not in the feeds.
    assert np.mean([day == last for day, _, last in rows]) > 0.95
    assert all(last <= day for day, _, last in rows)


def test_no_active_customer_is_silent_for_three_weeks(simulated: Simulated) -> None:
    query = """with days as (
            select customer_id, day, lead(day) over (partition by customer_id order by day) as next
            from (select distinct customer_id, day from {usage}))
        select count(*) from days where next - day > 21
            and customer_id not in (select customer_id from {truth.departures})"""
    assert queried(simulated, query) == [(0,)]


def test_a_complaint_begins_with_its_opening(simulated: Simulated) -> None:
    query = """select complaint_id, count(distinct customer_id), arg_min(event, event_time),
            count_if(event = 'opened'), count_if(category is null)
        from {complaints} group by all"""
    found = {row[1:] for row in queried(simulated, query)}
    assert found == {(1, "opened", 1, 0)}


def test_use_ends_with_the_contract(simulated: Simulated) -> None:
    query = """select count(*) from {truth.departures} d join {usage} u using (customer_id)
        where u.day > d.departure_day and (d.back_day is null or u.day < d.back_day)"""
    assert queried(simulated, query) == [(0,)]


def test_everyone_who_leaves_openly_has_a_contract_event(simulated: Simulated) -> None:
    query = f"""select count(*), count_if(c.customer_id is null)
        from {{truth.departures}} d left join {{contracts}} c
        on c.customer_id = d.customer_id and c.event = d.kind
            and c.event_time::date = d.departure_day
        where d.kind in ('pre_cancelled', 'ported', 'suspended')
            and d.departure_day < date '{simulated.as_of}' - 2"""
    ((churners, unseen),) = queried(simulated, query)
    assert churners > 30
    assert unseen == 0


@pytest.fixture(scope="module")
def outcomes(simulated: Simulated) -> pd.DataFrame:
    """The oracle's rows of which the outcome is known, with it (`left`), mode and tenure."""
    query = f"""with next as (
            select o.*, min(d.departure_day - o.as_of::date) as days,
                arg_min(d.competing, d.departure_day) as competing
            from {{truth.oracle}} o left join {{truth.departures}} d
            on o.customer_id = d.customer_id and d.departure_day >= o.as_of
            where o.as_of <= date '{simulated.as_of}' - 44
            group by all),
        people as (select customer_id, min(payment_mode) as mode from {{customers}} group by all)
        select customer_id, as_of, mode, probability_observable, probability_full,
            coalesce(days >= 14 and days < 44, false) as happened
        from next join people using (customer_id)
        where coalesce(days, 99) >= 44 or days >= 14 and not competing"""
    columns = ["customer_id", "as_of", "mode", "observable", "full", "left"]
    return pd.DataFrame(queried(simulated, query), columns=columns)


def test_the_oracle_means_what_happens(outcomes: pd.DataFrame) -> None:
    assert outcomes["as_of"].nunique() == 21
    high = outcomes["observable"] > outcomes["observable"].quantile(0.8)
    prepaid = outcomes["mode"] == "prepaid"
    for rows in (prepaid | ~prepaid, prepaid, ~prepaid, high, ~high):
        happened = outcomes.loc[rows, "left"].sum()
        assert happened > 100
        # One departure counts at about 30 / 7 dates, so its variance is that much larger.
        error = np.sqrt(happened * 30 / 7)
        for name in ("observable", "full"):
            assert abs(outcomes.loc[rows, name].sum() - happened) < 3 * error


def test_the_full_oracle_ranks_better_and_neither_perfectly(outcomes: pd.DataFrame) -> None:
    left = outcomes["left"]
    observable, full = (roc_auc_score(left, outcomes[name]) for name in ("observable", "full"))
    assert 0.7 < observable < full < 0.92


def test_the_noise_of_the_world_is_stated(simulated: Simulated, outcomes: pd.DataFrame) -> None:
    noise = json.loads((simulated.out / "truth" / "noise.json").read_text("utf-8"))
    # Two futures a customer are noisy, and noise looks like knowledge.
    for name in ("observable", "full"):
        assert roc_auc_score(outcomes["left"], outcomes[name]) < noise[name]["auc"] + 0.03
        assert noise[name]["auc"] < 0.95
        assert 0 < noise[name]["brier_skill"] < 0.4


def test_no_column_of_a_feed_gives_the_label_away(
    simulated: Simulated, outcomes: pd.DataFrame
) -> None:
    """What was last known before the panel date does not separate churners."""
    date = sorted(outcomes["as_of"].unique())[10]
    rows = outcomes[outcomes["as_of"] == date].set_index("customer_id")
    for feed in ("usage", "bills", "payments", "complaints", "contacts", "surveys"):
        names = [c.name for c in FEEDS[feed].columns if c.type == "int64"]
        parts = ", ".join(f"arg_max({n}, event_time), sum({n})" for n in names)
        query = f"""select customer_id, count(*), {parts} from {{{feed}}}
            where known_at < timestamp '{date}' group by all"""
        known = pd.DataFrame(queried(simulated, query)).set_index(0).reindex(rows.index)
        for column in known:
            values = known[column].astype(float).fillna(-1)
            area = roc_auc_score(rows["left"], values)
            assert 0.12 < area < 0.88, (feed, column)


def test_the_hazard_names_its_dominant_cause(simulated: Simulated) -> None:
    columns = ", ".join(CAUSES)
    for *values, dominant in queried(
        simulated, f"select {columns}, dominant_cause from {{truth.hazard}}"
    ):
        assert CAUSES[int(np.argmax(values))] == dominant


def test_for_a_cause_without_strength_no_customer_leaves(tmp_path: Path, world: World) -> None:
    harmless = dataclasses.replace(world.strength, fading=0.0, network_trouble=0.0)
    without = dataclasses.replace(world, strength=harmless, oracle_paths=0)
    made = simulate(tmp_path / "out", 150, 3, 1, without)
    query = "select max(fading), max(network_trouble), max(complaint) from {truth.hazard}"
    ((fading, network, complaint),) = queried(made, query)
    assert (fading, network) == (0, 0)
    assert complaint > 0


@pytest.mark.parametrize(
    ("customers", "months", "seed", "named"),
    [(0, 1, 1, "customers"), (1, 0, 1, "months"), (1, 1, -1, "seed")],
)
def test_too_little_is_refused(
    tmp_path: Path, world: World, customers: int, months: int, seed: int, named: str
) -> None:
    with pytest.raises(SettingsError, match=f"{named} is"):
        simulate(tmp_path / "out", customers, months, seed, world)
    assert not (tmp_path / "out").exists()


def test_one_customer_for_one_month_is_enough(tmp_path: Path, world: World) -> None:
    (tmp_path / "out").mkdir()
    assert simulate(tmp_path / "out", 1, 1, 0, world).weeks == 4


def test_a_folder_with_content_is_left_alone(tmp_path: Path, world: World) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        simulate(tmp_path, 10, 1, 1, world)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_progress_counts_weeks(tmp_path: Path, world: World) -> None:
    seen: list[tuple[int, int]] = []
    simulate(tmp_path / "out", 5, 2, 1, world, lambda _, done, total: seen.append((done, total)))
    assert seen == [(week, 9) for week in range(10)]
