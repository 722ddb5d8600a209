"""The mean of boosters as one booster: scores and reasons are the means."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np

from training.tables.fit.joined import join

QUIET = {"objective": "binary", "max_depth": 4, "num_threads": 1, "verbose": -1}


def boosters() -> tuple[list[lgb.Booster], np.ndarray]:
    random = np.random.default_rng(1)
    matrix = random.normal(size=(600, 5))
    matrix[random.random(matrix.shape) < 0.1] = np.nan
    label = (np.nan_to_num(matrix[:, 0] * matrix[:, 1]) + random.normal(size=600) > 0).astype(float)
    data = lgb.Dataset(matrix, label, params=QUIET).construct()
    parts = [np.flatnonzero(random.random(600) < 0.8) for _ in range(3)]
    made = [lgb.train(QUIET | {"seed": i}, data.subset(p), 5 + i) for i, p in enumerate(parts)]
    return made, matrix


def test_score_and_reasons_are_the_means() -> None:
    made, matrix = boosters()
    joined = join(made)
    assert joined.num_trees() == 5 + 6 + 7
    for wish in ({"raw_score": True}, {"pred_contrib": True}):
        means = np.mean([booster.predict(matrix, **wish) for booster in made], axis=0)
        np.testing.assert_allclose(joined.predict(matrix, **wish), means, atol=1e-12)


def test_written_and_read_it_scores_the_same() -> None:
    made, matrix = boosters()
    joined = join(made)
    again = lgb.Booster(model_str=joined.model_to_string())
    np.testing.assert_array_equal(again.predict(matrix), joined.predict(matrix))


def test_members_that_found_nothing_count_too() -> None:
    made, matrix = boosters()
    label = np.tile([0.0, 1.0], 300)
    data = lgb.Dataset(np.ones((600, 5)), label, params=QUIET | {"feature_pre_filter": False})
    nothing = lgb.train(QUIET, data, 3)
    joined = join([made[0], nothing])
    np.testing.assert_allclose(
        joined.predict(matrix, raw_score=True),
        (made[0].predict(matrix, raw_score=True) + nothing.predict(matrix, raw_score=True)) / 2,
        atol=1e-12,
    )
