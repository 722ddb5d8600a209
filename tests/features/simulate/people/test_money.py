"""Bills by the public tariff, and what is paid of them."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from features.simulate import Simulated, World
from features.simulate.world.tariff import KB_PER_GB, tariff_of


def test_the_tariff_charges_what_goes_beyond_the_allowance(world: World) -> None:
    tariff = tariff_of(world)
    plan = world.plans[1]
    inside, beyond = tariff.charge(
        np.array([1, 1]),
        np.array([0.0, (plan.allowance_gb + 2) * KB_PER_GB]),
        np.array([0.0, (plan.allowance_min + 10) * 60]),
    )
    assert inside == plan.fee_fen
    expected = plan.fee_fen + 2 * plan.overage_fen_gb + 10 * plan.voice_fen_min
    assert beyond == pytest.approx(expected, abs=1)


def test_customers_move_on_the_ladder_of_their_brand(world: World) -> None:
    tariff = tariff_of(world)
    for here, plan in enumerate(world.plans):
        up, down = world.plans[tariff.up[here]], world.plans[tariff.down[here]]
        assert up.brand == down.brand == plan.brand
        assert down.fee_fen <= plan.fee_fen <= up.fee_fen


def test_bills_can_be_computed_from_use_and_the_price_list(simulated: Simulated) -> None:
    """But for extras, roaming and noise: half of the bills within 6 %, hardly any far below."""
    query = f"""
        with used as (
            select customer_id, date_trunc('month', day)::date as period,
                sum(data_kb) as kb, sum(voice_out_s) as s, sum(roaming_s) as roaming,
                max(day) - min(day) as span
            from '{simulated.out}/usage/*.parquet' group by all),
        held as (
            select customer_id, period, arg_max(plan, c.event_time) as plan
            from '{simulated.out}/bills/*.parquet' b
            join '{simulated.out}/contracts/*.parquet' c using (customer_id)
            where c.event_time < b.period + interval 1 day and c.event != 'cancelled'
            group by all)
        select b.revenue_fen / (fee_fen
            + greatest(kb - allowance_kb, 0) / 1e6 * overage_fen_gb
            + greatest(s - allowance_s, 0) / 60.0 * voice_fen_min)
        from '{simulated.out}/bills/*.parquet' b join used using (customer_id, period)
        join held using (customer_id, period) join '{simulated.out}/plans/*.parquet' using (plan)
        where roaming = 0 and span >= 26"""
    with duckdb.connect() as connection:
        ratio = connection.execute(query).df().iloc[:, 0].to_numpy()
    assert len(ratio) > 3000
    assert np.mean(np.abs(ratio - 1) < 0.06) > 0.5
    assert np.mean(ratio < 0.85) < 0.05


def test_most_bills_are_paid_in_time_and_some_never(simulated: Simulated) -> None:
    query = f"""
        with paid as (
            select b.customer_id, b.due, min(p.event_time) as moment
            from '{simulated.out}/bills/*.parquet' b
            left join '{simulated.out}/payments/*.parquet' p
            on p.customer_id = b.customer_id and p.event_time >= b.event_time
                and p.event_time < b.due + interval 90 day and p.amount_fen = b.revenue_fen
            where b.period >= date '2024-12-01'
                and b.due < date '{simulated.as_of}' - 90 group by all)
        select avg((moment < due + interval 1 day)::int), avg((moment is null)::int) from paid"""
    with duckdb.connect() as connection:
        ((in_time, never),) = connection.execute(query).fetchall()
    assert 0.88 < in_time < 0.99
    assert 0.005 < never < 0.1


def test_only_the_bills_of_the_postpaid_fall_due(simulated: Simulated) -> None:
    query = f"""
        with mode as (select customer_id, min(payment_mode) as mode
            from '{simulated.out}/customers/*.parquet' group by all)
        select mode, avg((due is not null)::int) from '{simulated.out}/bills/*.parquet'
        join mode using (customer_id) group by all"""
    with duckdb.connect() as connection:
        assert dict(connection.execute(query).fetchall()) == {"postpaid": 1, "prepaid": 0}


def test_upgrades_stand_in_the_contracts(simulated: Simulated) -> None:
    query = f"""select count(*), count(distinct customer_id)
        from '{simulated.out}/contracts/*.parquet'
        where event = 'plan_changed' and event_time >= date '2024-12-02'"""
    with duckdb.connect() as connection:
        ((changes, customers),) = connection.execute(query).fetchall()
    assert changes >= customers > 50
