"""The whole base: score it, list whom to call, groups, who churned, who may become large."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from features.errors import SettingsError
from features.words import say
from serving.command.options import (
    DEFAULT_HOME,
    AsOf,
    Force,
    HomeFolder,
    Json,
    Language,
    Night,
    Size,
    counted,
    currency_of,
    database,
    existing,
    now,
    plain,
    spoken,
)
from serving.console import refusals, reporting, show

app = typer.Typer()
potentials = typer.Typer(help="Customers who may become large ones.", no_args_is_help=True)
app.add_typer(potentials, name="potential")


@app.command()
def score(
    as_of: AsOf,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Score all customers in the network with the champion, with reasons."""
    from serving.nightly import score_base

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        scored = score_base(existing(home), as_of, progress)
    risk = "–" if scored.mean_risk is None else f"{scored.mean_risk:.2%}"
    text = say(
        "command", "scored", language,
        customers=scored.customers, as_of=scored.as_of, version=scored.model_version,
        eligible=scored.eligible, risk=risk, path=scored.path,
    )  # fmt: skip
    if scored.reasons_changed is not None:
        changed = say("command", "reasons_changed", language, share=scored.reasons_changed)
        text += f"\n{changed}"
    show(plain(scored), text, as_json=as_json)


@app.command(name="churned")
def churned(
    since: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="The first day."),
    ],
    until: Annotated[
        datetime,
        typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="The day after the last."),
    ],
    out: Annotated[Path | None, typer.Option(help="A picture to write (.png).")] = None,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show the churned customers of a period: reasons, where they went, and of which groups."""
    from features.disk.outputs import check_out
    from serving.customers.churned import churned_customers
    from serving.customers.churned_views import PICTURES, picture, table

    with refusals(as_json=as_json):
        language = spoken(home, language)
        if out is not None:
            check_out(out, PICTURES, force=force)
        result = churned_customers(existing(home), since, until)
        text = table(result, language)
        if out is not None:
            picture(result, out, language)
            written = say("command", "picture", language, path=out)
            result["picture"], text = str(out), f"{text}\n\n{written}"
    show(result, text, as_json=as_json)


@app.command(
    hidden=True, context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
)
def left() -> None:
    """Say by which name `liuke left` goes now."""
    with refusals(as_json="--json" in sys.argv):
        raise SettingsError(
            "`liuke left` is now `liuke churned`, with the same options; in its JSON the count "
            "`left` is now `churned`."
        )


@app.command(name="groups")
def groups_(
    manager: Annotated[str | None, typer.Option(help="Only this account manager's.")] = None,
    as_of: Night = None,
    size: Size = 20,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show groups: members, tier, who is at risk; the one with the most to lose first."""
    from serving.customers.groups import groups, in_words
    from serving.scores import scores_of

    with refusals(as_json=as_json):
        language = spoken(home, language)
        scores = scores_of(existing(home), as_of)
        found, currency = groups(home, scores, manager), currency_of(home)
        night = f"{scores['as_of'].iloc[0]:%F}"
    shown, more = found[:size], max(len(found) - size, 0)
    what = say("command", "groups", language, night=night)
    lines = [in_words(group, currency, language) for group in shown]
    lines.append(counted(shown, more, what, language))
    result = {"as_of": night, "groups": shown, "more": more, "currency": currency}
    show(result, "\n".join(lines), as_json=as_json)


@potentials.command(name="list")
def potential_list(
    manager: Annotated[str | None, typer.Option(help="Only this account manager's.")] = None,
    size: Size = 20,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show who may become a large customer: proposed, qualified, or confirmed by a manager."""
    from serving.command.rights.audited import record
    from serving.customers.potential import in_words, potential_customers
    from serving.scores import last_scores

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, looking=True) as engine:
            scores = last_scores(home)
            night = scores["as_of"].iloc[0].date()
            found = potential_customers(home, scores, engine, night, manager)
            shown, more = found[:size], max(len(found) - size, 0)
            record(home, engine, "potential list", *(one["customer_id"] for one in shown))
    what = say("command", "customers_at", language, night=f"{night:%F}")
    lines = [in_words(customer, language) for customer in shown]
    lines.append(counted(shown, more, what, language))
    result = {"as_of": f"{night:%F}", "customers": shown, "more": more}
    show(result, "\n".join(lines), as_json=as_json)


@potentials.command(name="confirm")
def potential_confirm(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    manager: Annotated[str, typer.Option(help="Who confirms.")],
    until: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The last day on which it counts."),
    ],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Confirm a qualified customer as a potential large one, until a date."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of
    from serving.customers.potential import confirm
    from serving.scores import last_scores

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home) as engine:
            scores, at = last_scores(home), now(home)
            record_now(
                engine, entry_of("potential confirm", customer_id), at,
                lambda connection: confirm(
                    connection, scores, customer_id, manager, until.date(), at
                ),
            )  # fmt: skip
    result = {"customer_id": customer_id, "manager": manager, "until": f"{until:%F}"}
    confirmed = {"customer": customer_id, "manager": manager, "until": f"{until:%F}"}
    show(result, say("command", "confirmed", language, **confirmed), as_json=as_json)
