"""What `/metrics` shows: the requests by route and status, and what they are answered from.

Every label comes from a closed list: routes as in `serving.http.contract.routes`, statuses and
codes of `serving.http.contract.errors`. No address that a caller made up becomes a series.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from features.errors import LiukeError
from features.home import Home
from features.settings import FeatureSettings, home_settings
from training.models.promotion import read_champion
from training.night import last_night

SHARED = (
    "PROMETHEUS_MULTIPROC_DIR"  # where several workers keep their counts, as the library has it
)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The series of one server."""

    def __init__(self, home: Path) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._is_shared = SHARED in os.environ
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "liuke_request",
            "Requests answered, by route, status and the refusal's code (empty where answered)",
            ["endpoint", "http_response_code", "refusal"],
            registry=self.registry,
        )
        self._answers = Counter(
            "liuke_answer",
            "Answers by route and the step that gave them: live, last_night, rules",
            ["endpoint", "answered_by"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "liuke_request_duration_seconds",
            "From the end of a request's headers to the end of its answer",
            ["endpoint"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.in_progress = Gauge(
            "liuke_request_in_progress",
            "Requests under way",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._closed = Counter(
            "liuke_connections_closed",
            "Connections closed by the server before, or instead of, an answer",
            ["reason"],
            registry=self.registry,
        )
        self.lost_lines = Counter(
            "liuke_log_lines_lost", "Lines of the request log not written", registry=self.registry
        )
        self._home = _Home(home)
        if not self._is_shared:
            ProcessCollector(registry=self.registry)
            self.registry.register(self._home)

    def answered(
        self, route: str, status: int, code: str, seconds: float, answered_by: str | None = None
    ) -> None:
        """Count a request; `code` is the refusal's, empty where it was answered.

        `answered_by`: the step that answered, where there are several.
        """
        self._requests.labels(route, status, code).inc()
        if answered_by is not None:
            self._answers.labels(route, answered_by).inc()
        self._seconds.labels(route).observe(seconds)

    def closed(self, reason: str) -> None:
        self._closed.labels(reason).inc()

    def text(self) -> bytes:
        """All series in Prometheus' text format; of several workers their sums, whichever answers.

        Then without the series of a process (`process_…`).
        """
        if not self._is_shared:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        together.register(self._home)
        return generate_latest(together)


class _Home(Collector):
    """What the home holds at the moment of the request. A gauge that is unknown is absent."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def describe(self) -> list[GaugeMetricFamily]:
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            version = int(read_champion(self._home).version)
        except (LiukeError, ValueError):
            pass
        else:
            yield _gauge("liuke_champion_version", "The version that answers", version)
        yield from self._of_the_night()

    def _of_the_night(self) -> Iterator[GaugeMetricFamily]:
        try:
            night = last_night(self._home)
            written_at = Home(self._home).latest.stat().st_mtime
            zone = home_settings(self._home, "features", FeatureSettings).timezone
        except (LiukeError, OSError):
            return
        if night is None:
            return
        as_of = datetime.fromisoformat(night.as_of).replace(tzinfo=ZoneInfo(zone)).timestamp()
        yield _gauge(
            "liuke_scores_as_of_timestamp_seconds", "The moment that the scores look from", as_of
        )
        yield _gauge("liuke_scores_age_seconds", "From that moment to now", time.time() - as_of)
        yield _gauge("liuke_scores_written_timestamp_seconds", "When they were written", written_at)


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value)
