"""What a campaign brought: read out beside the request, and each look recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from anyio import CapacityLimiter, to_thread

from features.engine.store import open_last_histories
from serving.campaigns.readout import looks, reading, wording
from serving.campaigns.readout.reading import Gathered
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.campaigns import ReadoutAnswer, ReadoutQuery
from serving.http.native import Handler
from serving.retention.campaign import store

AN_ID = re.compile("[0-9a-f]{32}")


class CampaignDesk:
    """The read-outs of one server, one at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._one = CapacityLimiter(1)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"readout": self.readout}

    async def readout(self, call: Call) -> ReadoutAnswer:
        """What the campaign in the address brought, as last night knew it."""
        own, now, context = call.place["list_id"], self._context.clock(), self._context
        if AN_ID.fullmatch(own):  # anything may stand in an address
            call.detail = {"campaign": own}
        found = await to_thread.run_sync(self._gathered, call, limiter=self._one)
        record = partial(
            looks.look, campaign_id=own, data=found.data, caller=call.caller.id, now=now
        )
        count = await call.commit(record)
        form = call.form
        wanted = form.language if isinstance(form, ReadoutQuery) else None
        language = wanted or context.settings.language
        result = await to_thread.run_sync(
            reading.read_out, found, count, language, limiter=self._one
        )
        reading.write_readout(context.home, own, result)
        return ReadoutAnswer(**result, text=wording.in_words(result, context.currency, language))

    def _gathered(self, call: Call) -> Gathered:
        home, own = self._context.home, call.place["list_id"]
        with self._context.reading.connect() as connection:
            store.campaign(connection, own, call.caller.scope)
            histories = open_last_histories(home)
            return reading.gathered(home, connection, histories, own, self._context.clock())
