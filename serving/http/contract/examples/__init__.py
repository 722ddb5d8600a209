"""By operation an example of the body and of the answer; those of a room beside its forms."""

from __future__ import annotations

from typing import Any

from serving.http.contract.examples import access, base, counter
from serving.http.contract.examples.scores import score_examples
from serving.http.contract.forms import campaigns, explain, lists, objections
from serving.http.contract.forms.access import checking
from serving.http.contract.forms.business import analyses, board, care, models, settings
from serving.http.contract.forms.business import archive as churned
from serving.http.contract.forms.managers import archive, batches, tasks


def examples(currency: str) -> dict[str, tuple[Any, Any]]:
    """The examples of every operation that has a form or an answer, amounts in `currency`."""
    found = score_examples(currency)
    rooms = (
        access, base, counter, explain, objections, lists, campaigns, archive, tasks, batches,
        analyses, care, churned, board, models, checking, settings,
    )  # fmt: skip
    for room in rooms:
        found |= room.EXAMPLES
    return found
