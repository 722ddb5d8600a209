"""Versions of a model as an upgrade of Liuke, or of the feeds, leaves them in a home."""

from __future__ import annotations

from dataclasses import replace

import lightgbm as lgb
import numpy as np

from training.models.bundle import Bundle


def fewer_features(bundle: Bundle, fewer: int = 1) -> Bundle:
    """A version of before the last features existed; what it predicts does not matter."""
    names = bundle.features[:-fewer]
    random = np.random.default_rng(5)
    matrix = random.normal(size=(300, len(names)))
    booster = lgb.train(
        {"objective": "binary", "max_depth": 3, "verbose": -1, "seed": 1, "num_threads": 1},
        lgb.Dataset(matrix, (matrix[:, 0] > 0).astype(float)),
        num_boost_round=5,
    )
    definitions = bundle.definitions
    return replace(
        bundle,
        features=names,
        fingerprint="of an older version of Liuke",
        maps={name: own for name, own in bundle.maps.items() if name in names},
        booster=booster,
        value=None,
        definitions=definitions and {name: definitions[name] for name in names},
        compiled=None,
    )
