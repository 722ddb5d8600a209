"""Settings behind the gateway: two persons, every worker at once, the audit, and replays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from features.errors import LiukeError, RequestRefused
from features.settings.edits import own_file
from serving.access.principal import EVERYWHERE, Principal, Scope
from serving.audit.replay import Decision
from serving.audit.replay.decided import DecidedAgain
from serving.audit.transactions import Transactions
from serving.database.tables import audit
from serving.decision.decision_settings import decision_settings
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.endpoints.checking.settings import SettingsDesk
from serving.service_settings import serving_settings
from tests.conftest import set_home

ROWS = {row.operation: row for row in routes(score_answer("CNY")).rows}
LIN = Principal("lin", "marketing")
WANG = Principal("wang", "approver")
EDIT: dict[str, Any] = {
    "edits": [{"key": "limits.clerk.gold", "value": 80}],
    "why": "Gold is lost for 20",
}
NOW = datetime(2026, 3, 2, 9)


@dataclass
class Worker:
    """One process of the service, as far as settings go."""

    context: Context
    recorder: Transactions
    desk: SettingsDesk

    def answer(
        self, operation: str, caller: Principal, own: str = "", **body: Any
    ) -> dict[str, Any]:
        """The answer, as the gateway lets the call through, with its row of the audit."""
        row = ROWS[operation]
        model = row.form or row.query
        call = Call(
            "5f0c22a8d1b0e7c4", row.path, row.method, caller, recorder=self.recorder,
            form=None if model is None else model.model_validate(body),
            place={"change_id": own}, is_audited=True,
        )  # fmt: skip

        async def run() -> Any:
            found = await self.desk.handlers[operation](call)
            await call.record()
            return found

        found: dict[str, Any] = asyncio.run(run()).model_dump()
        return found

    def refused(self, operation: str, caller: Principal, own: str = "", **body: Any) -> LiukeError:
        with pytest.raises(LiukeError) as error:
            self.answer(operation, caller, own, **body)
        return error.value


@pytest.fixture
def workers(tmp_path: Path, store: Engine, database_url: str) -> Iterator[list[Worker]]:
    made = []
    for _ in range(2):
        settings = replace(serving_settings(tmp_path), database_url=database_url)
        context = Context(tmp_path, settings, "CNY")
        context.__dict__["clock"] = lambda: NOW
        made.append(Worker(context, Transactions(store), SettingsDesk(context)))
    yield made
    for own in made:
        own.recorder.close()
        own.context.close()


def test_two_persons_change_what_every_worker_decides_by(
    workers: list[Worker], store: Engine
) -> None:
    first, second = workers
    before = [own.context.decision.now().fingerprint for own in workers]
    change = first.answer("proposeChange", LIN, **EDIT)
    assert (change["state"], change["edits"]) == (
        "waiting", [{"key": "limits.clerk.gold", "was": 60.0, "wanted": 80}],
    )  # fmt: skip
    assert first.answer("settings", WANG)["waiting"] == 1
    own = change["change_id"]
    assert first.refused("acceptChange", replace(LIN, role="approver"), own).code == "forbidden"
    assert second.answer("acceptChange", WANG, own)["decided_by"] == "wang"
    assert first.refused("acceptChange", WANG, own).code == "conflict"
    found = [worker.context.decision.now() for worker in workers]
    assert [one.limits["clerk"]["gold"] for one in found] == [80.0, 80.0]
    assert {one.fingerprint for one in found} == {change["after"]} != set(before)
    shown = first.answer("settings", WANG)
    limits = next(one for one in shown["subjects"] if one["name"] == "limits")
    assert limits["entries"][0]["changed"] == ["gold"]
    assert (shown["fingerprint"], shown["by_file"]) == (change["after"], False)
    with store.connect() as connection:
        rows = connection.execute(select(audit.c.caller, audit.c.route, audit.c.detail)).all()
    said = [(one.caller, json.loads(one.detail).get("keys")) for one in rows if "changes" in one[1]]
    assert ("lin", ["limits.clerk.gold"]) in said
    assert ("wang", ["limits.clerk.gold"]) in said


def test_what_lists_are_made_by_is_in_force_in_every_worker(workers: list[Worker]) -> None:
    first, second = workers
    assert [own.context.retention.now().rules.contact_cap for own in workers] == [1, 1]
    edit: dict[str, Any] = {
        "edits": [{"key": "rules.contact_cap", "value": 2}],
        "why": "Two are bearable",
    }
    own = first.answer("proposeChange", LIN, **edit)["change_id"]
    second.answer("acceptChange", WANG, own)
    assert [own.context.retention.now().rules.contact_cap for own in workers] == [2, 2]
    shown = first.answer("settings", WANG)
    rules = next(one for one in shown["subjects"] if one["name"] == "contact_rules")
    assert [(one["key"], one["changed"]) for one in rules["entries"]] == [
        ("rules", ["contact_cap"]),
    ]  # fmt: skip
    assert not shown["by_file"]
    set_home(first.context.home, "retention", "[rules]\ncontact_cap = 3\n")
    assert first.answer("settings", WANG)["by_file"]
    set_home(first.context.home, "retention", "[rules]\ncontact_cap = 0\n")
    assert "contact_cap is 0" in first.answer("settings", WANG)["problem"]
    assert first.context.retention.now().rules.contact_cap == 3


def test_a_decision_of_before_is_replayed_under_another_setting(
    workers: list[Worker], tmp_path: Path, store: Engine
) -> None:
    before = decision_settings(tmp_path).fingerprint
    decision = Decision(
        "d", "C1", NOW, "live", "1", None, None, {}, {"inputs": {"settings": before}}
    )
    assert DecidedAgain(tmp_path, store).is_as_then(decision)
    change = workers[0].answer("proposeChange", LIN, **EDIT)
    workers[0].answer("acceptChange", WANG, change["change_id"])
    assert not DecidedAgain(tmp_path, store).is_as_then(decision)
    back: dict[str, Any] = {"edits": [{"key": "limits.clerk.gold", "value": None}], "why": "Back"}
    change = workers[0].answer("proposeChange", LIN, **back)
    workers[0].answer("acceptChange", WANG, change["change_id"])
    assert DecidedAgain(tmp_path, store).is_as_then(decision)


def test_a_file_that_was_edited_by_hand_is_said_and_a_wrong_one_too(
    workers: list[Worker], tmp_path: Path
) -> None:
    own = workers[0]
    change = own.answer("proposeChange", LIN, **EDIT)
    own.answer("acceptChange", WANG, change["change_id"])
    set_home(tmp_path, "decision", "undo_seconds = 30.0\n")
    shown = own.answer("settings", WANG)
    assert (shown["by_file"], shown["problem"]) == (True, None)
    set_home(tmp_path, "decision", "undo_seconds = 'none'\n")
    shown = own.answer("settings", WANG)
    assert "undo_seconds is 'none'" in shown["problem"]
    assert own.context.decision.now().undo_seconds == 30.0
    assert "undo_seconds is 'none'" in own.refused("proposeChange", LIN, **EDIT).message


def test_where_the_row_cannot_be_kept_the_file_is_as_it_was(
    workers: list[Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_home(tmp_path, "decision", "undo_seconds = 30.0\n")
    own = workers[0]
    change = own.answer("proposeChange", LIN, **EDIT)
    before = own_file(tmp_path, "decision")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("serving.audit.transactions.append", full)
        assert own.refused("acceptChange", WANG, change["change_id"]).code == "not_ready"
    assert own_file(tmp_path, "decision") == before
    assert own.answer("acceptChange", WANG, change["change_id"])["state"] == "accepted"


@pytest.mark.parametrize("operation", ["proposeChange", "declineChange", "acceptChange"])
def test_who_is_limited_to_some_customers_changes_nothing(
    workers: list[Worker], operation: str
) -> None:
    limited = replace(WANG, scope=Scope(city="Suzhou"))
    body = EDIT if operation == "proposeChange" else {}
    assert workers[0].refused(operation, limited, "f" * 24, **body).code == "forbidden"
    assert limited.scope != EVERYWHERE


def test_the_history_has_who_changed_what_and_unknown_ids_are_refused(
    workers: list[Worker],
) -> None:
    own = workers[0]
    first = own.answer("proposeChange", LIN, key="k1", **EDIT)
    assert own.answer("proposeChange", LIN, key="k1", **EDIT) == first
    own.answer("declineChange", WANG, first["change_id"], note="Not now")
    history = own.answer("settingChanges", WANG)
    assert history["count"] == 1
    assert history["changes"][0]["note"] == "Not now"
    assert own.answer("settingChanges", WANG, state="waiting")["count"] == 0
    assert isinstance(own.refused("acceptChange", WANG, "f" * 24), RequestRefused)
