"""The operator's own campaigns keep the rules, and leave a control group."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

import features
from features.histories.contacts import in_universal_holdout
from features.settings import FeatureSettings, read_toml
from features.simulate import Simulated, World
from features.simulate.behaviour import hazard
from features.simulate.behaviour.circles import Circles
from features.simulate.behaviour.hazard import CAUSES
from features.simulate.people.customers import draw_customers
from features.simulate.people.state import State, first_state
from features.simulate.world.offers import GROUPS
from features.simulate.world.weeks import week_of

HOLDOUT = read_toml(Path(features.__file__).parent / "settings.toml", FeatureSettings).holdout


def test_the_universal_holdout_is_never_contacted(simulated: Simulated) -> None:
    with duckdb.connect() as connection:
        query = f"select distinct customer_id from '{simulated.out}/contacts/*.parquet'"
        contacted = [row[0] for row in connection.execute(query).fetchall()]
        query = f"select customer_id from '{simulated.out}/truth/customers.parquet'"
        customers = [row[0] for row in connection.execute(query).fetchall()]
    assert len(contacted) > 50
    assert not any(in_universal_holdout(one, HOLDOUT) for one in contacted)
    assert any(in_universal_holdout(one, HOLDOUT) for one in customers)


def test_controls_are_assigned_and_nothing_else(simulated: Simulated) -> None:
    query = f"""select arm, event, count(*), min(propensity_ppm), max(propensity_ppm)
        from '{simulated.out}/contacts/*.parquet' group by all"""
    with duckdb.connect() as connection:
        rows = connection.execute(query).fetchall()
    counts = {(arm, event): count for arm, event, count, *_ in rows}
    assert {event for arm, event in counts if arm == "control"} == {"assigned"}
    assert counts["treated", "sent"] == counts["treated", "assigned"]
    steps = [counts["treated", event] for event in ("sent", "reached", "answered", "accepted")]
    assert steps == sorted(steps, reverse=True)
    share = counts["control", "assigned"] / (counts["control", "assigned"] + steps[0])
    assert 0.15 < share < 0.45
    assert {row[3:] for row in rows} == {(700_000, 700_000)}


def test_only_consenting_customers_are_drawn(simulated: Simulated) -> None:
    query = f"""with consents as (
            select c.contact_id, arg_max(p.consent, p.event_time) as consent
            from '{simulated.out}/contacts/*.parquet' c
            join '{simulated.out}/customers/*.parquet' p using (customer_id)
            where c.event = 'assigned' and p.event_time < c.event_time - interval 7 day
            group by all)
        select avg(consent::int) from consents"""
    with duckdb.connect() as connection:
        ((consenting,),) = connection.execute(query).fetchall()
    # Consent may be withdrawn within the week of the contact.
    assert consenting > 0.98


@pytest.fixture
def state(world: World) -> State:
    customers = draw_customers(4, 1, 1, 0, world, np.random.default_rng(1))
    return first_state(customers, np.full(len(customers), 1_000_000), len(GROUPS))


def test_a_contact_acts_on_the_hazards_until_it_is_forgotten(state: State, world: World) -> None:
    signals = np.ones((len(CAUSES), len(state)), dtype=np.float32)
    usual = hazard.hazards(state, signals, world)
    state.push[GROUPS.index("price"), 1] = 2
    assert np.array_equal(hazard.hazards(state, signals, world), usual)
    state.push_weeks[1] = 3
    pushed = hazard.hazards(state, signals, world) / np.where(usual > 0, usual, 1)
    assert pushed[CAUSES.index("bill_shock"), 1] == pytest.approx(2)
    assert pushed[CAUSES.index("fading"), 1] == pytest.approx(1)
    assert pushed[CAUSES.index("bill_shock"), 0] == pytest.approx(1)


def test_friends_who_leave_openly_are_missed_for_eight_weeks(state: State, world: World) -> None:
    n = len(state)
    # Customer 0 knows 1 and 2, and they know 0.
    offsets = np.concatenate([[0, 2, 3, 4], np.full(n - 3, 4)]).astype(np.int64)
    circles = Circles(offsets, np.array([1, 2, 0, 0]))
    active = np.ones(n, dtype=bool)
    active[[1, 2]] = False
    kind = np.array(["ported", "silent"], dtype=object)
    circles.part(state, 0, np.array([1, 2]), kind, active)
    pushed = hazard.friends(state, world)
    assert pushed[0] == pytest.approx(1 - np.exp(-1 / world.friends.least / world.friends.scale))
    assert np.all(pushed[1:] == 0)
    no_customers = np.zeros(0, dtype=np.int64)
    for week in range(1, 9):
        assert hazard.friends(state, world)[0] > 0
        circles.part(state, week, no_customers, no_customers.astype(object), active)
    assert np.all(hazard.friends(state, world) == 0)
    assert hazard.signals(state, week_of(world.first_day, 9), world).shape == (len(CAUSES), n)
