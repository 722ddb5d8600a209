"""Back up a home, and restore it."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from features.errors import SettingsError
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

app = typer.Typer()
PASSPHRASE = "LIUKE_PASSPHRASE"
Passphrase = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help=f"Seals the keys of phone numbers; or {PASSPHRASE} in the environment.",
    ),
]


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, such as liuke.tar.gz.")],
    passphrase_file: Passphrase = None,
    lake: Annotated[bool, typer.Option("--lake", help="With the lake's feeds.")] = False,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Write database, last night's rows and scores, models and settings as one checked file."""
    from serving.backup.backup import back_up
    from serving.command.rights.audited import record

    with refusals(as_json=as_json), reporting() as progress, database(home) as engine:
        language = spoken(home, language)
        passphrase = _passphrase(passphrase_file)
        record(home, engine, "backup", with_lake=lake)
        made = back_up(
            home, engine, file, now(home),
            passphrase=passphrase, with_lake=lake, force=force, progress=progress,
        )  # fmt: skip
    text = say("people", "backed_up", language, **asdict(made))
    text += "\n" + say("people", f"backup_secrets_{made.secrets}", language)
    show(asdict(made), text, as_json=as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="As `liuke backup` wrote it.")],
    passphrase_file: Passphrase = None,
    database_url: Annotated[
        str | None,
        typer.Option(help="Of the operational database; '' for a file in the home."),
    ] = None,
    sha256: Annotated[str | None, typer.Option(help="Of the file, as the backup said it.")] = None,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of a home, once it was checked to its end."""
    from serving.access.clock import local_clock
    from serving.audit.journal import record_now
    from serving.backup.restore import restore as run
    from serving.command.rights.audited import entry_of
    from serving.database import opened
    from serving.service_settings import serving_settings

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        passphrase = _passphrase(passphrase_file)
        made = run(
            file, home,
            passphrase=passphrase, database_url=database_url, sha256=sha256, force=force,
            progress=progress,
        )  # fmt: skip
        with opened(home, serving_settings(home).database_url) as engine:
            entry = entry_of("restore", made_at=made.made_at)
            record_now(engine, entry, local_clock(home)(), lambda _: None)
    text = say("people", "restored", language, **asdict(made))
    text += "\n" + say("people", f"restored_secrets_{made.secrets}", language)
    if made.pseudonyms == "missing":
        text += "\n" + say("people", "restored_pseudonyms_missing", language)
    show(asdict(made), text, as_json=as_json)


def _passphrase(file: Path | None) -> str | None:
    """The passphrase from the file, else from the environment; null where none is given."""
    if file is None:
        return os.environ.get(PASSPHRASE) or None
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read as a passphrase in UTF-8") from error
