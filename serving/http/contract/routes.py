"""Every address of the service, one row each; what is not in this table does not exist.

The gateway admits by it (method, who, body), metrics and log label by it, and `/docs.json` lists
it. A new address is a row here and an endpoint; a new kind of caller or of body is one more entry
in the gateway's `CALLERS` or `BODIES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel

from serving.http.contract.forms.access.alarms import AlarmAnswer, AlarmQuery
from serving.http.contract.forms.access.audit import AuditAnswer, AuditQuery
from serving.http.contract.forms.access.oidc import OidcAnswer
from serving.http.contract.forms.access.session import SessionAnswer, SignedOut, SignIn
from serving.http.contract.forms.base import (
    DeletedView,
    ExportQuery,
    SearchAnswer,
    SearchQuery,
    View,
    ViewForm,
    ViewsAnswer,
)
from serving.http.contract.forms.campaigns import ReadoutAnswer
from serving.http.contract.forms.customer import CustomerAnswer, CustomerQuery
from serving.http.contract.forms.decide import DecideAnswer, DecideRequest
from serving.http.contract.forms.events import EventAnswer, EventForm
from serving.http.contract.forms.explain import ExplainAnswer, ExplainRequest
from serving.http.contract.forms.lists import (
    CurveAnswer,
    ExportAnswer,
    ExportForm,
    ListAnswer,
    ListForm,
    ListsAnswer,
    RevokedAnswer,
    WhyAnswer,
)
from serving.http.contract.forms.managers.archive import (
    ManagerAnswer,
    ManagerQuery,
    PerformanceAnswer,
    PerformanceQuery,
)
from serving.http.contract.forms.managers.tasks import (
    DoneRequest,
    EvaluationRequest,
    NoteRequest,
    TaskAnswer,
    TaskRequest,
    TasksAnswer,
    TasksQuery,
)
from serving.http.contract.forms.objections import ObjectionAnswer, ObjectionRequest
from serving.http.contract.forms.outcomes import (
    OutcomeAnswer,
    OutcomeRequest,
    PromiseAnswer,
    PromiseRequest,
)
from serving.http.contract.schemas import MAX_IDS, ScoreRequest, ScoreRowsAnswer, ScoreRowsRequest
from serving.service_settings import ServingSettings

UNKNOWN = "unknown"  # how metrics and log name an address that does not exist
JSON, TEXT, HTML, CSV = "application/json", "text/plain", "text/html", "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_READY = ("bundle", "fingerprint_mismatch", "lake", "no_champion", "settings")


class Who(StrEnum):
    """Who may call a route."""

    PUBLIC = "public"
    KEY = "key"  # a program
    SESSION = "session"  # a person who has signed in
    KNOWN = "known"  # either


@dataclass(frozen=True)
class Limit:
    """The most that one request may hold; a text names the setting that has the number.

    `body` in bytes, before and after decompression; `ids` counts customers or rows.
    """

    body: str
    ids: int | str

    def body_bytes(self, settings: ServingSettings) -> int:
        return _number(self.body, settings)

    def max_ids(self, settings: ServingSettings) -> int:
        return _number(self.ids, settings)


SCORE_LIMIT = Limit("body_limit_bytes", MAX_IDS)
EVENT_LIMIT = Limit("body_limit_bytes", 1)
ROWS_LIMIT = Limit("body_limit_bytes", "table_rows")
ONE_LIMIT = Limit("body_limit_bytes", 1)


@dataclass(frozen=True)
class Route:
    """One address and method. GET answers HEAD too. In the path `{name}` stands for any one part.

    `form` is the model of the body, null without one; `query` that of what follows the question
    mark, which is not read where it is null; `answer` the model of the answer, or its media type.
    `operation` is its name in the contract, empty where the contract does not list it; `note`
    stands there under `purpose`. `refusals` are its codes beyond those of its caller and body.
    `status`: of the answer where all is well. `needs_home`: refused where the home has no files or
    its keys cannot be read. `audited`: its requests have rows of the audit though it is public, as
    where people sign in.
    """

    path: str
    method: str
    who: Who
    purpose: str
    answer: type[BaseModel] | str
    operation: str = ""
    form: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    limit: Limit | None = None
    body: str = JSON
    audited: bool = False
    status: int = 200
    needs_home: bool = False
    refusals: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if (self.form is None) != (self.limit is None):
            raise ValueError(f"{self.path}: expected a form and its limit, or neither")

    @property
    def is_audited(self) -> bool:
        """Whether its requests have rows of the audit."""
        return self.audited or self.who is not Who.PUBLIC


@dataclass(frozen=True)
class Routes:
    """The table. Raises ValueError where an address has a method twice."""

    rows: tuple[Route, ...]
    _by_path: Mapping[str, Mapping[str, Route]] = field(init=False, repr=False, compare=False)
    _patterns: Sequence[tuple[str, Sequence[str]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_path: dict[str, dict[str, Route]] = {}
        for row in self.rows:
            if row.method in by_path.setdefault(row.path, {}):
                raise ValueError(f"{row.method} {row.path} is in the table twice")
            by_path[row.path][row.method] = row
        patterns = [(path, path.split("/")) for path in by_path if "{" in path]
        object.__setattr__(self, "_by_path", by_path)
        object.__setattr__(self, "_patterns", patterns)

    def at(self, path: str) -> Mapping[str, Route]:
        """The rows of this address by method; empty where nothing is there."""
        return self._by_path.get(self.label(path), {})

    def place(self, path: str) -> Mapping[str, str]:
        """What stands in this address for the names in its row's path."""
        names, parts = self.label(path).split("/"), path.split("/")
        return {
            name[1:-1]: part
            for name, part in zip(names, parts, strict=False)
            if name.startswith("{")
        }

    def find(self, path: str, method: str) -> Route | None:
        """The row that answers; HEAD is answered as GET. Null where there is none."""
        return self.at(path).get("GET" if method == "HEAD" else method)

    def is_audited(self, path: str, method: str) -> bool:
        """Whether a request has a row of the audit; one with a method not taken as the others."""
        row = self.find(path, method)
        rows = self.at(path).values() if row is None else (row,)
        return any(own.is_audited for own in rows)

    def label(self, path: str) -> str:
        """The path as the table has it, so that nothing else reaches metrics and log."""
        if path in self._by_path:
            return path
        parts = path.split("/")
        return next((own for own, names in self._patterns if _fits(names, parts)), UNKNOWN)


def _fits(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether the parts of an address are those of a path, any that is not empty for a name."""
    return len(names) == len(parts) and all(
        bool(part) if name.startswith("{") else name == part
        for name, part in zip(names, parts, strict=True)
    )


def routes(score_answer: type[BaseModel]) -> Routes:
    """The service's table; the form of `/score`'s answer depends on the currency."""
    groups = (
        _endpoints(score_answer),
        _events(),
        _base(),
        _lists(),
        _campaigns(),
        _managers(),
        _rights(),
        _sessions(),
        _oidc(),
        _alarms(),
        _audit(),
        _state(),
        _pages(),
    )
    return Routes(tuple(row for group in groups for row in group))


def _endpoints(score_answer: type[BaseModel]) -> Iterable[Route]:
    yield Route(
        "/score",
        "POST",
        Who.KNOWN,
        "Churn risk, value and reasons of 1 to 1,000 customers.",
        score_answer,
        "score",
        form=ScoreRequest,
        limit=SCORE_LIMIT,
        refusals=(*NOT_READY, "objection", "unknown_customers"),
        note="All or nothing: one id that is unknown, or of a customer who objects to automated "
        "decisions, refuses the request and is named. Where nothing can be scored now, the answer "
        "is last night's or by rule and says so; without either it is 503.",
    )
    yield Route(
        "/score-rows",
        "POST",
        Who.KNOWN,
        "Risk and reasons of rows of a table of your own, by the table's model.",
        ScoreRowsAnswer,
        "scoreRows",
        form=ScoreRowsRequest,
        limit=ROWS_LIMIT,
        refusals=("bundle", "settings", "unknown_table", "table"),
        note="All or nothing: other columns, or a value that a column cannot hold, refuse all.",
    )
    yield from _at_counter()


def _at_counter() -> Iterable[Route]:
    """What is decided for a customer, and what came of it."""
    yield Route(
        "/decide",
        "POST",
        Who.KNOWN,
        "What may be done for a customer at the counter, in order.",
        DecideAnswer,
        "decide",
        form=DecideRequest,
        limit=ONE_LIMIT,
        audited=True,
        refusals=(*NOT_READY, "unknown_customers"),
        note="The facts alone decide the ladder; the decision is stored before it is answered.",
    )
    yield Route(
        "/outcomes",
        "POST",
        Who.KNOWN,
        "How a contact ended, into the ledger.",
        OutcomeAnswer,
        "postOutcome",
        form=OutcomeRequest,
        limit=ONE_LIMIT,
        audited=True,
        refusals=(
            *NOT_READY, "unknown_customers", "unknown_decision", "unknown_outcome", "conflict",
            "not_decided", "confirmation_missing", "undo_too_late", "contact_forbidden",
        ),
        note="Sent again with the same key and content it is answered again and recorded once. "
        "What changes a service needs the customer's recorded confirmation. A contact that we "
        "started is recorded where every rule of contact allows it.",
    )  # fmt: skip
    yield Route(
        "/promises",
        "POST",
        Who.KNOWN,
        "Make a service promise.",
        PromiseAnswer,
        "makePromise",
        form=PromiseRequest,
        limit=ONE_LIMIT,
        audited=True,
        refusals=(*NOT_READY, "unknown_customers"),
    )
    yield Route(
        "/promises/{promise_id}/kept",
        "POST",
        Who.KNOWN,
        "A service promise is kept.",
        PromiseAnswer,
        "keepPromise",
        audited=True,
        refusals=(*NOT_READY, "unknown_promise"),
    )


def _events() -> Iterable[Route]:
    yield Route(
        "/events", "POST", Who.KNOWN, "A fact that happened just now, used from now on.",
        EventAnswer, "postEvent", form=EventForm, limit=EVENT_LIMIT, audited=True,
        refusals=(
            *NOT_READY, "unknown_customers", "event", "event_key", "confirmation_missing",
            "not_ready",
        ),
        note="A complaint, payment, contract event, survey or contact with the fields of its feed, "
        "checked as an import checks them. The same key with the same fact answers the same. A "
        "transfer to another owner needs the customer's recorded confirmation; from then on the "
        "customer is unknown to /score and /decide.",
    )  # fmt: skip


def _audit() -> Iterable[Route]:
    yield Route(
        "/audit", "GET", Who.KNOWN, "Who read, changed or exported what, and why.", AuditAnswer,
        "searchAudit", query=AuditQuery, audited=True, refusals=("invalid_request", "not_ready"),
        note="Rows of the audit, the newest first. One about a person who was erased is there, "
        "and not found by that person any more.",
    )  # fmt: skip


def _oidc() -> Iterable[Route]:
    yield Route(
        "/oidc/start", "GET", Who.PUBLIC, "Sign in by an OpenID provider, where one is set.", HTML,
        "oidcStart", status=302, refusals=("not_found", "provider"),
    )  # fmt: skip
    yield Route(
        "/oidc/callback", "GET", Who.PUBLIC, "Back from the provider, with a session.", HTML,
        "oidcCallback", query=OidcAnswer, audited=True,
        refusals=("invalid_request", "not_found", "provider", "unauthorized", "forbidden",
                  "not_ready"),
    )  # fmt: skip


def _alarms() -> Iterable[Route]:
    yield Route(
        "/alarms", "GET", Who.KNOWN, "What an auditor should look at.", AlarmAnswer, "alarms",
        query=AlarmQuery, audited=True, refusals=("invalid_request", "not_ready"),
    )  # fmt: skip


def _sessions() -> Iterable[Route]:
    yield Route(
        "/session", "POST", Who.PUBLIC, "Sign in with a password.", SessionAnswer, "signIn",
        form=SignIn, limit=Limit("body_limit_bytes", 1), audited=True,
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


CUSTOMER = ("invalid_request", "not_ready", "too_slow", "unknown_customers")


def _base() -> Iterable[Route]:
    searching = ("invalid_request", "lake", "not_ready", "too_slow")
    yield Route(
        "/customers", "GET", Who.KNOWN, "Search, sort and count the customers of the base.",
        SearchAnswer, "searchCustomers", query=SearchQuery, audited=True,
        refusals=(*searching, "stale_page"),
        note="Conditions by field: `city=Suzhou,Wuxi`, `churn_risk_min=0.2`, `group_id=` for "
        "none; docs/base.md lists the fields.",
    )  # fmt: skip
    yield Route(
        "/customers/export", "GET", Who.KNOWN, "All customers that a search finds, as CSV.", CSV,
        "exportCustomers", query=ExportQuery, audited=True, refusals=searching,
        note="All or nothing. The header Liuke-Count has the number of customers, Liuke-SHA256 "
        "the digest of the file.",
    )  # fmt: skip
    yield Route(
        "/customers/{customer_id}", "GET", Who.KNOWN, "All that is known of one customer.",
        CustomerAnswer, "customer", query=CustomerQuery, audited=True,
        refusals=(*NOT_READY, *CUSTOMER),
        note="Who has left, or is another's customer, is unknown.",
    )  # fmt: skip
    yield Route(
        "/views", "GET", Who.KNOWN, "The caller's saved searches.", ViewsAnswer, "views",
        audited=True, refusals=("not_ready",),
    )  # fmt: skip
    yield Route(
        "/views/{name}", "PUT", Who.KNOWN, "Save a search under a name.", View, "saveView",
        form=ViewForm, limit=Limit("body_limit_bytes", 1), audited=True,
    )  # fmt: skip
    yield Route(
        "/views/{name}", "DELETE", Who.KNOWN, "Forget a saved search.", DeletedView, "deleteView",
        audited=True, refusals=("unknown_view", "not_ready", "too_slow"),
    )  # fmt: skip


def _lists() -> Iterable[Route]:
    """Whom to contact: a list is made in the background, then read, exported and revoked."""
    own = ("unknown_campaign", "lake", "not_ready", "too_slow")
    made = (*own, "conflict")
    yield Route(
        "/lists", "POST", Who.KNOWN, "Request a retention list.", ListAnswer, "requestList",
        form=ListForm, limit=ONE_LIMIT, audited=True, refusals=("expired", "lake", "settings"),
        note="Answered at once; the list is made beside the service, and GET /lists/{list_id} says "
        "how far it is. What the base cannot give stands there as its error.",
    )  # fmt: skip
    yield Route(
        "/lists", "GET", Who.KNOWN, "The latest campaigns.", ListsAnswer, "lists", audited=True,
        refusals=("not_ready",),
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}", "GET", Who.KNOWN, "One campaign and what is said of its list.",
        ListAnswer, "showList", audited=True, refusals=own,
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}/curve", "GET", Who.KNOWN, "What every budget would bring.", CurveAnswer,
        "listCurve", audited=True, refusals=made,
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}/why/{customer_id}", "GET", Who.KNOWN,
        "Why a customer is on the list, or why not.", WhyAnswer, "whyListed", audited=True,
        refusals=(*NOT_READY, *made, "unknown_customers"),
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}", "DELETE", Who.KNOWN, "Revoke a campaign: its holds and exports end.",
        RevokedAnswer, "revokeList", audited=True, refusals=made,
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}/exports", "POST", Who.KNOWN, "Request a file for a recipient.",
        ExportAnswer, "requestExport", form=ExportForm, limit=ONE_LIMIT, audited=True,
        refusals=(*made, "settings"),
        note="A large one waits until a second person approves it.",
    )  # fmt: skip
    yield Route(
        "/exports/{export_id}/approval", "POST", Who.KNOWN,
        "Approve an export, as another person than who requested it.", ExportAnswer,
        "approveExport", audited=True, refusals=("unknown_export", "forbidden", *made),
    )  # fmt: skip
    yield Route(
        "/exports/{export_id}/file", "GET", Who.KNOWN, "The file of an export, marked for its "
        "recipient.", f"{CSV}, {XLSX}", "fetchExport", audited=True,
        refusals=("unknown_export", "not_approved", "settings", *made),
        note="CSV, or XLSX where the export says so. The header Liuke-Count has the number of "
        "customers, Liuke-SHA256 the digest of the file.",
    )  # fmt: skip


def _campaigns() -> Iterable[Route]:
    """What a list brought."""
    yield Route(
        "/campaigns/{list_id}/readout", "GET", Who.KNOWN,
        "What a campaign brought against its control group.", ReadoutAnswer, "readout",
        audited=True,
        refusals=(
            "unknown_campaign", "conflict", "no_control", "lake", "settings", "bundle",
            "not_ready", "too_slow",
        ),
        note="As last night knew it. Each look at new data is recorded and counted.",
    )  # fmt: skip


def _managers() -> Iterable[Route]:
    """Account managers and their tasks."""
    own = ("lake", "not_ready", "too_slow")
    following = (*own, "unknown_task", "conflict")
    yield Route(
        "/tasks", "GET", Who.KNOWN, "Tasks of account managers, the first due first.", TasksAnswer,
        "tasks", query=TasksQuery, audited=True, refusals=own,
        note="A manager sees their own, with what is due today or overdue in `reminder`. A page "
        "may have fewer than `limit`: a task about who is by now another's customer is not shown.",
    )  # fmt: skip
    yield Route(
        "/tasks", "POST", Who.KNOWN, "Issue a task to an account manager.", TaskAnswer, "issueTask",
        form=TaskRequest, limit=ONE_LIMIT, audited=True,
        refusals=(*NOT_READY, "unknown_customers", "unknown_manager"),
        note="About a customer or about a group, one of the two. A manager issues tasks to "
        "themselves alone.",
    )  # fmt: skip
    yield Route(
        "/tasks/{task_id}/notes", "POST", Who.KNOWN, "Note something of a task.", TaskAnswer,
        "noteTask", form=NoteRequest, limit=ONE_LIMIT, audited=True, refusals=following,
        note="The first note of the manager sets the task in progress.",
    )  # fmt: skip
    yield Route(
        "/tasks/{task_id}/done", "POST", Who.KNOWN, "A task is done.", TaskAnswer, "finishTask",
        form=DoneRequest, limit=ONE_LIMIT, audited=True, refusals=following,
    )  # fmt: skip
    yield Route(
        "/tasks/{task_id}/evaluation", "POST", Who.KNOWN, "Grade a task that is done.", TaskAnswer,
        "evaluateTask", form=EvaluationRequest, limit=ONE_LIMIT, audited=True, refusals=following,
        note="Once, by who issued it; 403 `forbidden` for others, and for who did it.",
    )  # fmt: skip
    yield Route(
        "/managers/{manager_id}", "GET", Who.KNOWN, "An account manager, with plan and tasks.",
        ManagerAnswer, "manager", query=ManagerQuery, audited=True,
        refusals=(*own, "unknown_manager"),
    )  # fmt: skip
    yield Route(
        "/managers/{manager_id}/performance", "GET", Who.KNOWN,
        "An account manager's figures of a period.", PerformanceAnswer, "managerPerformance",
        query=PerformanceQuery, audited=True, refusals=(*own, "settings", "unknown_manager"),
        note="By default of this month. docs/indicators.md defines each figure.",
    )  # fmt: skip


def _rights() -> Iterable[Route]:
    """What a person demands of those who decide about them."""
    yield Route(
        "/explain", "POST", Who.KNOWN,
        "Which data a decision used, and the smallest change that would have moved it.",
        ExplainAnswer, "explain", form=ExplainRequest, limit=ONE_LIMIT, audited=True,
        refusals=(*NOT_READY, "model_gone", "unknown_decision"),
        note="Each change is a fact as /events takes it, scored again on the very row of the "
        "decision by the version that made it. Nothing is stored.",
    )  # fmt: skip
    yield Route(
        "/objections", "POST", Who.KNOWN, "A customer objects to automated decisions.",
        ObjectionAnswer, "recordObjection", form=ObjectionRequest,
        limit=Limit("body_limit_bytes", 1), refusals=(*NOT_READY, "unknown_customers"),
        note="Holds from the next call on: no score is shown or used. Recorded once however often "
        "it is sent.",
    )  # fmt: skip
    yield Route(
        "/objections/{customer_id}", "DELETE", Who.KNOWN, "A customer takes the objection back.",
        ObjectionAnswer, "withdrawObjection",
        refusals=(
            *NOT_READY, "invalid_request", "no_objection", "not_ready", "too_slow",
            "unknown_customers",
        ),
    )  # fmt: skip


def _state() -> Iterable[Route]:
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


def _pages() -> Iterable[Route]:
    yield Route("/", "GET", Who.PUBLIC, "A page for people.", HTML, "page")
    for name, kind in (
        ("icon.svg", "image/svg+xml"),
        ("page.css", "text/css"),
        ("page.js", "text/javascript"),
    ):
        yield Route(f"/static/{name}", "GET", Who.PUBLIC, "A file of the page.", kind)


def _number(limit: int | str, settings: ServingSettings) -> int:
    return limit if isinstance(limit, int) else int(getattr(settings, limit))
