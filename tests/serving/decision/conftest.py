"""The counter on the small home, whose model minds what can be changed; and whom to find there."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest
from sqlalchemy import Engine

from features.disk.atomic import replace_json
from features.home import Home
from serving.database import open_engine, upgrade
from serving.decision.bill_fit import fit_of
from serving.decision.bill_fit.store import CounterFacts
from serving.decision.decision_settings import decision_settings
from serving.decision.explanation import CHANGED
from serving.scores import last_scores
from serving.scores.known import KnownFacts, known_facts
from serving.scores.latest import Latest
from serving.scoring import load_version
from tests.conftest import SmallHome
from tests.serving.decision.counter import Counter
from training.models.bundle import read_bundle, write_bundle

TEN = timedelta(hours=10, microseconds=250_001)
MAIN = ("unresolved_complaints", "overdue_cny", "plan_fee_cny")


@dataclass(frozen=True)
class People:
    """Customers with an open complaint, with a debt, with another plan."""

    complaining: list[str]
    owing: list[str]
    fitting: list[str]


@pytest.fixture(scope="session")
def minding_home(
    small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SmallHome, KnownFacts]:
    """A copy with a version that reads all features that a change can change; and its facts."""
    home = small_home.copied_to(tmp_path_factory.mktemp("minding") / "home")
    latest = Latest(home)
    known = known_facts(home, latest.night, None)
    own = {one.name for feed in CHANGED for one in known.part(feed).features}  # type: ignore[union-attr]
    write_minding(home, latest, own)
    latest.close()
    return dataclasses.replace(small_home, home=home), known


def write_minding(home: Path, latest: Latest, minded: set[str]) -> None:
    """Version `minding`: its label is a sum of ranks of these features, `MAIN` ones above all."""
    champion = load_version(home, "1")
    found = latest._connection.execute("select customer_id from rows order by customer_id")
    rows = latest.rows([own for (own,) in found], champion.bundle.features)
    matrix = rows.encoded(champion.maps)
    random = np.random.default_rng(3)
    total = np.zeros(len(matrix))
    for place, name in enumerate(champion.bundle.features):
        if name in minded:
            values = np.nan_to_num(matrix[:, place], nan=-1.0)
            weight = 3.0 if name in MAIN else random.uniform(-0.3, 0.3)
            total += weight * np.argsort(np.argsort(values, kind="stable"), kind="stable")
    booster = lgb.train(
        {"objective": "binary", "max_depth": 4, "min_data_in_leaf": 3, "verbose": -1, "seed": 1,
         "feature_fraction": 0.2, "num_threads": 1},
        lgb.Dataset(matrix, (total > np.median(total)).astype(float)),
        num_boost_round=150,
    )  # fmt: skip
    bundle = dataclasses.replace(read_bundle(home / "models" / "1"), booster=booster)
    write_bundle(home / "models" / "minding", bundle)
    replace_json(Home(home).champion, {"version": "minding", "moves": []})


@pytest.fixture(scope="session")
def people(small_home: SmallHome) -> People:
    scores, counter = last_scores(small_home.home), CounterFacts(small_home.home)
    settings = decision_settings(small_home.home)
    complaining = scores.loc[scores["open_complaint"], "customer_id"].tolist()
    owing = scores.loc[scores["overdue"] > 0, "customer_id"].tolist()
    fitting = []
    for name in scores["customer_id"]:
        record = counter.find(name)
        fit = fit_of(record, counter.plans, settings) if record else None
        fitting += [name] if fit and fit.plans else []
    return People(complaining, owing, fitting)


@pytest.fixture
def counter(minding_home: tuple[SmallHome, KnownFacts], store: Engine) -> Iterator[Counter]:
    """On each kind of database."""
    own, known = minding_home
    found = Counter(own.home, store, own.as_of + TEN, known)
    yield found
    found.close()


@pytest.fixture
def one_counter(minding_home: tuple[SmallHome, KnownFacts], tmp_path: Path) -> Iterator[Counter]:
    """On one: for what no database has to do with."""
    own, known = minding_home
    engine = open_engine(tmp_path)
    upgrade(engine)
    found = Counter(own.home, engine, own.as_of + TEN, known)
    yield found
    found.close()
    engine.dispose()


@pytest.fixture
def own_counter(
    minding_home: tuple[SmallHome, KnownFacts], store: Engine, tmp_path: Path
) -> Iterator[Counter]:
    """On a copy of the home that the test may break."""
    own, known = minding_home
    home = Path(shutil.copytree(own.home, tmp_path / "own"))
    found = Counter(home, store, own.as_of + TEN, known)
    yield found
    found.close()
