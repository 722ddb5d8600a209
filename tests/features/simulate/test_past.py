"""What the feeds say is owed is owed in the world, on the first day and after."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import duckdb
import numpy as np
import pytest

import features
from features.settings import FeatureSettings, read_toml
from features.simulate import World
from features.simulate.block import Block
from features.simulate.operator import blocks
from features.simulate.past import PAST_WEEKS
from features.simulate.world.cities import draw_cities


@pytest.mark.parametrize("months", [0, 6])
def test_the_feeds_show_the_debts_of_the_world_and_no_others(
    tmp_path: Path, world: World, months: int
) -> None:
    # A bill that comes late is owed before the feeds show it.
    in_time = dataclasses.replace(world.bills, late_share=0.0)
    world = dataclasses.replace(world, bills=in_time, oracle_paths=0)
    settings = read_toml(Path(features.__file__).parent / "settings.toml", FeatureSettings)
    task = blocks(600, months, 1, world)[0]
    cities = draw_cities(-PAST_WEEKS, task.weeks, world, np.random.SeedSequence(1))
    block = Block(tmp_path, task, cities, settings.holdout, world)
    block.live(lambda: None)
    block.ledger.close()
    query = f"""
        with billed as (select customer_id, sum(revenue_fen) as fen
                from '{tmp_path}/bills/*.parquet' group by all),
            paid as (select customer_id, sum(amount_fen) as fen
                from '{tmp_path}/payments/*.parquet' group by all)
        select customer_id, billed.fen - coalesce(paid.fen, 0)
        from billed left join paid using (customer_id)"""
    with duckdb.connect() as connection:
        known_of = dict(connection.execute(query).fetchall())
    state = block.state
    rows = np.flatnonzero(block.active & ~state.prepaid)
    owed = state.debt[rows] + np.maximum(state.awaited[rows], 0)
    known = np.array([known_of.get(one, 0) for one in block.customers.ids[rows]])
    assert (owed > 0).sum() > 10
    # A payment of the last hours is not in the feeds yet.
    assert np.mean(known != owed) < 0.01
