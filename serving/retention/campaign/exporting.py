"""A list leaves the house: checked once more against the rules, written, or revoked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from features.disk.atomic import replace_json
from features.disk.outputs import check_out
from features.disk.secrets import made_secrets
from features.errors import RequestRefused
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.database.tables import campaigns, exports
from serving.retention.campaign import store
from serving.retention.campaign.sheet import sheet_of
from serving.retention.export.approval import (
    REVOKED,
    Export,
    Wanted,
    check_fits,
    check_leaves,
    check_not_revoked,
    check_writable,
    export_written,
    request_export,
    revoke_exports,
)
from serving.retention.export.approval import export as export_of
from serving.retention.export.numbers import how_shown, with_numbers
from serving.retention.export.receipt import (
    RECEIPT,
    Receipt,
    Recorded,
    mark_revoked,
    receipt_path,
    write_export,
)
from serving.retention.export.sheets import ENDINGS, Sheet
from serving.retention.retention_settings import RetentionSettings, retention_settings
from serving.retention.rules import broken, free
from serving.retention.rules.gathering import gather
from serving.retention.rules.night import COLUMNS
from serving.scores import last_scores
from serving.service_settings import serving_settings


@dataclass(frozen=True)
class Exporter:
    """Writes lists of a home, in one currency and language."""

    home: Path
    engine: Engine
    currency: str
    language: str

    @cached_property
    def settings(self) -> RetentionSettings:
        """Of the home, read once."""
        return retention_settings(self.home)

    def wanted(
        self, campaign_id: str, file: str, recipient: str, expires_at: datetime, now: datetime,
        *, phones: bool = False,
    ) -> Wanted:  # fmt: skip
        """The export as it would be requested, with the count of those whom no rule forbids now.

        Raises RequestRefused: `unknown_campaign`, `conflict` where no list is ready, or it expired.
        """
        return self._looked(campaign_id, file, recipient, expires_at, now, phones=phones)[0]

    def _looked(
        self, campaign_id: str, file: str, recipient: str, expires_at: datetime, now: datetime,
        *, phones: bool,
    ) -> tuple[Wanted, frozenset[str]]:  # fmt: skip
        """As `wanted`, and who they are."""
        with self.engine.connect() as connection:
            found = store.campaign(connection, campaign_id)
        check_leaves(found.state, found.expires_at, now)
        allowed = self._allowed(campaign_id, now)
        rows = len(allowed)
        about = recipient, found.purpose, expires_at, phones
        return Wanted(campaign_id, file, rows, *about), allowed

    def write(
        self,
        campaign_id: str,
        approved: str | None,
        recipient: str,
        expires_at: datetime,
        requester: str,
        out: Path,
        entry: Entry,
        now: datetime,
        *,
        phones: bool,
        role: str = "marketing",
        force: bool = False,
    ) -> Receipt:
        """Write the file and its receipt; `approved`: by an export that was approved.

        Raises OutputError where `out` cannot be written, before anything is kept, and
        RequestRefused (`not_approved`), naming the export that now waits, for a large list.
        """
        settings = self.settings.export
        check_out(out, ENDINGS, force=force, beside=[receipt_path(out)])
        allowed = None
        if approved is None:
            wanted, allowed = self._looked(
                campaign_id, out.name, recipient, expires_at, now, phones=phones
            )
            own = self._request(wanted, requester, entry, now)
        else:
            own = self._approved(approved, campaign_id, recipient, phones=phones)
        check_fits(out.name, own.rows)
        if own.needs_approval(settings):
            raise RequestRefused(
                "not_approved",
                f"{own.rows:,} customers are more than {settings.approval_above:,}: the export "
                f"{own.id} waits until a second person, of the role approver, approves it",
                export=own.id,
            )
        check_writable(own, settings, now)

        def recorded(receipt: Receipt, _: Path) -> None:
            said = _detail(entry, own) | {"sha256": receipt.sha256}
            record_now(
                self.engine, replace(entry, detail=said), now,
                lambda connection: export_written(
                    connection, own.id, receipt.sha256, settings, now
                ),
            )  # fmt: skip

        return self.file(own, out, now, recorded, allowed, role=role, force=force)

    def _request(self, wanted: Wanted, requester: str, entry: Entry, now: datetime) -> Export:
        """Keep the request, with its row of the audit."""
        said = {**entry.detail, "count": wanted.rows, "phones": wanted.phones}
        return record_now(
            self.engine, replace(entry, detail=said), now,
            lambda connection: request_export(connection, wanted, requester, now),
        )  # fmt: skip

    def _approved(
        self, export_id: str, campaign_id: str, recipient: str, *, phones: bool
    ) -> Export:
        with self.engine.connect() as connection:
            own = export_of(connection, export_id)
        if (own.campaign_id, own.recipient) != (campaign_id, recipient):
            raise RequestRefused(
                "conflict",
                f"the approved export is of campaign {own.campaign_id}, for {own.recipient!r}; "
                "name these, or request another one",
            )
        if own.phones != phones:
            raise RequestRefused(
                "conflict",
                f"the export was approved {'with' if own.phones else 'without'} phone numbers; "
                "write it so, or request another one",
            )
        return own

    def file(
        self,
        own: Export,
        out: Path,
        now: datetime,
        recorded: Recorded,
        allowed: frozenset[str] | None = None,
        *,
        role: str,
        force: bool = True,
    ) -> Receipt:
        """Write the file of an export and its receipt, its phone numbers as `role` sees them.

        Of those whom no rule forbids now, or `allowed` where that was looked up just now.
        `recorded` gets the receipt and the file before they are in their places. Raises
        RequestRefused (`conflict`) where the export was revoked meanwhile; a file that came to its
        place by then is marked.
        """
        sheet, shown = self._sheet(own, allowed, role, now)
        made = write_export(out, sheet, own, self.language, now, recorded, shown, force=force)
        with self.engine.connect() as connection:
            found = export_of(connection, own.id)
        if found.state == REVOKED:
            said = replace(made, revoked_at=now.isoformat(timespec="seconds"))
            replace_json(receipt_path(out), asdict(said))
            check_not_revoked(found)
        return made

    def _sheet(
        self, own: Export, allowed: frozenset[str] | None, role: str, now: datetime
    ) -> tuple[Sheet, str | None]:
        if allowed is None:
            allowed = self._allowed(own.campaign_id, now)
        about = {
            "purpose": own.purpose, "recipient": own.recipient, "expires": f"{own.expires_at:%F}",
        }  # fmt: skip
        sheet = sheet_of(
            store.folder(self.home, own.campaign_id), allowed, self.settings,
            self.currency, self.language, about, with_phones=own.phones,
        )  # fmt: skip
        if not own.phones:
            return sheet, None
        phones = serving_settings(self.home).phones
        parts = with_numbers(sheet.parts, self.engine, role, made_secrets(self.home), phones)
        return replace(sheet, parts=parts), how_shown(role, phones)

    def _allowed(self, campaign_id: str, now: datetime) -> frozenset[str]:
        """The treated of the list whom no rule forbids to contact now; of them alone the facts."""
        scores = last_scores(self.home, COLUMNS)
        own = scores["customer_id"].isin(store.treated(self.home, campaign_id))
        if not own.any():
            return frozenset()
        rules = self.settings.rules
        with self.engine.connect() as connection:
            listed = scores[own].reset_index(drop=True)
            facts = gather(self.home, connection, listed, rules, now)
        flags = free(broken(facts, rules, campaign_id))
        return frozenset(facts.customer_ids[flags].tolist())


def revoke_campaign(connection: Connection, campaign_id: str, now: datetime) -> int:
    """End the campaign, its holds and its exports; how many customers it held.

    `mark_files` says so in its files once this is committed. Raises as `store.revoke`.
    """
    count = store.revoke(connection, campaign_id, now)
    revoke_exports(connection, campaign_id)
    return count


def mark_files(connection: Connection, home: Path, campaign_id: str | None = None) -> None:
    """Say in the receipts of revoked campaigns that they are; of one, or of all.

    Of the files that lie in a campaign's folder, whatever their names. What is marked already stays
    as it is, so that who was killed between revoking and marking is followed by any other.
    """
    own = select(exports.c.id, exports.c.campaign_id, campaigns.c.revoked_at).join(campaigns)
    query = own.where(campaigns.c.state == store.REVOKED)
    if campaign_id is not None:
        query = query.where(campaigns.c.id == campaign_id)
    revoked = connection.execute(query).all()
    moments = {row.id: row.revoked_at for row in revoked}
    for one in sorted({row.campaign_id for row in revoked}):
        for receipt in store.folder(home, one).glob(f"*{RECEIPT}"):
            mark_revoked(receipt, moments)


def _detail(entry: Entry, own: Export) -> dict[str, object]:
    return {**entry.detail, "export": own.id, "count": own.rows, "phones": own.phones}


def kept_file(home: Path, campaign_id: str, export_id: str, file: str) -> Path:
    """Where the service writes the file of an export: by its id, as names may be anything."""
    return store.folder(home, campaign_id) / f"{export_id}{Path(file).suffix.lower()}"
