"""Schemathesis finds no 500, and no answer that is not as the served contract says."""

from __future__ import annotations

import pytest

from serving.audit.verification import verify
from tests.serving.hostile.conftest import Counter
from tests.serving.hostile.sent import OPERATIONS

pytestmark = pytest.mark.filterwarnings("ignore")  # of its own dependencies

SEEDS = (1, 2)


def check(counter: Counter, seed: int, examples: int, *, stateful: bool = False) -> int:
    from tests.serving.hostile.fuzzing import fuzzed

    found = fuzzed(counter, seed, examples, stateful=stateful)
    shown = "\n\n".join(f"{name}: {why}" for name, why in sorted(found.failures.items()))
    assert not found.failures, shown
    unanswered = [
        row.operation
        for row in OPERATIONS
        if not any(200 <= status < 400 for status in found.statuses[row.operation])
    ]
    assert unanswered == [], "these were never answered, so little is shown of them"
    assert not [own for own, seen in found.statuses.items() if 500 in seen]
    assert verify(counter.engine).broken is None
    return found.requests


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_every_answer_is_as_the_contract_says(counter: Counter) -> None:
    assert check(counter, 0, 2) > 500


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_thousands_of_answers_are_as_the_contract_says(counter: Counter, seed: int) -> None:
    assert check(counter, seed, 100, stateful=True) > 2500
