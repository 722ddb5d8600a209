"""One small operator, simulated once for all tests that only look at it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from features.simulate import Simulated, World, read_world, simulate
from tests.made import made_once


@pytest.fixture(scope="session")
def world() -> World:
    return dataclasses.replace(read_world(None), oracle_paths=2, oracle_weeks=100)


@pytest.fixture(scope="session")
def simulated(world: World) -> Simulated:
    """1,000 customers over nine months, seed 4."""

    def make(folder: Path) -> Simulated:
        return simulate(folder / "raw", 1000, 9, 4, world)

    return made_once("simulated", make)
