"""However many workers there are, the data are the same; a worker that fails leaves nothing."""

from __future__ import annotations

import dataclasses
import multiprocessing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from features.errors import OutputError
from features.progress import silent
from features.simulate import World
from features.simulate.operator import blocks, write


@pytest.fixture(scope="module")
def small_world(world: World) -> World:
    return dataclasses.replace(world, oracle_customers=25, oracle_paths=2)


def files(folder: Path) -> dict[str, Any]:
    return {str(p.relative_to(folder)): pq.read_table(p) for p in folder.rglob("*.parquet")}


@pytest.mark.slow
def test_one_worker_and_two_give_the_same_data(tmp_path: Path, small_world: World) -> None:
    seen: list[tuple[int, int]] = []
    made = {
        workers: write(
            tmp_path / str(workers),
            blocks(30, 3, 1, small_world, most=15),
            1,
            small_world,
            workers,
            lambda _, done, total: seen.append((done, total)),
        )
        for workers in (1, 2)
    }
    assert made[1].rows == made[2].rows
    assert files(made[1].out) == files(made[2].out)
    noise = [(made[workers].out / "truth" / "noise.json").read_bytes() for workers in (1, 2)]
    assert noise[0] == noise[1]
    weeks = 2 * made[1].weeks
    assert seen.count((0, weeks)) == 2
    assert seen.count((weeks, weeks)) == 2


def test_ids_are_unique_over_blocks(tmp_path: Path, small_world: World) -> None:
    tasks = blocks(240, 2, 2, small_world, most=120)
    out = write(tmp_path / "out", tasks, 2, small_world, 1, silent).out
    assert {file.name for file in (out / "usage").iterdir()} == {"0000.parquet", "0001.parquet"}
    customers = pq.read_table(out / "truth" / "customers.parquet")["customer_id"].to_pylist()
    assert len(customers) == len(set(customers))
    for feed, key in (("payments", "payment_id"), ("complaints", "complaint_id")):
        table = pq.read_table(out / feed, columns=["customer_id", key]).to_pandas()
        assert (table.groupby(key)["customer_id"].nunique() == 1).all()
    groups = pq.read_table(out / "customers", columns=["group_id"])["group_id"].drop_null()
    assert set(groups.to_pylist()) == {"G00000", "G00001"}


def test_the_oracle_is_computed_for_a_share_of_the_first_blocks(small_world: World) -> None:
    watched = [task.watched for task in blocks(60, 3, 2, small_world, most=20)]
    assert watched == [20, 5, 0]


def test_a_worker_that_is_killed_gives_one_error_and_leaves_nothing(
    tmp_path: Path, small_world: World
) -> None:
    def kill(*_: object) -> None:
        for child in multiprocessing.active_children():
            child.kill()

    tasks = blocks(30, 3, 1, small_world, most=15)
    with pytest.raises(OutputError, match="a worker of the simulation was ended from outside"):
        write(tmp_path / "out", tasks, 1, small_world, 2, kill)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_fails_leaves_nothing(
    tmp_path: Path, small_world: World, workers: int
) -> None:
    tasks = blocks(30, 3, 1, small_world, most=15)
    broken = [tasks[0], dataclasses.replace(tasks[1], customers=-1)]
    with pytest.raises(ValueError, match="negative"):
        write(tmp_path / "out", broken, 1, small_world, workers, silent)
    assert list(tmp_path.iterdir()) == []
