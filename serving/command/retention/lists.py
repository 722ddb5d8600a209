"""`liuke list`: make a list, see why, write it for a recipient, revoke it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from features.words import say
from serving.command.options import (
    DEFAULT_HOME,
    Force,
    HomeFolder,
    Json,
    Language,
    currency_of,
    database,
    now,
    spoken,
)
from serving.console import refusals, reporting, show

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from typer._click.core import Context

    from serving.retention.campaign.running import Worker

DEFAULT = "make"
CampaignId = Annotated[str, typer.Argument(help="The campaign's id.")]


class Lists(TyperGroup):
    """`liuke list request.toml` and `liuke list --size N` make a list."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help"):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=Lists, help="Whom to contact: make lists, and what leaves of them.",
                  no_args_is_help=True)  # fmt: skip


@app.command(name=DEFAULT)
def make(
    request: Annotated[
        Path | None, typer.Argument(help="A TOML file that says what is wanted.", exists=True)
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, help="Without a request: how many customers at most.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="With --size: the .csv or .xlsx to write; a receipt comes beside it."),
    ] = None,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make the list of a request, or write the --size customers with the most to lose.

    `make` may be left away.
    """
    with refusals(as_json=as_json):
        language = spoken(home, language)
        if request is not None and size is None and out is None:
            result, text = _campaign(home, request, language)
        elif request is None and size is not None and out is not None:
            result, text = _simplest(home, size, out, language, force=force)
        else:
            wrong = "--out" if request is None and out is None else "--size"
            raise typer.BadParameter(
                "a list has a request, or --size and --out without one", param_hint=wrong
            )
    show(result, text, as_json=as_json)


def _simplest(
    home: Path, size: int, out: Path, language: str, *, force: bool
) -> tuple[dict[str, Any], str]:
    from serving.command.rights.audited import record_all
    from serving.retention.legend import excluded_words
    from serving.retention.lists import write_list

    with database(home, looking=True) as engine:

        def listed(customer_ids: Sequence[str]) -> None:
            record_all(home, engine, "list make", customer_ids, size=size)

        receipt = write_list(home, size, out, language, now(home), listed, force=force)
    text = say(
        "command", "listed", language,
        count=receipt.count, requested=receipt.requested, as_of=receipt.as_of, out=out,
        excluded=excluded_words(receipt.excluded, language), sha256=receipt.sha256,
    )  # fmt: skip
    if receipt.expected_loss is not None:
        text += "\n" + say("command", "expected_loss", language, formula=receipt.expected_loss)
    return asdict(receipt), text


def _campaign(home: Path, request: Path, language: str) -> tuple[dict[str, Any], str]:
    from serving.command.rights.audited import user
    from serving.retention.campaign import store
    from serving.retention.campaign.wording import summary_text
    from serving.retention.selection.request import read_request

    with database(home) as engine, reporting() as progress:
        wanted = read_request(request, now(home))
        found, _ = worker_of(home, engine).made(wanted, user(), progress)
    assert found.result is not None
    folder = store.folder(home, found.id)
    result = {"campaign": found.id, "folder": str(folder), **found.result}
    return result, summary_text(found, currency_of(home), folder, language)


def worker_of(home: Path, engine: Engine) -> Worker:
    """This process as one that makes lists, each with its row of the audit."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of
    from serving.retention.campaign.running import Worker
    from serving.retention.campaign.store import Campaign
    from serving.retention.retention_settings import retention_settings

    def recorded(own: Campaign, detail: dict[str, Any], work: Callable[[Connection], None]) -> None:
        entry = entry_of("list make", campaign=own.id, **detail)
        record_now(engine, entry, now(home), work)

    return Worker(home, engine, retention_settings(home), lambda: now(home), recorded)


@app.command(name="all")
def all_lists(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Show the campaigns, the newest first."""
    from serving.command.rights.audited import record
    from serving.retention.campaign import store
    from serving.retention.campaign.wording import table

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        record(home, engine, "list all")
        with engine.connect() as connection:
            found = store.latest(connection)
    result = {"campaigns": [own.to_json() for own in found]}
    show(result, table(found, language), as_json=as_json)


@app.command(name="show")
def show_list(
    campaign: CampaignId,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show what is said of a list: counts, gain, gap, control group, state."""
    from serving.command.rights.audited import record
    from serving.retention.campaign import store
    from serving.retention.campaign.wording import summary_text

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        with engine.connect() as connection:
            found = store.campaign(connection, campaign)
        record(home, engine, "list show", campaign=campaign)
        text = summary_text(found, currency_of(home), store.folder(home, campaign), language)
    show(found.to_json(), text, as_json=as_json)


@app.command()
def why(
    campaign: CampaignId,
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show why this customer is on the list, or why not."""
    from serving.command.rights.audited import record
    from serving.retention.campaign import store
    from serving.retention.campaign import why as answers

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        with engine.connect() as connection:
            store.ready(connection, campaign)
        found = answers.why(store.folder(home, campaign), customer)
        record(home, engine, "list why", customer, campaign=campaign)
        text = answers.in_words(found, currency_of(home), language)
    show(asdict(found), text, as_json=as_json)


@app.command()
def curve(
    campaign: CampaignId,
    out: Annotated[Path, typer.Option(help="The picture to write (.png).")],
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Draw what every budget would bring, and where spending stops to pay."""
    from features.disk.atomic import replacing
    from features.disk.outputs import check_out
    from serving.command.rights.audited import record
    from serving.retention.campaign import store
    from serving.retention.campaign.store import read_curve
    from serving.retention.choice.curve import Curve
    from serving.retention.choice.curve.picture import picture

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        check_out(out, (".png",), force=force)
        with engine.connect() as connection:
            store.ready(connection, campaign)
        found = read_curve(store.folder(home, campaign))
        record(home, engine, "list curve", campaign=campaign)
        drawn = picture(Curve.of_data(found), currency_of(home), language)
        with replacing(out) as temporary:
            drawn.savefig(temporary, format="png", dpi=150)
        text = say("command", "picture", language, path=out)
    show({"picture": str(out), **found}, text, as_json=as_json)


@app.command()
def export(
    campaign: CampaignId,
    out: Annotated[Path, typer.Option(help="The .csv or .xlsx to write; a receipt beside it.")],
    recipient: Annotated[str, typer.Option(help="Who gets the file; its mark names them.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="Until it expires.")] = 14,
    phones: Annotated[
        bool, typer.Option(help="With phone numbers, masked or whole by setting.")
    ] = False,
    approved: Annotated[
        str | None, typer.Option(help="The id of an export that was approved.")
    ] = None,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Write the list for a recipient; a large one waits until a second person approves it."""
    from serving.command.rights.audited import entry_of, user
    from serving.retention.campaign.exporting import Exporter

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        at = now(home)
        exporter = Exporter(home, engine, currency_of(home), language)
        entry = entry_of("list export", campaign=campaign, recipient=recipient)
        receipt = exporter.write(
            campaign, approved, recipient, at + timedelta(days=days), user(), out, entry, at,
            phones=phones, force=force,
        )  # fmt: skip
        text = say(
            "campaign", "exported", language, count=receipt.count, out=out,
            recipient=receipt.recipient, expires=receipt.expires_at[:10], sha256=receipt.sha256,
            export=receipt.watermark,
        )  # fmt: skip
    show(asdict(receipt), text, as_json=as_json)


@app.command()
def approve(
    export: Annotated[str, typer.Argument(help="The id of the export that waits.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Approve an export as a second person: another system user than the one who requested it."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of, user
    from serving.retention.export.approval import APPROVER, approve_export

    with refusals(as_json=as_json), database(home) as engine:
        language, at = spoken(home, language), now(home)
        found = record_now(
            engine,
            entry_of("list approve", export=export),
            at,
            lambda connection: approve_export(connection, export, user(), APPROVER, at),
        )
        key = "approved_phones" if found.phones else "approved"
        text = say("campaign", key, language, export=export, count=found.rows)
    said = {"rows": found.rows, "phones": found.phones, "approved_by": found.approved_by}
    show({"export": found.id, **said}, text, as_json=as_json)


@app.command()
def revoke(
    campaign: CampaignId,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """End a campaign: its holds, its exports, and the receipts of files that lie in the home."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of
    from serving.retention.campaign.exporting import mark_files, revoke_campaign

    with refusals(as_json=as_json), database(home) as engine:
        language, at = spoken(home, language), now(home)

        def mark() -> None:
            with engine.connect() as connection:
                mark_files(connection, home, campaign)

        mark()  # of one that is revoked, where its process ended before it marked
        count = record_now(
            engine,
            entry_of("list revoke", campaign=campaign),
            at,
            lambda connection: revoke_campaign(connection, campaign, at),
        )
        mark()
        text = say("campaign", "revoked", language, id=campaign, count=count)
    show({"campaign": campaign, "released": count}, text, as_json=as_json)
