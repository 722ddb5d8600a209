"""`liuke campaign`: what comes of a list: outcomes in, facts out, differences, the read-out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from features.words import say
from serving.command.options import (
    DEFAULT_HOME,
    Force,
    HomeFolder,
    Json,
    Language,
    database,
    now,
    spoken,
)
from serving.console import refusals, reporting, show

app = typer.Typer(help="What a list brought: outcomes, facts, the read-out.", no_args_is_help=True)
CampaignId = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")]


@app.command()
def outcomes(
    file: Annotated[Path, typer.Argument(help="CSV: docs/campaigns.md has its columns.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Record the outcomes that a call centre returned; the same file again changes nothing."""
    from serving.campaigns.outcomes.importing import import_outcomes
    from serving.command.rights.audited import entry_of

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        entry = entry_of("campaign outcomes")
        found = import_outcomes(home, engine, file, entry, now(home))
    counts = {name: own for name, own in asdict(found).items() if isinstance(own, int)}
    lines = [say("readout", "imported", language, file=file.name, **counts)]
    lines += [f"  {count}: {reason}" for reason, count in found.quarantined.items()]
    if found.quarantine_file:
        lines.append(say("readout", "quarantined", language, path=found.quarantine_file))
    show(found.to_json(), "\n".join(lines), as_json=as_json)


@app.command()
def facts(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Bring what the ledger knows of campaigns into the lake, as the night does."""
    from serving.campaigns.publishing import publish_contacts
    from serving.command.rights.audited import record

    with refusals(as_json=as_json), reporting() as progress, database(home) as engine:
        language = spoken(home, language)
        record(home, engine, "campaign facts")
        found = publish_contacts(home, engine, now(home), progress)
    show(asdict(found), say("readout", "facts", language, **asdict(found)), as_json=as_json)


@app.command()
def reconcile(
    campaign: CampaignId,
    file: Annotated[
        Path | None, typer.Option(help="A file of outcomes; without one, the feed `contacts`.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The rows as CSV.")] = None,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show, row by row, where the ledger and a file of outcomes, or the feed, differ."""
    import pandas as pd

    from features.disk.atomic import replacing
    from features.disk.outputs import check_out
    from serving.audit.search import UNNAMED
    from serving.campaigns.reconciliation import Difference, reconcile
    from serving.command.rights.audited import record

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        if out is not None:
            check_out(out, (".csv",), force=force)
        with engine.connect() as connection:
            found = reconcile(home, connection, campaign, now(home), file)
        about = {UNNAMED: len(found.differences)}
        record(home, engine, "campaign reconcile", campaign=campaign, **about)
        if out is not None:
            columns = list(Difference.__dataclass_fields__)
            rows = pd.DataFrame([asdict(own) for own in found.differences], columns=columns)
            with replacing(out) as temporary:
                rows.to_csv(temporary, index=False)
    result = found.to_json()
    lines = [say("readout", "reconciled", language, same=found.same, compared=found.compared)]
    lines += [
        "  " + say("readout", kind, language, count=count)
        for kind, count in result["counts"].items()
        if count
    ]
    show(result, "\n".join(lines), as_json=as_json)


@app.command()
def readout(
    campaign: CampaignId,
    out: Annotated[Path | None, typer.Option(help="A report with pictures (.html).")] = None,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show what the campaign brought against its control group, with intervals, harm as gain."""
    from features.disk.atomic import replacing
    from features.disk.outputs import check_out
    from features.engine.store import open_last_histories
    from serving.audit.journal import record_now
    from serving.campaigns.readout import looks, reading, wording
    from serving.campaigns.readout.page import html
    from serving.command.options import currency_of
    from serving.command.rights.audited import entry_of, user

    with refusals(as_json=as_json), database(home) as engine:
        language, at = spoken(home, language), now(home)
        if out is not None:
            check_out(out, (".html",), force=force)
        with engine.connect() as connection:
            found = reading.gathered(home, connection, open_last_histories(home), campaign, at)
        entry = entry_of("campaign readout", campaign=campaign)
        count = record_now(
            engine, entry, at,
            lambda connection: looks.look(connection, campaign, found.data, user(), at),
        )  # fmt: skip
        result = reading.read_out(found, count, language)
        reading.write_readout(home, campaign, result)
        text = wording.in_words(result, currency_of(home), language)
        if out is not None:
            with replacing(out) as temporary:
                temporary.write_text(html(result, currency_of(home), language), "utf-8")
            text += "\n" + say("readout", "page_written", language, path=out)
    show(result, text, as_json=as_json)


@app.command()
def learn(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Update what lists assume of the offers by what all campaigns showed that were read out."""
    from features.engine.store import open_last_histories
    from serving.audit.journal import record_now
    from serving.campaigns.learning.learning import keep, seen, to_json
    from serving.command.rights.audited import entry_of, user
    from serving.retention.learned.posterior import learned
    from serving.retention.learned.wording import evidence_lines
    from serving.retention.retention_settings import retention_settings

    with refusals(as_json=as_json), database(home) as engine:
        language, at = spoken(home, language), now(home)
        with engine.connect() as connection:
            found = seen(home, connection, open_last_histories(home), at, language)
        campaigns = [one.campaign for one in found.counted]
        entry = entry_of("campaign learn", campaigns=campaigns)
        record_now(engine, entry, at, lambda connection: keep(home, connection, found, user(), at))
        with engine.connect() as connection:
            known = learned(home, connection, retention_settings(home))
    about = None if known is None else known.about({})
    others = len(found.passed_over)
    lines = [say("readout", "learned", language, campaigns=len(campaigns), others=others)]
    lines += [
        "  " + say("readout", "passed_over", language, campaign=own, why=why)
        for own, why in found.passed_over.items()
    ]
    if about is None:
        lines.append(say("readout", "not_learned", language))
    else:
        lines += evidence_lines(about, language)
    show(to_json(found, about), "\n".join(lines), as_json=as_json)


@app.command()
def holdout(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Show what all commercial contact did over the year, against the universal holdout."""
    from features.engine.store import open_last_histories
    from features.settings import home_settings
    from serving.campaigns.holdout import holdout_effect
    from serving.campaigns.readout.wording import holdout_words
    from serving.command.options import existing
    from training.fit_settings import TrainingSettings

    with refusals(as_json=as_json):
        language = spoken(home, language)
        rules = home_settings(existing(home), "training", TrainingSettings).label
        found = holdout_effect(open_last_histories(home), rules, now(home), language)
        text = holdout_words(found, language)
    show(found, text, as_json=as_json)
