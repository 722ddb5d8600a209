"""Schemathesis against the contract that the server serves, with keys that open its routes."""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.engine import from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import ScenarioRecorder

from tests.serving.hostile.conftest import Counter
from tests.serving.hostile.sent import OIDC, OPERATIONS, credentials, good

# What the operator's clock shows has no offset, which no format of JSON Schema's own says.
schemathesis.openapi.format(
    "date-time-local", st.datetimes().map(lambda own: own.isoformat(timespec="seconds"))
)
SLOW = ("signIn",)  # a password takes 50 ms and more to check
FEW = 5


@dataclass
class Found:
    """What a run found: failures with a request that shows each, and the statuses by operation."""

    failures: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    requests: int = 0

    def note(self, recorder: ScenarioRecorder) -> None:
        for case_id, interaction in recorder.interactions.items():
            if interaction.response is not None:
                operation = recorder.cases[case_id].value.operation.definition.raw["operationId"]
                self.statuses[operation].add(interaction.response.status_code)
                self.requests += 1
        for case_id, checks in recorder.checks.items():
            for one in checks:
                if one.failure_info is not None:
                    failure = one.failure_info.failure
                    answer = recorder.interactions[failure.case_id or case_id].response
                    text = "" if answer is None else answer.text[:500]
                    why = f"{failure.message}\n{one.failure_info.code_sample}\n{text}"
                    self.failures[f"{recorder.label} {one.name} {failure.title}"] = why


def fuzzed(counter: Counter, seed: int, examples: int, *, stateful: bool = False) -> Found:
    """Every phase over every operation: examples, edges of the schema, `examples` made-up ones."""
    config = schemathesis.Config.from_dict(_config(counter, seed, examples, stateful))
    schema = schemathesis.openapi.from_url(f"{counter.server.url}/docs.json", config=config)

    @schema.hook
    def map_body(context: schemathesis.HookContext, body: Any) -> Any:
        return _known(counter, context, body)

    @schema.hook
    def map_path_parameters(
        context: schemathesis.HookContext, path_parameters: dict[str, Any]
    ) -> dict[str, Any]:
        found: dict[str, Any] = _known(counter, context, path_parameters)
        return found

    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, ScenarioFinished):
            found.note(event.recorder)
        elif isinstance(event, NonFatalError):
            found.failures[f"{event.label} {event.phase}"] = str(event.value)
    return found


def _config(counter: Counter, seed: int, examples: int, stateful: bool) -> dict[str, Any]:
    operations = [
        {
            "include-operation-id": row.operation,
            "headers": credentials(counter, row) or {"accept": "*/*"},
            "generation": {
                "max-examples": min(examples, FEW) if row.operation in SLOW else examples
            },
        }
        for row in OPERATIONS
    ]
    return {
        "seed": seed,
        "operations": [*operations, {"include-path-regex": f"^{OIDC}", "enabled": False}],
        "generation": {"deterministic": seed == 0, "database": "none"},
        "phases": {"stateful": {"enabled": stateful, "generation": {"max-examples": examples}}},
        # A text that is one by the schema may still name nothing that exists, or break a rule of
        # the feed: such requests are refused.
        "checks": {"positive_data_acceptance": {"enabled": False}},
        "max-redirects": 0,
    }


def _known(counter: Counter, context: schemathesis.HookContext, made: Any) -> Any:
    """Three in four made-up requests name what exists, so that they get beyond a 404."""
    operation = context.operation.definition.raw["operationId"] if context.operation else ""
    row = next((own for own in OPERATIONS if own.operation == operation), None)
    if row is None or not isinstance(made, dict) or zlib.crc32(repr(made).encode()) % 4 == 0:
        return made
    sent = good(counter, row)
    known = {**sent.path, **(sent.body if isinstance(sent.body, dict) else {})}
    named = ("customer_id", "customer_ids", "decision_id", "promise_id", "model", "rows", "kind")
    return made | {name: known[name] for name in named if name in known and name in made}
