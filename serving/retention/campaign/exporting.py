"""A list leaves the house: checked once more against the rules, written, or revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from features.disk.secrets import made_secrets
from features.errors import RequestRefused
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.database.tables import exports
from serving.retention.campaign import store
from serving.retention.campaign.sheet import sheet_of
from serving.retention.export.approval import (
    Export,
    Wanted,
    check_writable,
    export_written,
    request_export,
    revoke_export,
)
from serving.retention.export.approval import export as export_of
from serving.retention.export.numbers import how_shown, with_numbers
from serving.retention.export.receipt import Receipt, mark_revoked, write_export
from serving.retention.export.sheets import Sheet
from serving.retention.retention_settings import retention_settings
from serving.retention.rules import broken, free
from serving.retention.rules.gathering import gather
from serving.scores import last_scores
from serving.service_settings import serving_settings


@dataclass(frozen=True)
class Exporter:
    """Writes lists of a home, in one currency and language."""

    home: Path
    engine: Engine
    currency: str
    language: str

    def wanted(
        self, campaign_id: str, file: str, recipient: str, expires_at: datetime, now: datetime
    ) -> Wanted:
        """The export as it would be requested, with the count of those whom no rule forbids now.

        Raises RequestRefused: `unknown_campaign`, `conflict` where no list is ready to be written.
        """
        with self.engine.connect() as connection:
            found = store.campaign(connection, campaign_id)
            if found.state != store.READY:
                raise RequestRefused(
                    "conflict", f"the campaign is {found.state}; only a list that is ready leaves"
                )
            rows = len(self._allowed(connection, campaign_id, now))
        return Wanted(campaign_id, file, rows, recipient, found.purpose, expires_at)

    def request(self, wanted: Wanted, requester: str, entry: Entry, now: datetime) -> Export:
        """Keep the request, with its row of the audit."""
        return record_now(
            self.engine, entry, now,
            lambda connection: request_export(connection, wanted, requester, now),
        )  # fmt: skip

    def write(
        self,
        wanted: Wanted,
        approved: str | None,
        requester: str,
        out: Path,
        entry: Entry,
        now: datetime,
        *,
        with_phones: bool,
        role: str = "marketing",
        force: bool = False,
    ) -> Receipt:
        """Write the file and its receipt; `approved`: by an export that was approved.

        Raises RequestRefused (`not_approved`), naming the export that now waits, for a large list.
        """
        settings = retention_settings(self.home)
        if approved is None:
            own = self.request(wanted, requester, entry, now)
        else:
            with self.engine.connect() as connection:
                own = export_of(connection, approved)
            if own.campaign_id != wanted.campaign_id:
                raise RequestRefused("conflict", "the approved export is of another campaign")
        if own.needs_approval(settings.export):
            raise RequestRefused(
                "not_approved",
                f"{own.rows:,} customers are more than {settings.export.approval_above:,}: the "
                f"export {own.id} waits until a second person, of the role approver, approves it",
                export=own.id,
            )
        check_writable(own, settings.export, now)

        def recorded(receipt: Receipt) -> None:
            detail = {"export": own.id, "sha256": receipt.sha256, "count": receipt.count}
            record_now(
                self.engine, replace(entry, detail={**entry.detail, **detail}), now,
                lambda connection: export_written(
                    connection, own.id, receipt.sha256, settings.export, now
                ),
            )  # fmt: skip

        return self.file(own, out, now, recorded, with_phones=with_phones, role=role, force=force)

    def file(
        self,
        own: Export,
        out: Path,
        now: datetime,
        recorded: Callable[[Receipt], None] = lambda _: None,
        *,
        with_phones: bool,
        role: str,
        force: bool = True,
    ) -> Receipt:
        """Write the file of an export and its receipt, with the phone numbers as `role` sees them.

        `recorded` gets the receipt before the files are in their places.
        """
        sheet, shown = self._sheet(own, with_phones, role, now)
        return write_export(out, sheet, own, self.language, now, recorded, shown, force=force)

    def _sheet(
        self, own: Export, with_phones: bool, role: str, now: datetime
    ) -> tuple[Sheet, str | None]:
        with self.engine.connect() as connection:
            allowed = self._allowed(connection, own.campaign_id, now)
        about = {
            "purpose": own.purpose, "recipient": own.recipient, "expires": f"{own.expires_at:%F}",
        }  # fmt: skip
        sheet = sheet_of(
            store.folder(self.home, own.campaign_id), allowed, retention_settings(self.home),
            self.currency, self.language, about, with_phones=with_phones,
        )  # fmt: skip
        if not with_phones:
            return sheet, None
        phones = serving_settings(self.home).phones
        parts = with_numbers(sheet.parts, self.engine, role, made_secrets(self.home), phones)
        return replace(sheet, parts=parts), how_shown(role, phones)

    def _allowed(self, connection: Connection, campaign_id: str, now: datetime) -> frozenset[str]:
        """The treated of the list whom no rule forbids to contact now."""
        scores = last_scores(self.home)
        rules = retention_settings(self.home).rules
        facts = gather(self.home, connection, scores, rules, now)
        flags = free(broken(facts, rules, campaign_id))
        may = frozenset(facts.customer_ids[flags].tolist())
        treated = store.treated(self.home, campaign_id)
        return frozenset(own for own in treated if own in may)


def revoke_campaign(connection: Connection, home: Path, campaign_id: str, now: datetime) -> int:
    """End the campaign, its holds and its exports; how many customers it held.

    The receipts of files that lie in the campaign's folder say so. Raises as `store.revoke`.
    """
    count = store.revoke(connection, campaign_id, now)
    own = exports.c.campaign_id == campaign_id
    found = connection.execute(
        select(exports.c.id, exports.c.file).where(own, exports.c.state != "revoked")
    ).all()
    for row in found:
        revoke_export(connection, row.id)
        mark_revoked(store.folder(home, campaign_id) / row.file, now)
        mark_revoked(kept_file(home, campaign_id, row.id, row.file), now)
    return count


def kept_file(home: Path, campaign_id: str, export_id: str, file: str) -> Path:
    """Where the service writes the file of an export."""
    return store.folder(home, campaign_id) / f"{export_id}-{file}"
