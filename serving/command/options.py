"""What subcommands share: options, and the home that they look into."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from features.disk.locks import Held, writer_of
from features.errors import HomeBusy, LakeError, OutputError, SettingsError
from features.home import DEMO, Home
from features.settings import FeatureSettings, home_settings
from features.words import check_language, say
from serving.console import at_end, speak
from training.models.registry.moved import TRACKING, settle

if TYPE_CHECKING:
    from sqlalchemy import Engine

HomeFolder = Annotated[
    Path, typer.Option("--home", envvar="LIUKE_HOME", help="The folder of data and models.")
]
Json = Annotated[bool, typer.Option("--json", help="Write the result as one JSON object.")]
_AS_OF = typer.Option(
    "--as-of",
    formats=["%Y-%m-%d"],
    metavar="DATE",
    help="As 2026-03-02: only facts known before it count.",
)
AsOf = Annotated[datetime, _AS_OF]
AsOfOrOther = Annotated[datetime | None, _AS_OF]  # where another option may take its place
Moment = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="As 2026-03-02; default: the latest moment that the data know.",
    ),
]
Night = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Of a night; default: the last one."
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language", metavar="en|zh", help="Of what is printed; default: settings/serving.toml."
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another seed, another operator.")]
World = Annotated[
    Path | None,
    typer.Option(
        "--world",
        metavar="NAME|FILE",
        help="Its causes of leaving: default, prepaid-market, hidden-cause, or a TOML file.",
    ),
]
Size = Annotated[int, typer.Option("--size", min=1, help="How many at most.")]
DEFAULT_HOME = Path("home")


def spoken(home: Path, language: str | None) -> str:
    """The language of this subcommand, refusals too: as given, or else the home's setting.

    Raises SettingsError for another language.
    """
    if language is not None:
        check_language(language, "--language")
    return speak(language or _set_language(home))


def _set_language(home: Path) -> str:
    """The home's language; English where its settings of the service cannot be read.

    The commands that use these settings refuse there; a rollback needs none of them.
    """
    from serving.service_settings import serving_settings

    try:
        return serving_settings(home).language
    except SettingsError:
        return "en"


@contextmanager
def database(home: Path, *, looking: bool = False, or_tables: bool = False) -> Iterator[Engine]:
    """The operational database of this home; see `serving.database.opened` and `existing`.

    Raises LakeError where there is no such home, OutputError where the database refuses.
    """
    from serving.database import opened
    from serving.service_settings import serving_settings

    url = serving_settings(existing(home, or_tables=or_tables)).database_url
    with opened(home, url, looking=looking) as engine:
        yield engine


def currency_of(home: Path) -> str:
    """The code of the operator's currency, such as CNY."""
    return home_settings(existing(home), "features", FeatureSettings).currency


def now(home: Path, *, or_tables: bool = False) -> datetime:
    """The operator's local time, without offset, as everything in the home is kept.

    Raises LakeError where there is no such home.
    """
    own = existing(home, or_tables=or_tables)
    zone = ZoneInfo(home_settings(own, "features", FeatureSettings).timezone)
    return datetime.now(zone).replace(tzinfo=None)


def existing(home: Path, *, or_tables: bool = False) -> Path:
    """`home`, if anything was imported there: a mistyped folder is not made into a home.

    `or_tables`: or if a table was trained there, for what needs no operator's data.
    One that was copied or moved here is brought up to date, and one that is being made by the
    demo is not there yet. Raises LakeError, HomeBusy.
    """
    _hold(home)
    writer = writer_of(home)
    if writer is not None and writer.startswith(f"`{DEMO}`"):
        raise HomeBusy(f"{writer} is making {home}; wait until it has ended, then run again.")
    if not Home(home).lake.is_dir() and not (or_tables and Home(home).tables.is_dir()):
        raise LakeError(
            f"nothing was ever imported into {home}. Name the right folder with --home, or begin "
            f"with `liuke import MAPPING.toml --from DIR --home {home}`."
        )
    if os.access(Home(home).mlflow, os.W_OK) and not os.environ.get(TRACKING):
        with suppress(OutputError):  # who needs the registry settles it too, and refuses there
            settle(home)
    return home


def _hold(home: Path) -> None:
    """Keep the home from being emptied by the demo as long as the running subcommand reads it."""
    with suppress(OSError):  # it is not there, or on a disk that has no locks
        at_end(Held(home).close)


def not_the_demo(home: Path) -> None:
    """Refuse to mix an operator's data with simulated ones, which the next demo would remove."""
    if Home(home).demo_mark.exists():
        raise LakeError(f"{home} is the demo's folder. Choose another with --home.")


def plain(result: Any) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(result).items()
    }


def counted(shown: Sequence[object], more: int, what: str, language: str) -> str:
    """The last line of a table that was cut off at `--size`."""
    rest = say("command", "more", language, count=more) if more else ""
    return say("command", "counted", language, count=len(shown), what=what, more=rest)
