"""The role table: every route stands in it, and it grants what the pages promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from features.errors import RequestRefused
from serving.access.permissions import (
    AT_COUNTER,
    PERMISSIONS,
    PURPOSES,
    ROLES,
    Reach,
    all_purposes_of,
    check_scope,
    check_terms,
    default_purpose,
    document,
    purposes_of,
)
from serving.access.principal import Scope
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.contract.table import Route, Routes, Who

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "security.md"
TABLE = routes(score_answer("CNY"))


def missing(table: Routes) -> list[str]:
    """The routes that a caller needs a role for, and that no role may call."""
    known = [row for row in table.rows if row.who is not Who.PUBLIC]
    return [
        f"{row.method} {row.path}"
        for row in known
        if not any(purposes_of(row.right, role) is not None for role in ROLES)
    ]


def test_every_route_with_a_caller_is_in_the_table() -> None:
    assert missing(TABLE) == []


def test_every_operation_of_the_table_has_a_route() -> None:
    assert set(PERMISSIONS) <= {row.operation for row in TABLE.rows}


def test_a_route_that_is_not_in_the_table_is_found() -> None:
    new = Route("/new", "GET", Who.KEY, "", "text/plain", "somethingNew")
    assert missing(Routes((*TABLE.rows, new))) == ["GET /new"]


def test_a_route_that_shows_customers_needs_a_purpose() -> None:
    free = {name for name in PERMISSIONS if not all_purposes_of(name)}
    assert free == {
        "scoreRows", "views", "saveView", "deleteView", "session", "signOut", "requestList",
        "lists", "showList", "listCurve", "revokeList", "requestExport", "approveExport", "exports",
        "analyses", "analyse", "analysisFile", "readout", "churned", "signs", "models",
        "verifyAudit", "settings", "settingChanges", "proposeChange", "acceptChange",
        "declineChange", "setSignOwner",
    }  # fmt: skip


@pytest.mark.parametrize("operation", sorted(PERMISSIONS))
@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_calls_an_operation_for_its_own_purposes_alone(operation: str, role: str) -> None:
    granted = purposes_of(operation, role)
    assert (granted is not None) == (role in PERMISSIONS[operation].roles)
    if granted is not None and all_purposes_of(operation):
        assert granted, "a role that may call it has a purpose for it"
        assert set(granted) <= set(ROLES[role].purposes)


def test_the_table_names_only_roles_and_purposes_that_exist() -> None:
    for permission in PERMISSIONS.values():
        assert set(permission.roles) <= set(ROLES)
        assert set(permission.purposes) <= set(PURPOSES)
    for role in ROLES.values():
        assert set(role.purposes) <= set(PURPOSES)


def test_at_the_counter_the_closed_list_counts_alone() -> None:
    assert ROLES["store"].purposes == ROLES["hotline"].purposes == AT_COUNTER
    assert purposes_of("decide", "store") == AT_COUNTER


@pytest.mark.parametrize("role", ["auditor", "admin", "approver"])
def test_who_checks_and_runs_the_system_sees_no_customer(role: str) -> None:
    for operation in ("score", "decide", "customer"):
        assert purposes_of(operation, role) is None


def test_only_scientists_go_by_pseudonyms_and_only_to_scores() -> None:
    assert [name for name, role in ROLES.items() if role.by_pseudonym] == ["scientist"]
    own = {name for name in PERMISSIONS if purposes_of(name, "scientist") is not None}
    assert own == {"score", "scoreRows", "models", "session", "signOut"}


@pytest.mark.parametrize(
    ("role", "scope", "purpose", "code"),
    [
        ("store", Scope(), None, "scope"),
        ("store", Scope(manager_id="M1"), None, "scope"),
        ("store", Scope(city="Suzhou"), None, None),
        ("store", Scope(store_id="S1"), "complaint_open", None),
        ("store", Scope(store_id="S1"), "retention", "purpose"),
        ("manager", Scope(), None, "scope"),
        ("manager", Scope(manager_id="M1"), "account_care", None),
        ("hotline", Scope(), None, None),
        ("marketing", Scope(city="Wuxi"), "retention", None),
        ("cashier", Scope(), None, "unknown_role"),
    ],
)
def test_the_terms_of_a_role(
    role: str, scope: Scope, purpose: str | None, code: str | None
) -> None:
    def check() -> None:
        check_terms(role, purpose)
        check_scope(role, scope)

    if code is None:
        check()
        return
    with pytest.raises(RequestRefused) as refusal:
        check()
    assert refusal.value.code == code


def test_a_role_that_must_be_limited_reaches_its_own() -> None:
    own = {name for name, role in ROLES.items() if role.reach is Reach.OWN}
    assert own == {"store", "manager"}


def test_a_role_that_is_gone_has_no_purpose() -> None:
    assert default_purpose("store") == "customer_present"
    assert default_purpose("cashier") is None


def test_the_page_has_the_table_as_the_gateway_reads_it() -> None:
    page = PAGE.read_text("utf-8")
    written = page.partition("<!-- roles:begin -->\n")[2].partition("<!-- roles:end -->")[0]
    assert written == document(), "write it again: serving.access.permissions.document()"


def test_each_threat_of_the_page_has_its_test() -> None:
    named = re.findall(r"\| `(test_\w+)` \|$", PAGE.read_text("utf-8"), re.M)
    tests = "".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 15
    assert [name for name in named if f"def {name}(" not in tests] == []
