"""Where a query of a mapping reads files: found in DuckDB's own syntax tree of it.

    read_csv('bills_*.csv', all_varchar = true)     from 'bills.parquet'

The places are replaced by calls that name the files and, of text, everything that DuckDB would
otherwise guess: it takes some guesses for certain and passes over rows in silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from features.errors import FileRefused, SettingsError
from features.files.text.layouts import Declared, Layout
from features.imports.fields.checks import literal, quoted

FORMS = {
    "CSV": ("read_csv", "read_csv_auto"),
    "JSON": (
        "read_json", "read_json_auto", "read_ndjson", "read_ndjson_auto", "read_json_objects",
        "read_json_objects_auto", "read_ndjson_objects",
    ),
    "Parquet": ("read_parquet", "parquet_scan"),
    "Excel": ("read_xlsx",),
}  # fmt: skip
READERS = tuple(function for functions in FORMS.values() for function in functions)
# What a call may say about a text, by the name that the rest of the code has for it.
SAID = {
    "delim": "delimiter", "sep": "delimiter", "delimiter": "delimiter", "quote": "quote",
    "escape": "escape", "comment": "comment", "header": "header", "skip": "skipped",
    "encoding": "encoding", "compression": "compression", "new_line": "new_line",
}  # fmt: skip
NAMED = ("names", "column_names", "columns")  # each says what the columns of a file are called
LENIENT = ("ignore_errors", "null_padding", "store_rejects", "strict_mode")


@dataclass(frozen=True)
class Scan:
    """One place of a query: its bytes from `start` to `end`, what reads there and what it says.

    `function` is empty where the query names a file alone; `alias` is then what its columns may
    be called by. `said` has the values of the named arguments, `kept` their text.
    """

    start: int
    end: int
    function: str
    patterns: tuple[str, ...]
    alias: str
    said: dict[str, Any]
    kept: dict[str, str]

    def declared(self, encoding: str | None) -> Declared:
        """What the call says of its files; `encoding` is the mapping's."""
        said = {SAID[name]: value for name, value in self.said.items() if name in SAID}
        names = next((self.said[one] for one in NAMED if self.said.get(one)), None)
        return Declared(
            encoding=encoding or said.get("encoding"),
            delimiter=said.get("delimiter"),
            quote=said.get("quote"),
            escape=said.get("escape") or None,
            header=None if "header" not in said else said["header"] in (True, 1, "true", "1"),
            names=tuple(map(str, names)) if names else None,
            skipped=int(said.get("skipped") or 0),
            comment=said.get("comment") or None,
            sheet=self.said.get("sheet"),
            json=self.function in FORMS["JSON"],
            quarantine_uneven=True,
            lenient=any(name in self.said for name in LENIENT),
            remedy='declare it in the feed\'s mapping: encoding = "NAME"',
        )

    def call(self, form: str, files: list[str], layout: Layout | None) -> str:
        """SQL that reads these files, of this form, with nothing left to guess about their text.

        Raises FileRefused where the call reads files of another form.
        """
        reads_text = form == "Excel" and self.function in FORMS["CSV"]
        if self.function and self.function not in FORMS[form] and not reads_text:
            raise FileRefused(
                f"the query reads {', '.join(self.patterns)} with {self.function}, but it is "
                f"{form}; read it with {FORMS[form][0]}"
            )
        kept = {name: text for name, text in self.kept.items() if name not in SAID}
        if form == "Excel" and not reads_text:
            kept = {"all_varchar": "true"}
        if layout is not None:
            kept |= _pinned(layout)
        own = self.function if form != "Excel" else ""
        function = own or {"Parquet": "read_parquet", "JSON": "read_json_auto"}.get(
            form, "read_csv"
        )
        listed = f"[{', '.join(map(literal, files))}]"
        alias = f" AS {quoted(self.alias)}" if self.alias else ""
        return f"{function}({listed}{_said(kept)}){alias}"

    def elsewhere(self, paths: list[str]) -> str:
        """The call of another function than a reader of rows, with these paths."""
        listed = literal(paths[0]) if len(paths) == 1 else f"[{', '.join(map(literal, paths))}]"
        return f"{self.function}({listed}{_said(self.kept)})"


def _said(arguments: dict[str, str]) -> str:
    return "".join(f", {name} = {text}" for name, text in arguments.items())


def _pinned(layout: Layout) -> dict[str, str]:
    return {
        "delim": literal(layout.dialect.delimiter),
        "quote": literal(layout.dialect.quote),
        "escape": literal(layout.dialect.escape),
        "header": str(layout.header).lower(),
        "comment": "''",
        "skip": "0",
        "compression": "'none'",
    }


def scans_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Scan]:
    """The places of the query that name files, in order. Raises SettingsError.

    Readers whose files are not written out as text constants are refused: what they read could
    not be accounted for.
    """
    ((text,),) = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    tree = json.loads(text)
    if tree["error"]:
        raise SettingsError(f"the query cannot be read: {tree['error_message']}")
    code = sql.encode()
    found = [scan for node in _tables(tree) if (scan := _scan(code, node)) is not None]
    return sorted(found, key=lambda scan: scan.start)


def _tables(node: Any) -> Iterator[dict[str, Any]]:
    """The nodes of the tree that tables come from."""
    if isinstance(node, dict):
        if node.get("type") in ("BASE_TABLE", "TABLE_FUNCTION"):
            yield node
        for value in node.values():
            yield from _tables(value)
    elif isinstance(node, list):
        for value in node:
            yield from _tables(value)


def _scan(code: bytes, node: dict[str, Any]) -> Scan | None:
    start = node["query_location"]
    if node["type"] == "BASE_TABLE":
        name, end = node["table_name"], _end_of_name(code, start)
        if node["schema_name"] or not end:
            return None
        alias = "" if node["alias"] else name.rsplit("/", 1)[-1].split(".")[0]
        return Scan(start, end, "", (name,), alias, {}, {})
    function = node["function"]["function_name"].lower()
    arguments = node["function"]["arguments"]
    if not arguments:
        return None
    patterns = _texts(arguments[0]["expression"])
    if patterns is None:
        if function in READERS:
            raise SettingsError(f"{function} must name its files as texts, such as 'bills_*.csv'")
        return None
    said, kept, end = {}, {}, start
    for place, argument in enumerate(arguments):
        name, value = _named(argument)
        at = value["query_location"]
        end = at + value["query_location_length"]
        if place and name:
            kept[name] = code[at:end].decode()
            said[name] = _value(value, name, function)
    return Scan(start, code.index(b")", end) + 1, function, tuple(patterns), "", said, kept)


def _end_of_name(code: bytes, start: int) -> int:
    """Where the quoted name that begins at `start` ends; 0 if there is none."""
    quote = code[start : start + 1]
    if quote not in (b"'", b'"'):
        return 0
    end = start + 1
    while code[end : end + 1] != quote or code[end + 1 : end + 2] == quote:
        end += 1 if code[end : end + 1] != quote else 2
    return end + 1


def _named(argument: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An argument's name, "" if it has none, and its value."""
    value: dict[str, Any] = argument["expression"]
    if argument["name"]:
        return argument["name"].lower(), value
    if value["type"] == "COMPARE_EQUAL" and value["left"]["type"] == "COLUMN_REF":
        return str(value["left"]["column_names"][-1]).lower(), value["right"]
    return "", value


def _texts(value: dict[str, Any]) -> list[str] | None:
    """The text constants that the value is: one, or a list of them; None if it is another."""
    if value["type"] == "VALUE_CONSTANT":
        return [value["literal"]["text"]] if value["literal"]["kind"] == "STRING" else None
    if value["type"] == "FUNCTION" and value["function_name"] in ("list_value", "main.list_value"):
        texts = [_texts(one["expression"]) for one in value["arguments"]]
        return [text for one in texts for text in one or []] if all(texts) else None
    return None


def _value(value: dict[str, Any], name: str, function: str) -> Any:
    """A constant of a named argument; None for what is not one and need not be."""
    texts = _texts(value)
    if texts is not None:
        return texts[0] if value["type"] == "VALUE_CONSTANT" else texts
    if value["type"] == "VALUE_CONSTANT":
        plain = value["literal"].get("text", value["literal"].get("value"))
        return {"true": True, "false": False}.get(str(plain).lower(), plain)
    if value["type"] == "FUNCTION" and value["function_name"] == "struct_pack":
        return [one["name"] for one in value["arguments"]]
    if name in SAID and function in READERS:
        raise SettingsError(f"{function}: {name} must be written out, such as {name} = ','")
    return None
