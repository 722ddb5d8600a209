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

from serving.http.contract.table import Route
from tests.serving.hostile.conftest import Counter
from tests.serving.hostile.sent import OIDC, OPERATIONS, credentials, good

# What the operator's clock shows has no offset, which no format of JSON Schema's own says.
schemathesis.openapi.format(
    "date-time-local", st.datetimes().map(lambda own: own.isoformat(timespec="seconds"))
)
SLOW = ("signIn", "arrears", "groups", "churned", "explain", "replayDecision")  # 50 ms and more
REVOKE = "revokeList"  # also an id that it found in an answer
LISTS = ("requestList", REVOKE)
FEW = 3
Case = schemathesis.Case[Any]


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
                    text = "" if answer is None else answer.content[:500].decode(errors="replace")
                    why = f"{failure.message}\n{one.failure_info.code_sample}\n{text}"
                    self.failures[f"{recorder.label} {one.name} {failure.title}"] = why


def fuzzed(counter: Counter, seed: int, examples: int) -> Found:
    """Every phase over every operation: examples, edges of the schema, `examples` made-up ones."""
    config = schemathesis.Config.from_dict(_config(seed, examples))
    schema = schemathesis.openapi.from_url(f"{counter.server.url}/docs.json", config=config)

    @schema.hook
    def map_case(context: schemathesis.HookContext, case: Case) -> Case:
        return _adapted(counter, _row(context.operation), case)

    @schema.auth(refresh_interval=None)
    class Keys:
        """The key or the session of who may call the operation; unregistered with the schema."""

        def get(self, _: Case, context: schemathesis.AuthContext) -> dict[str, str]:
            row = _row(context.operation)
            return {} if row is None else credentials(counter, row)

        def set(self, case: Case, data: dict[str, str], _: schemathesis.AuthContext) -> None:
            case.headers.update(data)

    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, ScenarioFinished):
            found.note(event.recorder)
        elif isinstance(event, NonFatalError):
            found.failures[f"{event.label} {event.phase}"] = str(event.value)
    return found


def _adapted(counter: Counter, row: Route | None, case: Case) -> Case:
    """The request, of what exists."""
    if row is None or case.meta is None:
        return case
    is_good = case.meta.generation.mode.is_positive
    if is_good:
        case.body = _known(counter, row, case.body)
    if is_good or row.operation == REVOKE:
        case.path_parameters = _known(counter, row, case.path_parameters)
    return case


def _config(seed: int, examples: int) -> dict[str, Any]:
    operations = [
        {
            "include-operation-id": row.operation,
            "generation": {
                "max-examples": min(examples, FEW) if row.operation in SLOW else examples
            },
        }
        for row in OPERATIONS
    ]
    return {
        "seed": seed,
        "operations": [*operations, {"include-path-regex": f"^{OIDC}", "enabled": False}],
        "generation": {
            "deterministic": seed == 0,
            "database": "none",
            "with-security-parameters": False,
        },
        "phases": {
            "coverage": {"unexpected-methods": ["trace", "patch"]},
            "stateful": {"enabled": True, "generation": {"max-examples": FEW}},
        },
        # A text that is one by the schema may still name nothing that exists, or break a rule of
        # the feed: such requests are refused.
        "checks": {"positive_data_acceptance": {"enabled": False}},
        "max-redirects": 0,
    }


def _row(operation: schemathesis.APIOperation[Any, Any, Any, Any] | None) -> Route | None:
    """The row of the table that the operation is."""
    name = operation.definition.raw["operationId"] if operation else ""
    return next((own for own in OPERATIONS if own.operation == name), None)


def _known(counter: Counter, row: Route, made: Any) -> Any:
    """Three in four made-up requests name what exists, so that they get beyond a 404.

    No list is revoked that the other attacks need, and none made that takes seconds.
    """
    if not isinstance(made, dict):
        return made
    if row.operation not in LISTS and zlib.crc32(repr(made).encode()) % 4 == 0:
        return made
    sent = good(counter, row)
    if "mark" in made:  # of a batch: it is what its preview showed, or refused
        return sent.body
    if row.operation == "issueTask":  # about a customer or a group, due from today on
        made = {n: own for n, own in made.items() if n not in ("group_id", "due")}
        made |= {"customer_id": None}
    known = {**sent.path, **(sent.body if isinstance(sent.body, dict) else {})}
    if row.operation == "requestList":
        made = {**made, "filter": known["filter"]}
    named = (
        "customer_id", "customer_ids", "decision_id", "promise_id", "manager_id", "model", "rows",
        "kind", "user", "password", "phone", "purpose", "owner", "expires", "offers", "view",
        "capacity", *sent.path,
    )  # fmt: skip
    return made | {name: known[name] for name in named if name in known and name in made}
