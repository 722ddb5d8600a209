"""One small operator, simulated once for all tests that only look at it."""

from __future__ import annotations

import dataclasses

import pytest

from features.simulate import Simulated, World, read_world, simulate


@pytest.fixture(scope="session")
def world() -> World:
    return dataclasses.replace(read_world(None), oracle_paths=2, oracle_weeks=100)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory, world: World) -> Simulated:
    """1,000 customers over nine months, seed 4."""
    return simulate(tmp_path_factory.mktemp("operator") / "raw", 1000, 9, 4, world)
