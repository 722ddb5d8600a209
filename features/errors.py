"""Every refusal Liuke makes, as one tree.

    LiukeError
    ├── SettingsError         a settings, world, mapping or registry file is wrong
    ├── FileRefused           a file cannot be read as it is; imports and tables refuse with it
    ├── ImportRefused         an extract breaks its feed's contract; the lake is unchanged
    ├── LakeError             the home lacks what the step needs (feeds, histories, scores)
    ├── NotEnoughData         too few customers, churners or months for the request
    ├── FingerprintMismatch   a bundle was made for other features than the ones at hand
    ├── BundleError           a bundle's files are missing, altered or of an unknown schema
    ├── NoChampion            nothing has been promoted yet
    ├── PromotionRefused      the gate found reasons against the version
    ├── UnknownVersion        no such model version
    ├── UnknownCustomers      ids that no score exists for
    ├── TableRefused          a table, or rows for its model, are not what they should be
    ├── UnknownTable          no model of a table by this name
    ├── HomeBusy              another command writes in the home
    ├── BackupRefused         a backup is damaged, of a newer version, or its passphrase is wrong
    ├── OutputError           a file cannot be written, read or replaced
    └── RequestRefused        a call to the service that is not allowed or not well formed

Each carries a stable `code` (for programs), a message (found, expected, what to do) and
`details` (plain JSON values).
"""

from __future__ import annotations

from typing import Any


class LiukeError(Exception):
    """Base of every refusal; `code` is stable, the message is for people."""

    code = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class SettingsError(LiukeError):
    code = "settings"


class FileRefused(LiukeError):
    code = "file"


class ImportRefused(LiukeError):
    code = "import_refused"


class LakeError(LiukeError):
    code = "lake"


class NotEnoughData(LiukeError):
    code = "not_enough_data"


class FingerprintMismatch(LiukeError):
    code = "fingerprint_mismatch"


class BundleError(LiukeError):
    code = "bundle"


class NoChampion(LiukeError):
    code = "no_champion"


class PromotionRefused(LiukeError):
    code = "promotion_refused"


class UnknownVersion(LiukeError):
    code = "unknown_version"


class UnknownCustomers(LiukeError):
    code = "unknown_customers"


class TableRefused(LiukeError):
    code = "table"


class UnknownTable(LiukeError):
    code = "unknown_table"


class HomeBusy(LiukeError):
    code = "home_busy"


class BackupRefused(LiukeError):
    code = "backup"


class OutputError(LiukeError):
    code = "output"


class RequestRefused(LiukeError):
    """`code` is set per case, such as `unauthorized` or `body_too_large`."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message, **details)
        self.code = code
