"""Rows in SQLite: one table per sObject, real columns, one connection, savepoints for everything that may be undone.

In memory, all work happens inside one open savepoint `base`, so that a reset is one ROLLBACK TO. In file mode a unit is
a transaction, and `mark` is refused. Only this module writes the words BEGIN, COMMIT, SAVEPOINT and ROLLBACK: a stray
COMMIT would destroy `base`. Every query is fetched whole, because an open cursor dies at a rollback.
"""

from __future__ import annotations

import atexit
import sqlite3
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sfchaos.core.errors import HarnessError
from sfchaos.org import sql_functions
from sfchaos.org.schema.model import Field, Schema, SObject

_AFFINITY = {"boolean": "INTEGER", "int": "INTEGER", "long": "INTEGER", "double": "REAL", "currency": "REAL", "percent": "REAL", "anyType": "BLOB"}


class Store:
    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._db = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512)
        self._closing = weakref.finalize(self, self._db.close)  # an org is simply dropped; Python 3.13 wants connections closed
        self._db.execute("PRAGMA foreign_keys = OFF")
        sql_functions.register(self._db)
        self._depth = 0
        self.undone = 0  # how many units were: what was worked out from their rows no longer holds
        self._put_back: list[tuple[int, Callable[[], None]]] = []  # (depth of the unit, what undoing it takes beside its rows)
        if path:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
        else:
            self._db.execute("SAVEPOINT base")

    def create_tables(self, schema: Schema) -> None:
        """A table for every sObject that has none yet, with indexes on external ids, lookups and unique fields.

        In memory they are copied from a database without rows that is kept for the schema: 70 tables with 500 indexes take 20 ms
        to create and 2 ms to copy, and an org is made in every test.
        """
        if self.path is None and self.one("SELECT 1 FROM sqlite_master") is None:
            self._db.execute("RELEASE base")
            _template(schema).backup(self._db)
            self._db.execute("SAVEPOINT base")
            return
        for sobject in schema:
            self.create_table(sobject)

    def create_table(self, sobject: SObject) -> None:
        for statement in _table_sql(sobject):
            self._db.execute(statement)

    def add_column(self, sobject: SObject, field: Field) -> None:
        self._db.execute(f"ALTER TABLE {quoted(sobject.name)} ADD COLUMN {_column(field)}")

    def all(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT, fetched."""
        return self._db.execute(sql, parameters).fetchall()

    def cursor(self, sql: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        """A SELECT to be read to its end within the same unit: it dies at a rollback."""
        return self._db.execute(sql, parameters)

    def one(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(sql, parameters).fetchone()
        return row

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Execute one INSERT, UPDATE or DELETE; the number of rows it changed."""
        return self._db.execute(sql, parameters).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._db.executemany(sql, rows)

    def insert(self, sobject: str, row: Mapping[str, Any]) -> None:
        self._db.execute(_insert_sql(sobject, tuple(row)), tuple(row.values()))

    def update(self, sobject: str, record_id: str, changes: Mapping[str, Any]) -> int:
        return self._db.execute(_update_sql(sobject, tuple(changes)), (*changes.values(), record_id)).rowcount

    def insert_many(self, sobject: str, names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
        if len(rows) == 1:
            self._db.execute(_insert_sql(sobject, names), rows[0])  # costs half of what it costs executemany
        else:
            self._db.executemany(_insert_sql(sobject, names), rows)

    def update_many(self, sobject: str, names: tuple[str, ...], rows: Iterable[Sequence[Any]]) -> None:
        """Each row holds the new values in the order of `names`, then the id."""
        self._db.executemany(_update_sql(sobject, names), rows)

    def add_function(self, name: str, function: Callable[..., Any], *, deterministic: bool = False) -> None:
        """Let SQL call a Python function, with any number of arguments."""
        self._db.create_function(name, -1, function, deterministic=deterministic)

    def unit(self) -> Unit:
        """A savepoint that nests: kept on success, undone when an exception passes through."""
        return Unit(self)

    @property
    def is_open(self) -> bool:
        """Whether a unit is: what was written in it may still be undone."""
        return self._depth > 0

    def on_undo(self, put_back: Callable[[], None]) -> None:
        """Call `put_back` should the open unit, or one around it, be undone: for what follows from a row and is no row."""
        if self._depth:
            self._put_back.append((self._depth, put_back))

    def begin(self) -> None:
        """Open a unit; for `Unit` alone. The outermost of a file is a transaction."""
        depth = self._depth + 1
        self._db.execute("BEGIN IMMEDIATE" if self.path and depth == 1 else f"SAVEPOINT u{depth}")
        self._depth = depth

    def end(self, *, keep: bool) -> None:
        """Close the innermost unit; for `Unit` alone."""
        try:
            if self.path and self._depth == 1:
                self._db.execute("COMMIT" if keep else "ROLLBACK")
                self.undone += not keep
                return
            if not keep:
                self._db.execute(f"ROLLBACK TO u{self._depth}")
                self.undone += 1
            self._db.execute(f"RELEASE u{self._depth}")
        finally:
            self._depth -= 1
            if self._put_back:
                self._settle(keep=keep)

    def _settle(self, *, keep: bool) -> None:
        """What `on_undo` was given in the unit just closed: done, last first, or handed on to the unit around it."""
        held, depth = self._put_back, self._depth
        if not keep:
            while held and held[-1][0] > depth:
                held.pop()[1]()
        elif depth == 0:
            held.clear()
        place = len(held)
        while place and held[place - 1][0] > depth:
            place -= 1
            held[place] = (depth, held[place][1])

    def mark(self) -> None:
        """Make the present state the one that `back_to_mark` returns to. Memory mode only."""
        if self.path:
            raise HarnessError("an org in a file cannot be put back", remedy="load a copy of it into memory for runs that reset")
        self._db.execute("RELEASE base")
        self._db.execute("SAVEPOINT base")

    def back_to_mark(self) -> None:
        if self.path:
            raise HarnessError("an org in a file cannot be put back", remedy="load a copy of it into memory for runs that reset")
        self._db.execute("ROLLBACK TO base")
        self.undone += 1

    def copy(self) -> bytes:
        """The whole database, uncommitted rows included."""
        return self._db.serialize()

    def close(self) -> None:
        self._closing()


class Unit:
    """Opens a savepoint, and closes it as the block ended. (A class, because a generator would cost a request more than its SQL.)"""

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    def __enter__(self) -> None:
        self._store.begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._store.end(keep=kind is None)


_MOST_TEMPLATES = 8
_templates: dict[str, sqlite3.Connection] = {}  # by schema digest; they are only read


def _template(schema: Schema) -> sqlite3.Connection:
    """A database in memory with the tables of a schema and no rows."""
    found = _templates.get(schema.digest)
    if found is None:
        found = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for sobject in schema:
            for statement in _table_sql(sobject):
                found.execute(statement)
        if len(_templates) >= _MOST_TEMPLATES:
            _templates.pop(next(iter(_templates))).close()
        _templates[schema.digest] = found
        atexit.register(found.close)  # Python 3.13 wants connections closed
    return found


def _table_sql(sobject: SObject) -> Iterator[str]:
    yield f"CREATE TABLE IF NOT EXISTS {quoted(sobject.name)} ({', '.join(_column(f) for f in sobject.columns)})"
    for f in sobject.columns:
        if _is_indexed(f):
            yield f"CREATE INDEX IF NOT EXISTS {quoted(f'ix_{sobject.name}_{f.name}')} ON {quoted(sobject.name)} ({quoted(f.name)})"


def _is_indexed(f: Field) -> bool:
    """Who created and last changed a row is asked for too rarely to pay for it in every save."""
    if f.type == "id" or f.name in ("CreatedById", "LastModifiedById"):
        return False
    return f.external_id or f.unique or f.id_lookup or f.type == "reference" or f.name in ("Name", "SystemModstamp")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@lru_cache(maxsize=1024)
def _insert_sql(table: str, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, names))}) VALUES ({', '.join('?' * len(names))})"


@lru_cache(maxsize=1024)
def _update_sql(table: str, names: tuple[str, ...]) -> str:
    return f"UPDATE {quoted(table)} SET {', '.join(f'{quoted(name)} = ?' for name in names)} WHERE Id = ?"


def _column(f: Field) -> str:
    affinity = _AFFINITY.get(f.type, "TEXT")
    collate = " COLLATE NOCASE" if f.is_text and not f.case_sensitive else ""
    key = " PRIMARY KEY" if f.type == "id" and f.name == "Id" else ""
    return f"{quoted(f.name)} {affinity}{collate}{key}"
