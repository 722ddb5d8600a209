"""Who signs in, and what is recorded of all: sessions, alarms, the audit."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.access.alarms import AlarmAnswer, AlarmQuery
from serving.http.contract.forms.access.audit import AuditAnswer, AuditQuery
from serving.http.contract.forms.access.checking import (
    ReplayAnswer,
    VerificationAnswer,
    WorkRequest,
)
from serving.http.contract.forms.access.oidc import OidcAnswer
from serving.http.contract.forms.access.session import SessionAnswer, SignedOut, SignIn
from serving.http.contract.forms.pages.entry import NextQuery
from serving.http.contract.table import HTML, NOT_READY, ONE_LIMIT, Route, Who


def sessions() -> Iterable[Route]:
    """Signing in with a password, and out."""
    yield Route(
        "/session", "POST", Who.PUBLIC, "Sign in with a password.", SessionAnswer, "signIn",
        form=SignIn, limit=ONE_LIMIT, audited=True,
        refusals=("unauthorized", "csrf", "rate_limited"),
        note="Sets the cookie of a session. The same answer for whatever is wrong.",
    )  # fmt: skip
    yield Route(
        "/session", "GET", Who.SESSION, "Who is signed in.", SessionAnswer, "session",
        audited=True, refusals=("not_ready",),
    )  # fmt: skip
    yield Route(
        "/session", "DELETE", Who.SESSION, "Sign out.", SignedOut, "signOut",
        audited=True, refusals=("not_ready",),
    )  # fmt: skip


def oidc() -> Iterable[Route]:
    """Signing in by a provider."""
    yield Route(
        "/oidc/start", "GET", Who.PUBLIC, "Sign in by an OpenID provider, where one is set.", HTML,
        "oidcStart", query=NextQuery, status=302,
        refusals=("invalid_request", "not_found", "provider"),
    )  # fmt: skip
    yield Route(
        "/oidc/callback", "GET", Who.PUBLIC, "Back from the provider, with a session.", HTML,
        "oidcCallback", query=OidcAnswer, audited=True,
        refusals=("invalid_request", "not_found", "provider", "unauthorized", "forbidden",
                  "not_ready"),
    )  # fmt: skip


def alarms() -> Iterable[Route]:
    """What an auditor should look at."""
    yield Route(
        "/alarms", "GET", Who.KNOWN, "What an auditor should look at.", AlarmAnswer, "alarms",
        query=AlarmQuery, audited=True, refusals=("invalid_request", "not_ready"),
    )  # fmt: skip


def audit() -> Iterable[Route]:
    """What was done, by whom."""
    yield Route(
        "/audit", "GET", Who.KNOWN, "Who read, changed or exported what, and why.", AuditAnswer,
        "searchAudit", query=AuditQuery, audited=True, refusals=("invalid_request", "not_ready"),
        note="Rows of the audit, the newest first. One about a person who was erased is there, "
        "and not found by that person any more.",
    )  # fmt: skip


def checking() -> Iterable[Route]:
    """The audit verified, and a decision made again."""
    yield Route(
        "/audit/verification", "POST", Who.KNOWN, "Whether the audit's chain is as it was written.",
        VerificationAnswer, "verifyAudit", form=WorkRequest, limit=ONE_LIMIT, audited=True,
        refusals=("not_ready",),
        note="Begins to read, and answers how far it is; ask again until `is_done`.",
    )  # fmt: skip
    yield Route(
        "/audit/decisions/{decision_id}/replay", "POST", Who.KNOWN,
        "Make a decision again, from its row on.", ReplayAnswer, "replayDecision",
        form=WorkRequest, limit=ONE_LIMIT, audited=True,
        refusals=(*NOT_READY, "not_ready", "not_replayable", "unknown_decision"),
        note="Begins, and answers how far it is; ask again until `is_done`.",
    )  # fmt: skip
