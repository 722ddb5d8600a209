"""With priors alone a list really brings at least as much as ranking by risk, and by value.

Ten simulated operators, each with a model of its own; only the simulation knows what was brought.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from features.home import Home
from features.imports.sources import import_feeds
from features.simulate import read_world, simulate
from serving.database import opened
from serving.demo.campaign import REQUEST, true_gains
from serving.nightly import score_base
from serving.retention.campaign.making import make
from serving.retention.retention_settings import retention_settings
from serving.retention.selection.request import parsed
from tests.conftest import QUICK, set_home
from training import pipeline
from training.models.promotion import promote
from training.pipeline import train

SEEDS = range(1, 11)
CUSTOMERS = 2000
BUDGET_A_CUSTOMER = 3  # as the demo's 60,000 for 20,000 customers


def played(home: Path, seed: int) -> dict[str, float]:
    raw = home / "raw"
    made = simulate(raw, CUSTOMERS, 15, seed, read_world(None))
    (raw / "truth").rename(Home(home).truth)
    set_home(home, "training", QUICK)
    as_of = datetime.combine(made.as_of, time())
    now = as_of + timedelta(hours=6)
    import_feeds(home, raw / "mapping.toml", raw, now)
    promote(home, train(home, as_of).version, now, force=True, reason="a small operator")
    score_base(home, as_of)
    wanted = {**REQUEST, "expires": "2999-12-31", "budget": BUDGET_A_CUSTOMER * CUSTOMERS}
    with opened(home) as engine, engine.connect() as connection:
        found = make(home, connection, parsed(wanted, now), retention_settings(home), now)
    return true_gains(home, found, now)


@pytest.mark.slow(minutes=6)
def test_the_list_brings_at_least_what_other_rankings_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No report is read here, and each takes as long as the fit.
    monkeypatch.setattr(pipeline, "figures_of", lambda *_: {})
    monkeypatch.setattr(pipeline, "html", lambda *_, **__: "")
    found = [played(tmp_path / str(seed), seed) for seed in SEEDS]
    gains = {name: np.array([own[name] for own in found]) for name in found[0]}
    assert (gains["gain_true_oracle"] > gains["gain_true"]).all()
    for other in ("gain_true_by_risk", "gain_true_by_value"):
        assert (gains["gain_true"] - gains[other]).mean() >= 0, gains
