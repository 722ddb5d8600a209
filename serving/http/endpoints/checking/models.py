"""`/models`: champion, challenger, their figures, and the data that they rest on."""

from __future__ import annotations

import os

from anyio import to_thread

from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.business.models import ModelsAnswer
from serving.monitoring.overview import overview
from training.models.registry.tracking import TRACKING


async def models(context: Context, call: Call) -> ModelsAnswer:
    """Models and data as they are now; no customer is in the answer."""
    tracking = os.environ.get(TRACKING, "")
    found = await to_thread.run_sync(overview, context.home, context.zone, tracking)
    call.detail = {"versions": len(found["versions"])}
    return ModelsAnswer.model_validate(found)
