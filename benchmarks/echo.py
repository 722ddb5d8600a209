"""The smallest service of BentoML: what it takes to answer at all. The service's peer."""

from __future__ import annotations

from typing import Any

import bentoml


@bentoml.service(workers=1)
class Echo:
    """Answers with what it got."""

    @bentoml.api(route="/echo")  # type: ignore[untyped-decorator]
    async def echo(self, customer_ids: list[str]) -> dict[str, Any]:
        """The ids as they came."""
        return {"customer_ids": customer_ids}
