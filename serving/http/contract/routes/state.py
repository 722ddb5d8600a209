"""State of the service."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.table import JSON, NOT_READY, TEXT, Route, Who


def state() -> Iterable[Route]:
    """Whether it can answer, its metrics and its contract."""
    yield Route(
        "/readyz", "GET", Who.PUBLIC, "Whether /score can answer, and by which step.", TEXT,
        "ready", needs_home=True, refusals=(*NOT_READY, "not_ready", "too_slow"),
    )  # fmt: skip
    yield Route("/livez", "GET", Who.PUBLIC, "Whether the process answers.", TEXT, "live")
    yield Route("/healthz", "GET", Who.PUBLIC, "The same as /livez.", TEXT, "health")
    yield Route(
        "/metrics", "GET", Who.PUBLIC, "Metrics in Prometheus' text format.", TEXT, "metrics"
    )
    yield Route("/docs.json", "GET", Who.PUBLIC, "This document.", JSON, "contract")
