"""What can go wrong with the database, each in a sentence that says what to do."""

from __future__ import annotations

import sqlite3

# Primary result codes (https://sqlite.org/rescode.html) that speak of the disk or file, not of the statement.
_DISK = {
    sqlite3.SQLITE_FULL: "The disk is full and nothing was saved: free some space.",
    sqlite3.SQLITE_IOERR: "The disk refused a read or write of the database. Check its space and health.",
    sqlite3.SQLITE_READONLY: "The database cannot be written. Check the rights of the data folder.",
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened. Check the rights of the data folder.",
    sqlite3.SQLITE_CORRUPT: "The database is damaged. Stop NanoVerse and restore the newest backup.",
    sqlite3.SQLITE_NOTADB: "The file is not a database. Move it away, or restore the newest backup.",
    sqlite3.SQLITE_BUSY: "Another program holds the database locked. Close it and try again.",
    sqlite3.SQLITE_NOMEM: "There is no memory left for the database.",
}


class StoreError(Exception):
    """The store could not do what was asked, and nothing was changed; the text says what would help."""


class NameTakenError(StoreError):
    """Another player has this name, or one that looks the same."""


def of_the_disk(error: BaseException) -> StoreError | None:
    """The sentence for an SQLite error that is the disk's or the file's fault; None for any other error."""
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", None)
    sentence = _DISK.get(code & 0xFF) if code is not None else None
    return StoreError(sentence) if sentence else None
