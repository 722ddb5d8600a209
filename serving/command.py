"""The `liuke` command: each subcommand reads its options, calls one function, shows the result."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from features.errors import LakeError
from features.settings import FeatureSettings, home_settings
from serving.console import note, refusals, reporting, show

app = typer.Typer(
    name="liuke",
    help="Who is about to leave, why, and whom to call. 留客.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
keys = typer.Typer(help="Keys that open the service.", no_args_is_help=True)
app.add_typer(keys, name="key")
potentials = typer.Typer(help="Customers who may become large ones.", no_args_is_help=True)
app.add_typer(potentials, name="potential")

Home = Annotated[
    Path, typer.Option("--home", envvar="LIUKE_HOME", help="The folder of data and models.")
]
Json = Annotated[bool, typer.Option("--json", help="Write the result as one JSON object.")]
AsOf = Annotated[
    datetime,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="As 2026-03-02: only facts known before it count.",
    ),
]
Language = Annotated[str, typer.Option("--language", help="Of the signs: en or zh.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another seed, another operator.")]
World = Annotated[
    Path | None,
    typer.Option(
        "--world",
        metavar="NAME|FILE",
        help="Its causes of leaving: default, prepaid-market, hidden-cause, or a TOML file.",
    ),
]
DEFAULT_HOME = Path("home")
DEMO_MARK = "demo.json"  # stands in a home that the demo made


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", help="A new folder for feeds and truth.")],
    customers: Annotated[int, typer.Option(min=1, help="On the first day; others join.")] = 20_000,
    months: Annotated[int, typer.Option(min=1, help="Of history.")] = 15,
    seed: Seed = 1,
    world: World = None,
    as_json: Json = False,
) -> None:
    """Make an operator with known causes of leaving: raw feeds, a mapping, the truth."""
    from features.simulate import read_world
    from features.simulate import simulate as run

    with refusals(as_json=as_json), reporting() as progress:
        made = run(out, customers, months, seed, read_world(world), progress)
    result = asdict(made) | {"out": str(made.out), "as_of": f"{made.as_of:%F}"}
    text = (
        f"{made.customers:,} customers over {made.weeks} weeks, up to {made.as_of:%F}; "
        f"{made.departures:,} left.\n"
        f"Next: liuke import {made.out / 'mapping.toml'} --from {made.out}"
    )
    show(result, text, as_json=as_json)


@app.command(name="import")
def import_(
    mapping: Annotated[Path, typer.Argument(help="The mapping file (TOML).")],
    source: Annotated[Path, typer.Option("--from", help="The folder of the extracts.")],
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Check an operator's extracts and add what is new to the lake."""
    from features.sources import import_feeds

    with refusals(as_json=as_json), reporting() as progress:
        _not_the_demo(home)
        report = import_feeds(home, mapping, source, datetime.now(UTC), progress)
    lines = [
        f"{feed.feed:<11}{feed.read:>12,} rows read, {feed.new:,} new, {feed.versions:,} "
        f"corrections, {feed.ignored:,} known already, {feed.bad:,} set aside; "
        f"clocks {feed.clock}"
        for feed in report.feeds
    ]
    lines += [f"  {bad}" for feed in report.feeds for bad in feed.quarantined]
    lines.append("The lake has grown." if report.changed else "The lake is as it was.")
    show(report.to_json(), "\n".join(lines), as_json=as_json)


@app.command()
def build(as_of: AsOf, home: Home = DEFAULT_HOME, as_json: Json = False) -> None:
    """Bring the histories up to date and build the base's features at a date."""
    from serving.nightly import build_base

    with refusals(as_json=as_json), reporting() as progress:
        built = build_base(_existing(home), as_of, progress)
    text = (
        f"{built.customers:,} customers in the network at {built.as_of}, "
        f"{built.features} features (fingerprint {built.fingerprint}): {built.path}"
    )
    show(_plain(built), text, as_json=as_json)


@app.command()
def train(as_of: AsOf, home: Home = DEFAULT_HOME, as_json: Json = False) -> None:
    """Train, judge out of time, and register a new version of the churn model."""
    from training.candidate import train as run

    with refusals(as_json=as_json), reporting() as progress:
        candidate = run(_existing(home), as_of, progress)
    figures = candidate.bundle.evaluation
    text = f"{candidate.bundle.card}\nRegistered as version {candidate.version}."
    show({"version": candidate.version, **figures}, text, as_json=as_json)


@app.command()
def promote(
    version: Annotated[str | None, typer.Argument(help="Default: the newest.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overrule the gate.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is overruled; recorded.")] = "",
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make a version champion if the gate lets it."""
    from training.promotion import promote as run

    with refusals(as_json=as_json):
        promoted, findings = run(home, version, _now(home), force=force, reason=reason)
    lines = [f"{'passed' if one.passed else 'FAILED'}  {one}" for one in findings]
    forced = any(not one.passed for one in findings)
    lines.append(f"Version {promoted} is champion{' (forced: ' + reason + ')' if forced else ''}.")
    result = {"version": promoted, "forced": forced, "findings": [asdict(one) for one in findings]}
    show(result, "\n".join(lines), as_json=as_json)


@app.command()
def rollback(home: Home = DEFAULT_HOME, as_json: Json = False) -> None:
    """Make the champion before this one champion again."""
    from training.promotion import rollback as run

    with refusals(as_json=as_json):
        version = run(home, _now(home))
    show({"version": version}, f"Version {version} is champion again.", as_json=as_json)


@app.command()
def score(as_of: AsOf, home: Home = DEFAULT_HOME, as_json: Json = False) -> None:
    """Score everyone in the network with the champion, with reasons."""
    from serving.nightly import score_base

    with refusals(as_json=as_json), reporting() as progress:
        scored = score_base(_existing(home), as_of, progress)
    text = (
        f"{scored.customers:,} customers scored at {scored.as_of} by version "
        f"{scored.model_version}; mean risk of the {scored.eligible:,} eligible "
        f"{scored.mean_risk:.2%}: {scored.path}"
    )
    show(_plain(scored), text, as_json=as_json)


@app.command(name="list")
def list_(
    size: Annotated[int, typer.Option(min=1, help="How many customers at most.")],
    out: Annotated[Path, typer.Option(help="The CSV to write; a receipt comes beside it.")],
    language: Language = "en",
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Write the customers with the most value at risk whom the rules let us contact."""
    from serving.retention.lists import write_list

    with refusals(as_json=as_json):
        receipt = write_list(home, size, out, language, _now(home))
    left_out = ", ".join(f"{count:,} {rule}" for rule, count in receipt.left_out.items())
    text = (
        f"{receipt.count:,} customers ({receipt.asked:,} were asked for), scored at "
        f"{receipt.as_of}: {out}\n"
        f"left out: {left_out}\nsha256 {receipt.sha256}"
    )
    show(asdict(receipt), text, as_json=as_json)


@app.command()
def customer(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Default: now."),
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show who a customer is, and every change of profile and contract, dated."""
    from serving.archive import archive, in_words

    with refusals(as_json=as_json):
        found = archive(_existing(home), customer_id, as_of or _now(home))
    show(found, in_words(found), as_json=as_json)


@app.command()
def tier(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show a customer's value tier, every change of it with its cause, and the one foretold."""
    from serving.tiers import customer_tier, in_words

    with refusals(as_json=as_json):
        found = customer_tier(_existing(home), customer_id)
    show(found, in_words(found), as_json=as_json)


@app.command(name="left")
def left_(
    since: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="The first day."),
    ],
    until: Annotated[
        datetime,
        typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="The day after the last."),
    ],
    out: Annotated[Path | None, typer.Option(help="A picture to write (PNG).")] = None,
    language: Language = "en",
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show who left in a period: reasons, where they went, and of which groups."""
    from serving.left import left
    from serving.left_views import check_language, check_picture, picture, table

    with refusals(as_json=as_json):
        check_language(language)
        if out is not None:
            check_picture(out)
        result = left(_existing(home), since, until)
        text = table(result, language)
        if out is not None:
            picture(result, out, language)
            result["picture"], text = str(out), f"{text}\n\nPicture: {out}"
    show(result, text, as_json=as_json)


@keys.command(name="new")
def key_new(
    role: Annotated[
        str, typer.Option(help="Of whoever holds the key, such as store, hotline, marketing.")
    ],
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make a key; it is shown once, alone on standard output."""
    from serving.access import new_key

    with refusals(as_json=as_json), _database(home) as engine:
        key = new_key(engine, role, _now(home))
    show({"id": key.id, "role": key.role, "key": key.secret}, key.secret, as_json=as_json)
    note(f"This key (id {key.id}, role {key.role}) is not shown again.")


@keys.command(name="revoke")
def key_revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `liuke key new` said it.")],
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """From now on the key opens nothing."""
    from serving.access import revoke_key

    with refusals(as_json=as_json), _database(home) as engine:
        revoke_key(engine, key_id, _now(home))
    show({"id": key_id, "revoked": True}, f"Key {key_id} is revoked.", as_json=as_json)


@potentials.command(name="list")
def potential_list(
    manager: Annotated[str | None, typer.Option(help="Only this account manager's.")] = None,
    size: Annotated[int, typer.Option(min=1, help="How many customers at most.")] = 20,
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show who may become a large customer: proposed, qualified, or confirmed by a manager."""
    from serving.nightly import last_scores
    from serving.potential import in_words, potential_customers

    with refusals(as_json=as_json), _database(home) as engine:
        found = potential_customers(home, last_scores(home), engine, _now(home).date(), manager)
    shown, more = found[:size], max(len(found) - size, 0)
    last = f"{len(shown):,} customers" + (f", and {more:,} more (--size)." if more else ".")
    text = "\n".join([*map(in_words, shown), last])
    show({"customers": shown, "more": more}, text, as_json=as_json)


@potentials.command(name="confirm")
def potential_confirm(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    manager: Annotated[str, typer.Option(help="Who confirms.")],
    until: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The last day on which it counts."),
    ],
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Confirm a qualified customer as a potential large one, until a date."""
    from serving.nightly import last_scores
    from serving.potential import confirm

    with refusals(as_json=as_json), _database(home) as engine:
        confirm(engine, last_scores(home), customer_id, manager, until.date(), _now(home))
    result = {"customer_id": customer_id, "manager": manager, "until": f"{until:%F}"}
    show(result, f"{customer_id} is confirmed by {manager} until {until:%F}.", as_json=as_json)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Default: settings/serving.toml.")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default: settings/serving.toml.")
    ] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Answer POST /score until Ctrl+C."""
    from serving.server import run
    from serving.settings import serving_settings

    with refusals(as_json=False):
        settings = serving_settings(home)
        run(home, host or settings.host, port or settings.port)


@app.command()
def demo(
    customers: Annotated[int, typer.Option(min=1, help="On the first day; others join.")] = 20_000,
    seed: Seed = 1,
    world: World = None,
    home: Home = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Simulate an operator and do the whole job on it, in a folder of its own."""
    from serving.demo import run, story

    with refusals(as_json=as_json), reporting() as progress:
        result = run(home, customers, seed, world, progress)
    show(result, story(home, result), as_json=as_json)


def main() -> None:
    """The entry point of the `liuke` command."""
    # LightGBM's threads then wait for each other without keeping a busy machine's cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    app()


def _database(home: Path) -> Any:
    """The operational database of this home, upgraded, as a context that disposes of it.

    Raises LakeError where there is no such home.
    """
    from contextlib import contextmanager

    from serving import database
    from serving.settings import serving_settings

    @contextmanager
    def opened() -> Any:
        engine = database.open_engine(_existing(home), serving_settings(home).database_url)
        try:
            database.upgrade(engine)
            yield engine
        finally:
            engine.dispose()

    return opened()


def _now(home: Path) -> datetime:
    """The operator's local time, without offset, as everything in the home is kept.

    Raises LakeError where there is no such home.
    """
    zone = ZoneInfo(home_settings(_existing(home), "features", FeatureSettings).timezone)
    return datetime.now(zone).replace(tzinfo=None)


def _existing(home: Path) -> Path:
    """`home`, if anything was imported there: a mistyped folder is not made into a home."""
    if not (home / "lake").is_dir():
        raise LakeError(
            f"nothing was ever imported into {home}. Name the right folder with --home, or begin "
            f"with `liuke import MAPPING.toml --from DIR --home {home}`."
        )
    return home


def _not_the_demo(home: Path) -> None:
    """Refuse to mix an operator's data with simulated ones, which the next demo would remove."""
    if (home / DEMO_MARK).exists():
        raise LakeError(f"{home} is the demo's folder. Choose another with --home.")


def _plain(result: Any) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(result).items()
    }
