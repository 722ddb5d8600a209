"""The row of the audit of a command that shows or changes persons, or what opens the service.

Every command of the program stands in one of the two tables. A command that writes does so in one
transaction with its row (`serving.audit.journal.record_now`); the row of one that shows, or that
writes elsewhere too, is durable before (`record`). One that is refused before leaves none.
"""

from __future__ import annotations

import getpass
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.words import say
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.audit.search import UNNAMED
from serving.command.options import now
from serving.console import note, spoken_language
from serving.database import may_only_be_read

if TYPE_CHECKING:
    from sqlalchemy import Engine

METHOD = "COMMAND"

# By its words, each with the purpose that its row names.
AUDITED: Mapping[str, str] = {
    "person object": "rights",
    "person erase": "rights",
    "person export": "rights",
    "person explain": "rights",
    "customer": "administration",
    "tier": "administration",
    "phones import": "administration",
    "phones find": "administration",
    "secrets rotate": "administration",
    "secrets remove": "administration",
    "backup": "administration",
    "restore": "administration",
    "key new": "administration",
    "key list": "administration",
    "key revoke": "administration",
    "user new": "administration",
    "user list": "administration",
    "user password": "administration",
    "user disable": "administration",
    "user enable": "administration",
    "customers": "retention",
    "warnings": "retention",
    "standing": "administration",
    "arrears": "administration",
    "list make": "retention",
    "list all": "retention",
    "list show": "retention",
    "list why": "retention",
    "list curve": "retention",
    "list export": "retention",
    "list approve": "retention",
    "list revoke": "retention",
    "campaign outcomes": "retention",
    "campaign facts": "retention",
    "campaign reconcile": "retention",
    "campaign readout": "retention",
    "campaign learn": "retention",
    "potential list": "retention",
    "potential confirm": "retention",
    "views list": "retention",
    "views save": "retention",
    "views delete": "retention",
    "manager list": "account_care",
    "manager show": "account_care",
    "manager save": "account_care",
    "manager performance": "account_care",
    "task new": "account_care",
    "task list": "account_care",
    "task note": "account_care",
    "task done": "account_care",
    "task evaluate": "account_care",
    "task cancel": "account_care",
    "alarms": "audit",
    "alarms check": "audit",
    "audit search": "audit",
    "audit replay": "audit",
    "trace": "audit",
}

# The others, and why they need no row.
NO_PERSON: Mapping[str, str] = {
    "demo": "its customers are simulated",
    "simulate": "its customers are simulated",
    "import": "takes in what the operator's systems delivered; the lake keeps a record of each",
    "build": "computes, and shows how many",
    "score": "computes, and shows how many",
    "doctor": "counts rows and dates of feeds",
    "watch": "counts of the base, a city at the least",
    "train": "shows figures of a model",
    "backtest": "shows figures of models",
    "promote": "shows figures of a model; champion.json keeps who was champion when",
    "rollback": "as promote",
    "groups": "sums of companies",
    "churned": "counts of a period",
    "analyse": "sums of a period",
    "campaign holdout": "counts of a period",
    "campaign plan": "numbers of customers",
    "table train": "rows of a file that its caller holds",
    "table score": "rows of a file that its caller holds",
    "experiment": "rows of a file that its caller holds",
    "plans import": "plans on sale",
    "serve": "each request has a row of its own",
    "settings": "settings alone",
    "audit verify": "numbers and hashes of rows",
    "audit head": "number and hash of a row",
    "audit equality": "ids of decisions, and rules",
    "left": "says what the command is called now",
}


def entry_of(command: str, *customer_ids: str, **detail: Any) -> Entry:
    """Who ran which command about whom; the caller is the system's user.

    Raises KeyError for a command that is not in the table.
    """
    return Entry(
        request_id=secrets.token_hex(8),
        method=METHOD,
        route=f"liuke {command}",
        status=200,
        code="",
        caller=user(),
        purpose=AUDITED[command],
        subjects=customer_ids,
        detail=detail,
    )


def record(home: Path, engine: Engine, command: str, *customer_ids: str, **detail: Any) -> None:
    """Make the row durable; then the command may show, or begin.

    A home that may only be read takes no row: standard error says so. Who reads it so could read
    its files without us.
    """
    entry = entry_of(command, *customer_ids, **detail)
    if may_only_be_read(engine):
        note(say("audit", "not_recorded", spoken_language()))
        return
    record_now(engine, entry, now(home, or_tables=True), lambda _: None)


def record_all(
    home: Path, engine: Engine, command: str, customer_ids: Sequence[str], **detail: Any
) -> None:
    """As `record`; of more customers than `MAX_SUBJECTS` the row has the number alone."""
    from serving.customers.base.export import MAX_SUBJECTS

    if len(customer_ids) > MAX_SUBJECTS:
        record(home, engine, command, **detail, **{UNNAMED: len(customer_ids)})
    else:
        record(home, engine, command, *customer_ids, **detail)


def user() -> str:
    """The name of the system's user, or their number where they have none."""
    try:
        return getpass.getuser()[:64]
    except (KeyError, OSError):
        return str(os.getuid())
