"""Declared conversions: how an operator's texts become values, column by column of the query.

    [feed.bills.read]
    revenue_fen = {times = 100, thousands = ","}     # 1,234.50 in yuan becomes 123450 fen
    issued = {format = "%d.%m.%Y %H:%M"}             # of dates and clocks
    due = {format = "%Y%m%d", missing = ["00000000"]}

    [feed.customers.read]
    payment_mode = {values = {"1" = "prepaid", "2" = "postpaid"}}
    consent = {values = {Y = "true", N = "false"}}

A value that its declaration does not read makes one bad row, never a refused import. Numbers are
read from their digits, so that no fraction is lost to floating point.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from features.errors import SettingsError
from features.feeds import Column

MAX_TIMES = 10**6
DIGITS, DECIMALS = 18, 12  # before and after the decimal sign; with MAX_TIMES within a HUGEINT
EXAMPLE = "TIMESTAMP '2025-01-31 08:30:45'"
SEPARATORS = {".": "[.]", ",": ",", "'": "['’]", " ": "[ \u00a0\u202f]"}
NUMBER_KEYS = ("times", "thousands", "decimal", "symbol", "round")


@dataclass(frozen=True)
class Conversion:
    """How one column of a query is read; no key set means as it stands.

    `format`: of a date or time, as strptime has it. `times`: what a number is multiplied by, 100
    from a currency to its hundredths, 60 from minutes to seconds; the result must be whole unless
    `round`. `thousands`, `decimal` and `symbol` are how the number is written. `values`: what each
    text means. `missing`: texts that stand for a missing value.
    """

    format: str | None = None
    times: int | None = None
    thousands: str | None = None
    decimal: str | None = None
    symbol: str | None = None
    round: bool = False
    values: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it says how a number is written."""
        declared = (getattr(self, key) for key in NUMBER_KEYS)
        return any(value is not None and value is not False for value in declared)

    def check(self, column: Column, where: str) -> None:
        """Raises SettingsError where the declaration does not fit the column."""
        kind = "date or time" if column.type in ("date", "timestamp") else column.type
        if self.format is not None and kind != "date or time":
            raise SettingsError(f"{where} has a format, but {column.name} is {kind}; expected none")
        if self.is_number and kind != "int64":
            raise SettingsError(
                f"{where} says how a number is written, but {column.name} is {kind}; expected only "
                f"format, values and missing"
            )
        if self.values and (self.format is not None or self.is_number):
            raise SettingsError(f"{where} has values beside another conversion; expected one")
        if self.is_number:
            self._check_number(column, where)
        if self.format is not None:
            _check_format(self.format, column, where)

    def _check_number(self, column: Column, where: str) -> None:
        if self.times is not None and not 1 <= self.times <= MAX_TIMES:
            raise SettingsError(f"{where} has times {self.times}; expected 1 to {MAX_TIMES}")
        if self.round and column.name.endswith("_fen"):
            raise SettingsError(f"{where} rounds an amount of money; expected it exact")
        point = self.decimal or "."
        if point not in (".", ","):
            raise SettingsError(f'{where} has decimal {point!r}; expected "." or ","')
        if self.thousands is not None and self.thousands not in set(SEPARATORS) - {point}:
            others = " ".join(repr(sign) for sign in SEPARATORS if sign != point)
            raise SettingsError(f"{where} has thousands {self.thousands!r}; expected {others}")

    def present(self, raw: str) -> str:
        """SQL of whether there is a value at all."""
        return f"{self.text(raw)} IS NOT NULL" if self.missing else f"{raw} IS NOT NULL"

    def text(self, raw: str) -> str:
        """SQL of the raw value as text, null where it means that there is none."""
        text = f"trim(CAST({raw} AS VARCHAR))"
        if not self.missing:
            return text
        listed = ", ".join(literal(each.strip()) for each in self.missing)
        midnight = f"regexp_replace({text}, ' 00:00:00$', '')"
        return (
            f"CASE WHEN {text} NOT IN ({listed}) AND {midnight} NOT IN ({listed}) THEN {text} END"
        )

    def meant(self, raw: str) -> str:
        """SQL of the text that `values` gives for a text; null for one that it does not list."""
        whens = " ".join(
            f"WHEN {literal(key.strip())} THEN {literal(value)}"
            for key, value in self.values.items()
        )
        return f"CASE {self.text(raw)} {whens} END"

    def number(self, raw: str, *, is_text: bool) -> str:
        """SQL of the number times `times` as a BIGINT; null where it is not one, exactly."""
        text, pattern = self.text(raw), self._pattern(is_text)
        signs, more, whole, after = (
            f"regexp_extract({text}, {literal(pattern)}, {group})" for group in (1, 2, 3, 4)
        )
        whole = f"ltrim(regexp_replace({whole}, '[^0-9]', '', 'g'), '0')"
        after = f"rtrim({after}, '0')"
        scale = 10**DECIMALS
        scaled = f"CAST({whole} || rpad({after}, {DECIMALS}, '0') AS HUGEINT) * {self.times or 1}"
        is_read = (
            f"regexp_full_match({text}, {literal(pattern)}) AND regexp_matches({text}, '[0-9]') "
            f"AND length({signs} || {more}) < 2 "
            f"AND length({whole}) <= {DIGITS} AND length({after}) <= {DECIMALS}"
        )
        if self.round:
            value = f"({scaled} + {scale // 2}) // {scale}"
        else:
            value = f"CASE WHEN ({scaled}) % {scale} = 0 THEN ({scaled}) // {scale} END"
        signed = f"CASE WHEN {signs} || {more} = '-' THEN -1 ELSE 1 END * ({value})"
        return f"CASE WHEN {is_read} THEN TRY_CAST({signed} AS BIGINT) END"

    def _pattern(self, is_text: bool) -> str:
        """What a number looks like: sign, symbol, sign, whole part, decimals, symbol."""
        point = SEPARATORS[self.decimal or "."] if is_text else "[.]"
        digits = "[0-9]*"
        if self.thousands is not None and is_text:
            digits = f"[0-9]{{1,3}}(?:{SEPARATORS[self.thousands]}[0-9]{{3}})+|{digits}"
        symbol = _escaped(self.symbol) if self.symbol else ""
        return f"([+-]?)(?:{symbol} ?)?([+-]?)({digits})(?:{point}([0-9]*))?(?: ?{symbol})?"

    def moment(self, raw: str) -> str:
        """SQL of the text read by `format`: a timestamp, with its zone where the format has one."""
        return f"try_strptime({self.text(raw)}, {literal(self.format or '')})"

    @property
    def has_offset(self) -> bool:
        """Whether each value brings its own offset."""
        return self.format is not None and "%z" in self.format

    @property
    def is_by_day(self) -> bool:
        """Whether the format says a day and no time of the day."""
        return self.format is not None and _read_back(self.format)[11:] == "00:00:00"

    def words(self, column: Column) -> str | None:
        """What is wrong with a value that is not read; null where nothing is declared."""
        if self.values:
            return f"is none of {', '.join(self.values)}"
        if self.format is not None:
            return f"is not a {_noun(column)} like {_example(self.format)}"
        if not self.is_number:
            return None
        example = f"1{self.thousands or ''}234{self.decimal or '.'}50"
        if self.round:
            return f"is not a number like {example}"
        return f"is not a number like {example} that is whole times {self.times or 1}"


AS_IT_STANDS = Conversion()


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _noun(column: Column) -> str:
    return "date" if column.type == "date" else "time"


def _escaped(symbol: str) -> str:
    return "".join(sign if sign.isalnum() else f"\\x{{{ord(sign):x}}}" for sign in symbol)


def _check_format(text: str, column: Column, where: str) -> None:
    try:
        back = _read_back(text)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SettingsError(
            f"{where} has format {text!r}, which cannot be used ({reason}); write one such as "
            f'"%d.%m.%Y %H:%M"'
        ) from error
    if not back.startswith("2025-01"):
        raise SettingsError(f"{where} has format {text!r}, which lacks the year or the month")
    if column.type == "date" and ("%z" in text or "%Z" in text):
        raise SettingsError(f"{where} has format {text!r}; a date has no offset")


def _read_back(text: str) -> str:
    """The example written by a format and read by it again, as ISO text in UTC."""
    ((back,),) = _query(
        f"SELECT strftime(CAST(strptime(strftime({EXAMPLE}, {literal(text)}), {literal(text)}) "
        "AS TIMESTAMP), '%Y-%m-%d %H:%M:%S')"
    )
    return str(back)


def _example(text: str) -> str:
    ((example,),) = _query(f"SELECT strftime({EXAMPLE}, {literal(text)})")
    return str(example)


def _query(sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found: list[tuple[object, ...]] = connection.execute(sql).fetchall()
        return found
