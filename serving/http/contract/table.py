"""What a row of the table of routes says, and the table that finds the row of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel

from serving.service_settings import ServingSettings

UNKNOWN = "unknown"  # how metrics and log name an address that does not exist
JSON, TEXT, HTML, CSV = "application/json", "text/plain", "text/html", "text/csv"
PNG = "image/png"
FORM = "application/x-www-form-urlencoded"  # the body that a browser sends of a form
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_READY = ("bundle", "fingerprint_mismatch", "lake", "no_champion", "settings")


class Who(StrEnum):
    """Who may call a route."""

    PUBLIC = "public"
    KEY = "key"  # a program
    SESSION = "session"  # a person who has signed in
    KNOWN = "known"  # either


@dataclass(frozen=True)
class Limit:
    """The most that one request may hold; a text names the setting that has the number.

    `body` in bytes, before and after decompression; `ids` counts customers or rows.
    """

    body: str
    ids: int | str

    def body_bytes(self, settings: ServingSettings) -> int:
        return _number(self.body, settings)

    def max_ids(self, settings: ServingSettings) -> int:
        return _number(self.ids, settings)


ONE_LIMIT = Limit("body_limit_bytes", 1)


@dataclass(frozen=True)
class Route:
    """One address and method. GET answers HEAD too. In the path `{name}` stands for any one part.

    `form` is the model of the body, null without one; `query` that of what follows the question
    mark, which is not read where it is null; `answer` the model of the answer, or its media type.
    `operation` is its name in the contract, empty where the contract does not list it; `note`
    stands there under `purpose`. `refusals` are its codes beyond those of its caller and body.
    `status`: of the answer where all is well. `needs_home`: refused where the home has no files or
    its keys cannot be read. `audited`: its requests have rows of the audit though it is public, as
    where people sign in. `is_page`: it is for a browser, answers and is refused in HTML, and the
    contract does not list it. A page is open to those who may call the operation `rights_of`; what
    it shows and changes it does by operations, each admitted and recorded as if it were called.
    """

    path: str
    method: str
    who: Who
    purpose: str
    answer: type[BaseModel] | str
    operation: str = ""
    form: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    limit: Limit | None = None
    body: str = JSON
    audited: bool = False
    status: int = 200
    needs_home: bool = False
    is_page: bool = False
    rights_of: str = ""
    refusals: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if (self.form is None) != (self.limit is None):
            raise ValueError(f"{self.path}: expected a form and its limit, or neither")
        if self.is_page and (self.who is Who.SESSION) != bool(self.rights_of):
            raise ValueError(f"{self.path}: expected the rights of an operation where who is known")

    @property
    def right(self) -> str:
        """The operation that a caller must be permitted."""
        return self.rights_of or self.operation

    @property
    def is_audited(self) -> bool:
        """Whether its requests have rows of the audit."""
        return self.audited or self.who is not Who.PUBLIC


@dataclass(frozen=True)
class Routes:
    """The table. Raises ValueError where an address has a method twice."""

    rows: tuple[Route, ...]
    _by_path: Mapping[str, Mapping[str, Route]] = field(init=False, repr=False, compare=False)
    _patterns: Sequence[tuple[str, Sequence[str]]] = field(init=False, repr=False, compare=False)
    _by_operation: Mapping[str, Route] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_path: dict[str, dict[str, Route]] = {}
        for row in self.rows:
            if row.method in by_path.setdefault(row.path, {}):
                raise ValueError(f"{row.method} {row.path} is in the table twice")
            by_path[row.path][row.method] = row
        patterns = [(path, path.split("/")) for path in by_path if "{" in path]
        object.__setattr__(self, "_by_path", by_path)
        object.__setattr__(self, "_patterns", patterns)
        named = {row.operation: row for row in self.rows if row.operation}
        object.__setattr__(self, "_by_operation", named)

    def at(self, path: str) -> Mapping[str, Route]:
        """The rows of this address by method; empty where nothing is there."""
        return self._by_path.get(self.label(path), {})

    def place(self, path: str) -> Mapping[str, str]:
        """What stands in this address for the names in its row's path."""
        names, parts = self.label(path).split("/"), path.split("/")
        return {
            name[1:-1]: part
            for name, part in zip(names, parts, strict=False)
            if name.startswith("{")
        }

    def find(self, path: str, method: str) -> Route | None:
        """The row that answers; HEAD is answered as GET. Null where there is none."""
        return self.at(path).get("GET" if method == "HEAD" else method)

    def of_operation(self, operation: str) -> Route:
        """The row of this operation. Raises KeyError where none has it."""
        return self._by_operation[operation]

    def is_page(self, path: str, method: str) -> bool:
        """Whether a browser is answered here, in HTML."""
        row = self.find(path, method)
        return row is not None and row.is_page

    def is_audited(self, path: str, method: str) -> bool:
        """Whether a request has a row of the audit; one with a method not taken as the others."""
        row = self.find(path, method)
        rows = self.at(path).values() if row is None else (row,)
        return any(own.is_audited for own in rows)

    def label(self, path: str) -> str:
        """The path as the table has it, so that nothing else reaches metrics and log."""
        if path in self._by_path:
            return path
        parts = path.split("/")
        return next((own for own, names in self._patterns if _fits(names, parts)), UNKNOWN)


def _fits(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether the parts of an address are those of a path, any that is not empty for a name."""
    return len(names) == len(parts) and all(
        bool(part) if name.startswith("{") else name == part
        for name, part in zip(names, parts, strict=True)
    )


def _number(limit: int | str, settings: ServingSettings) -> int:
    return limit if isinstance(limit, int) else int(getattr(settings, limit))
