"""Exports: requested by one person, above a size approved by another, written, revoked.

Plain functions over the table `exports`, each for the transaction that has its row of the audit
(`serving.audit.journal.record_now`, `Call.commit`). A state is changed where it still is what was
checked, so of two who change it at once one is refused. An export that waits needs an approver
where it has more rows than the setting; one that is approved or small may be written, again too.
Moments are the operator's local time.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from features.errors import RequestRefused, SettingsError
from serving.access.permissions import PURPOSES
from serving.database.tables import LONGEST_ID, campaigns, exports
from serving.retention.export.sheets import XLSX_ROWS
from serving.retention.export.watermark import KEY_BYTES

APPROVER = "approver"  # the role
WAITING, WRITTEN, REVOKED = "waiting", "written", "revoked"
READY = "ready"  # a campaign with a list
MAX_FILE_NAME = 255


@dataclass(frozen=True)
class ExportSettings:
    """`approval_above`: an export of more rows is written only once a second person approved."""

    approval_above: int

    def __post_init__(self) -> None:
        if self.approval_above < 0:
            raise SettingsError(
                f"export.approval_above is {self.approval_above}; expected at least 0"
            )


@dataclass(frozen=True, repr=False)
class Export:
    """A file of customers, for one purpose, recipient and time; its key marks what is written.

    `rows`: how many customers the filter found when it was requested. `sha256` is empty until the
    file is written; `file` is its name; `phones`: whether it has phone numbers.
    """

    id: str
    campaign_id: str
    at: datetime
    requested_by: str
    approved_by: str | None
    approved_at: datetime | None
    recipient: str
    purpose: str
    expires_at: datetime
    rows: int
    sha256: str
    file: str
    phones: bool
    state: str
    watermark_key: bytes

    def needs_approval(self, settings: ExportSettings) -> bool:
        return self.approved_by is None and self.rows > settings.approval_above


@dataclass(frozen=True)
class Wanted:
    """What is requested: which file, of how many customers, for whom, why, until when.

    `phones`: with phone numbers, masked or whole as the role of who fetches it sees them.
    """

    campaign_id: str
    file: str
    rows: int
    recipient: str
    purpose: str
    expires_at: datetime
    phones: bool = False


def request_export(
    connection: Connection, wanted: Wanted, requester: str, now: datetime, export_id: str = ""
) -> Export:
    """Store a new export that waits; its id is any where none is named.

    It expires with its list, if not before. Raises RequestRefused (`invalid_request`) for what
    cannot be, `purpose` for another one than those of the closed list, `conflict` where the
    campaign has no list, is revoked, or has expired.
    """
    _check(wanted, now)
    last = _check_leaves(connection, wanted.campaign_id, now)
    wanted = replace(wanted, expires_at=min(wanted.expires_at, last))
    found = Export(
        id=export_id or secrets.token_hex(16), at=now, requested_by=requester, approved_by=None,
        approved_at=None, sha256="", state=WAITING, watermark_key=secrets.token_bytes(KEY_BYTES),
        **vars(wanted),
    )  # fmt: skip
    connection.execute(insert(exports).values(vars(found)))
    return found


def approve_export(
    connection: Connection, export_id: str, approver: str, role: str, now: datetime
) -> Export:
    """Approve an export that waits, as another person than the one who requested it.

    Raises RequestRefused: `unknown_export`, `forbidden` for another role, or for the requester,
    `conflict` where it does not wait for approval any more.
    """
    found = export(connection, export_id)
    if role != APPROVER:
        raise RequestRefused("forbidden", f"the role {role} approves nothing; expected {APPROVER}")
    if approver == found.requested_by:
        raise RequestRefused(
            "forbidden", "an export is approved by another person than the one who requested it"
        )
    if found.approved_by is not None:
        raise RequestRefused("conflict", f"the export was approved by {found.approved_by} already")
    _check_open(found, now)
    _change(connection, found, approved_by=approver, approved_at=now)
    return export(connection, export_id)


def check_writable(found: Export, settings: ExportSettings, now: datetime) -> None:
    """Raises RequestRefused: `not_approved`, or `conflict` where it is revoked or has expired."""
    _check_open(found, now)
    if found.needs_approval(settings):
        raise RequestRefused(
            "not_approved",
            f"{found.rows:,} customers are more than {settings.approval_above:,}: a second person, "
            f"of the role {APPROVER}, approves the export first",
        )


def export_written(
    connection: Connection, export_id: str, sha256: str, settings: ExportSettings, now: datetime
) -> None:
    """Store that its file is written, and its SHA-256.

    Raises as `export`, `check_writable` and `check_leaves`.
    """
    found = export(connection, export_id)
    check_writable(found, settings, now)
    _check_leaves(connection, found.campaign_id, now)
    _change(connection, found, state=WRITTEN, sha256=sha256)


def revoke_exports(connection: Connection, campaign_id: str) -> int:
    """End all exports of a campaign that is revoked: they are written no more; how many.

    What was sent is not called back by it; the file's receipt says it (`receipt.mark_revoked`).
    """
    own = exports.c.campaign_id == campaign_id, exports.c.state != REVOKED
    return connection.execute(update(exports).where(*own).values(state=REVOKED)).rowcount


def export(connection: Connection, export_id: str) -> Export:
    """The export by this id. Raises RequestRefused (`unknown_export`)."""
    found = kept_export(connection, export_id)
    if found is None:
        raise unknown_export()
    return found


def kept_export(connection: Connection, export_id: str) -> Export | None:
    """The export by this id, null where there is none."""
    row = connection.execute(select(exports).where(exports.c.id == export_id)).one_or_none()
    return None if row is None else _export(row)


def latest_exports(connection: Connection, most: int, campaign_id: str | None) -> list[Export]:
    """The latest exports, of one campaign or of all, the newest first."""
    query = select(exports).order_by(exports.c.at.desc(), exports.c.id).limit(most)
    if campaign_id is not None:
        query = query.where(exports.c.campaign_id == campaign_id)
    return [_export(row) for row in connection.execute(query)]


def unknown_export() -> RequestRefused:
    return RequestRefused("unknown_export", "no export has this id; request one")


def all_exports(connection: Connection) -> list[Export]:
    """Every export, the newest first: whose keys a file is compared with."""
    found = connection.execute(select(exports).order_by(exports.c.at.desc(), exports.c.id))
    return [_export(row) for row in found]


def _export(row: Any) -> Export:
    values = row._asdict()
    return Export(**values | {"watermark_key": bytes(values["watermark_key"])})


def _check(wanted: Wanted, now: datetime) -> None:
    if wanted.purpose not in PURPOSES:
        raise RequestRefused(
            "purpose", f"purpose {wanted.purpose!r} does not exist; expected {', '.join(PURPOSES)}"
        )
    if not 1 <= len(wanted.recipient.strip()) <= LONGEST_ID:
        raise RequestRefused(
            "invalid_request",
            f"recipient has {len(wanted.recipient)} characters; expected 1 to {LONGEST_ID}: who "
            f"gets the file",
        )
    if not wanted.recipient.isprintable():
        raise RequestRefused(
            "invalid_request", f"recipient is {wanted.recipient!r}; expected printable characters"
        )
    if wanted.expires_at <= now:
        raise RequestRefused(
            "invalid_request",
            f"expires_at is {wanted.expires_at:%F %H:%M}, which is past; expected a later moment",
        )
    if wanted.rows < 1:
        raise RequestRefused("invalid_request", "the list has no customers; nothing to export")
    if not 1 <= len(wanted.file) <= MAX_FILE_NAME or not wanted.file.isprintable():
        raise RequestRefused(
            "invalid_request",
            f"the file's name is {wanted.file!r:.80}; expected 1 to {MAX_FILE_NAME} printable "
            "characters",
        )
    check_fits(wanted.file, wanted.rows)


def check_fits(file: str, rows: int) -> None:
    """Raises RequestRefused (`invalid_request`) for a workbook of more rows than one holds."""
    if file.lower().endswith(".xlsx") and rows >= XLSX_ROWS:
        raise RequestRefused(
            "invalid_request",
            f"the list has {rows:,} customers and an XLSX sheet holds {XLSX_ROWS - 1:,}; take CSV",
        )


def check_leaves(state: str | None, expires_at: datetime, now: datetime) -> None:
    """Raises RequestRefused (`conflict`) for a campaign whose list may not leave the house now."""
    if state != READY:
        raise RequestRefused(
            "conflict", f"the campaign is {state}; only a list that is ready leaves"
        )
    if expires_at <= now:
        raise RequestRefused(
            "conflict",
            f"the list expired on {expires_at:%F}: it is neither exported nor fetched nor called "
            "any more. Request a new list.",
        )


def _check_leaves(connection: Connection, campaign_id: str, now: datetime) -> datetime:
    """Until when the list may leave. Raises as `check_leaves`.

    Locked until the end of the transaction, so that no revocation comes between.
    """
    own = select(campaigns.c.state, campaigns.c.expires_at).where(campaigns.c.id == campaign_id)
    row = connection.execute(own.with_for_update()).one_or_none()
    state, expires_at = (None, now) if row is None else row
    check_leaves(state, expires_at, now)
    return expires_at


def _check_open(found: Export, now: datetime) -> None:
    check_not_revoked(found)
    if found.expires_at <= now:
        raise RequestRefused(
            "conflict",
            f"the export expired at {found.expires_at:%F %H:%M}; request another one",
        )


def check_not_revoked(found: Export) -> None:
    """Raises RequestRefused (`conflict`)."""
    if found.state == REVOKED:
        raise RequestRefused("conflict", "the export is revoked; request another one")


def _change(connection: Connection, found: Export, **values: Any) -> None:
    """Raises RequestRefused (`conflict`) where another one changed it since it was read."""
    is_same = [
        exports.c.id == found.id,
        exports.c.state == found.state,
        exports.c.approved_by.is_(None)
        if found.approved_by is None
        else exports.c.approved_by == found.approved_by,
    ]
    if connection.execute(update(exports).where(*is_same).values(values)).rowcount != 1:
        raise RequestRefused("conflict", "the export was changed by another request meanwhile")
