"""Who may do what: the one table of roles, operations, scopes and purposes.

The gateway refuses what does not stand here. An operation is the name of a row in
`serving.http.contract.routes`; a role may call it for those of its own purposes that the
operation takes. `document` writes the table of docs/security.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from features.errors import RequestRefused
from serving.access.principal import Scope

# Why a customer may be looked at. The first four are the only causes at a counter.
PURPOSES: Mapping[str, str] = {
    "customer_present": "the customer is present or on the phone, and identified",
    "authority_request": "a lawful request of the authorities",
    "service_ordered": "a service that the customer ordered",
    "complaint_open": "a complaint under way",
    "account_care": "a manager's care of their own customers",
    "retention": "choosing whom to contact, and what came of it",
    "model_development": "training and checking models, on pseudonyms",
    "audit": "checking who did what",
    "administration": "running the system, and feeding it",
}
AT_COUNTER = ("customer_present", "authority_request", "service_ordered", "complaint_open")
# Programs work through many customers for these; for the others one person looks at one customer.
IN_BULK = frozenset({"retention", "model_development", "administration"})
ANY = tuple(PURPOSES)
PURPOSE_HEADER = "Liuke-Purpose"  # names the purpose where no body does


class Reach(StrEnum):
    """Which customers: all whom the key or person is not limited from, or their own alone."""

    ALL = "all"
    OWN = "own"


@dataclass(frozen=True)
class Role:
    """What those of a role have in common, whatever they call.

    `purposes`: the first counts where a key names none. `limited_by`: a new key or person of this
    role must carry one of these limits; empty: it may, and reaches all customers without.
    `by_pseudonym`: customers are named by pseudonyms, in requests and answers.
    """

    purposes: tuple[str, ...]
    limited_by: tuple[str, ...] = ()
    by_pseudonym: bool = False

    @property
    def reach(self) -> Reach:
        return Reach.OWN if self.limited_by else Reach.ALL


@dataclass(frozen=True)
class Permission:
    """Which roles may call an operation, and for which purposes; empty: it shows no customer."""

    roles: tuple[str, ...]
    purposes: tuple[str, ...] = ()


ROLES: Mapping[str, Role] = {
    "store": Role(AT_COUNTER, limited_by=("city", "store_id")),
    "hotline": Role(AT_COUNTER),
    "manager": Role(("account_care", *AT_COUNTER), limited_by=("manager_id", "city")),
    "marketing": Role(("retention",)),
    "approver": Role(("retention",)),
    "scientist": Role(("model_development",), by_pseudonym=True),
    "auditor": Role(("audit",)),
    "admin": Role(("administration",)),
}
SERVING = ("store", "hotline", "manager")  # who speak with customers
SEARCHING = ("manager", "marketing", "approver")
LISTING = ("marketing", "approver")
EVERYONE = tuple(ROLES)

PERMISSIONS: Mapping[str, Permission] = {
    "score": Permission((*SERVING, "marketing", "scientist"), ANY),
    "scoreRows": Permission((*SERVING, "marketing", "scientist", "admin")),
    "decide": Permission(SERVING, ANY),
    "explain": Permission((*SERVING, "auditor"), ANY),
    "postEvent": Permission((*SERVING, "admin"), ANY),
    "postOutcome": Permission((*SERVING, "marketing"), ANY),
    "customer": Permission(SERVING, ANY),
    "riskMoved": Permission(SERVING, ANY),
    "searchCustomers": Permission(SEARCHING, ANY),
    "exportCustomers": Permission(SEARCHING, ANY),
    "views": Permission(SEARCHING),
    "saveView": Permission(SEARCHING),
    "deleteView": Permission(SEARCHING),
    "requestList": Permission(("marketing",)),
    "lists": Permission(LISTING),
    "showList": Permission(LISTING),
    "listCurve": Permission(LISTING),
    "whyListed": Permission(LISTING, ANY),
    "listRows": Permission(LISTING, ANY),
    "exports": Permission(LISTING),
    "revokeList": Permission(LISTING),
    "readout": Permission(LISTING),
    "requestExport": Permission(("marketing",)),
    "approveExport": Permission(("approver",)),
    "fetchExport": Permission(("marketing",), ANY),
    "tasks": Permission(SEARCHING, ANY),
    "issueTask": Permission(("marketing", "approver", "manager"), ANY),
    "previewBatch": Permission(("marketing", "approver", "manager"), ANY),
    "doBatch": Permission(("marketing", "approver", "manager"), ANY),
    "batches": Permission(("marketing", "approver", "manager"), ANY),
    "undoBatch": Permission(("marketing", "approver", "manager"), ANY),
    "noteTask": Permission(SEARCHING, ANY),
    "finishTask": Permission(("manager",), ANY),
    "evaluateTask": Permission(("marketing", "approver"), ANY),
    "cancelTask": Permission(SEARCHING, ANY),
    "managers": Permission(SEARCHING, ANY),
    "manager": Permission(SEARCHING, ANY),
    "saveManager": Permission(LISTING, ANY),
    "managerPerformance": Permission(SEARCHING, ANY),
    "analyses": Permission(SEARCHING),
    "analyse": Permission(SEARCHING),
    "analysisFile": Permission(SEARCHING),
    "warnings": Permission(SEARCHING, ANY),
    "arrears": Permission(SEARCHING, ANY),
    "standing": Permission(SERVING, ANY),
    "churned": Permission(LISTING),
    "groups": Permission(SEARCHING, ANY),
    "signs": Permission(SEARCHING),
    "setSignOwner": Permission(LISTING),
    "promiseBoard": Permission(
        (*SERVING, *LISTING), ("complaint_open", "service_ordered", "account_care", "retention")
    ),
    "recordObjection": Permission(SERVING, ANY),
    "withdrawObjection": Permission(SERVING, ANY),
    "makePromise": Permission(SERVING, ANY),
    "keepPromise": Permission(SERVING, ANY),
    "openPromises": Permission(SERVING, ANY),
    "findCustomer": Permission(SERVING, ANY),
    "searchAudit": Permission(("auditor",), ANY),
    "alarms": Permission(("auditor",), ANY),
    "verifyAudit": Permission(("auditor",)),
    "replayDecision": Permission(("auditor",), ANY),
    "models": Permission(("scientist", "admin")),
    "settings": Permission((*LISTING, "auditor", "admin")),
    "settingChanges": Permission((*LISTING, "auditor", "admin")),
    "proposeChange": Permission(LISTING),
    "acceptChange": Permission(("approver",)),
    "declineChange": Permission(LISTING),
    "session": Permission(EVERYONE),
    "signOut": Permission(EVERYONE),
}


def purposes_of(operation: str, role: str) -> tuple[str, ...] | None:
    """For which purposes the role may call the operation; empty: none is needed; null: it may not.

    >>> purposes_of("searchAudit", "auditor"), purposes_of("searchAudit", "store")
    (('audit',), None)
    """
    return _granted.get((operation, role))


def all_purposes_of(operation: str) -> tuple[str, ...]:
    """For which purposes any role may call the operation.

    >>> all_purposes_of("searchAudit"), all_purposes_of("views")
    (('audit',), ())
    """
    own = {one for role in ROLES for one in purposes_of(operation, role) or ()}
    return tuple(purpose for purpose in PURPOSES if purpose in own)


def _purposes(permission: Permission, role: Role) -> tuple[str, ...]:
    return tuple(purpose for purpose in role.purposes if purpose in permission.purposes)


_granted = {
    (operation, role): _purposes(permission, ROLES[role])
    for operation, permission in PERMISSIONS.items()
    for role in permission.roles
}


def check_role(role: str) -> Role:
    """The role by this name. Raises RequestRefused (`unknown_role`)."""
    if role not in ROLES:
        raise RequestRefused(
            "unknown_role", f"role {role!r} does not exist; the roles are {', '.join(ROLES)}"
        )
    return ROLES[role]


def check_scope(role: str, scope: Scope) -> None:
    """Raises RequestRefused (`scope`) where a person of this role needs a limit and has none.

    A program's key may do without: it serves many people, whom it knows itself.
    """
    own = check_role(role)
    if lacks_scope(role, scope):
        options = " or ".join(f"--{name.removesuffix('_id')}" for name in own.limited_by)
        raise RequestRefused(
            "scope", f"the role {role} reaches its own customers alone; name them with {options}"
        )


def lacks_scope(role: str, scope: Scope) -> bool:
    """Whether who has this role is meant to reach some customers alone, and here reaches all."""
    limits = ROLES[role].limited_by
    return bool(limits) and not any(name in scope.limits for name in limits)


def check_terms(role: str, purpose: str | None) -> None:
    """Raises RequestRefused (`unknown_role`, `purpose`) unless the role is there and has it."""
    own = check_role(role)
    if purpose is not None and purpose not in own.purposes:
        raise RequestRefused(
            "purpose",
            f"the role {role} has no purpose {purpose!r}; expected {', '.join(own.purposes)}",
        )


def default_purpose(role: str) -> str | None:
    """The purpose of a key that carries none; null for a role that there is no longer."""
    return ROLES[role].purposes[0] if role in ROLES else None


def only_purpose(role: str) -> str | None:
    """The purpose that needs no word of a person, as their role has no other; else null."""
    own = ROLES[role].purposes if role in ROLES else ()
    return own[0] if len(own) == 1 else None


def document() -> str:
    """The table as Markdown: a row an operation and a column a role, then what the roles carry."""
    roles = " | ".join(ROLES)
    lines = [f"| operation | {roles} | a purpose |", "|---" * (len(ROLES) + 2) + "|"]
    for operation, permission in PERMISSIONS.items():
        cells = " | ".join(_reach(operation, role) for role in ROLES)
        needed = "one of the role's" if permission.purposes else "none"
        lines.append(f"| `{operation}` | {cells} | {needed} |")
    lines += ["", "| role | must carry | purposes | customers are named by |", "|---|---|---|---|"]
    for name, role in ROLES.items():
        limit = " or ".join(f"`{own}`" for own in role.limited_by) or "nothing"
        purposes = ", ".join(f"`{own}`" for own in role.purposes)
        lines.append(
            f"| {name} | {limit} | {purposes} | {'pseudonym' if role.by_pseudonym else 'id'} |"
        )
    lines += ["", "| purpose | meaning |", "|---|---|"]
    lines += [f"| `{purpose}` | {meaning} |" for purpose, meaning in PURPOSES.items()]
    return "\n".join(lines) + "\n"


def _reach(operation: str, role: str) -> str:
    return ROLES[role].reach if (operation, role) in _granted else ""
