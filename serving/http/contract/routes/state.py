"""State of the service, and its page."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.table import HTML, JSON, NOT_READY, TEXT, Route, Who


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


def pages() -> Iterable[Route]:
    """What a browser loads."""
    yield Route("/", "GET", Who.PUBLIC, "A page for people.", HTML, "page")
    for name, kind in (
        ("icon.svg", "image/svg+xml"),
        ("page.css", "text/css"),
        ("page.js", "text/javascript"),
    ):
        yield Route(f"/static/{name}", "GET", Who.PUBLIC, "A file of the page.", kind)
