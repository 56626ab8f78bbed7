"""What a story was to send, what became of each row by its own account, and what the org holds in the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from sfchaos.load.caller import Caller

KEYS_A_QUERY = 200  # 200 keys of 40 characters stay well below the 16,384 bytes of a URI (wire reference 4.2)


@dataclass(frozen=True)
class Piece:
    """A piece of work: rows to upsert one by one, or (`bulk`) as one job. Rows carry their key."""

    rows: tuple[dict[str, object], ...]
    bulk: bool = False


class Ledger:
    """Pieces are taken until none is left; every row ends up accepted, refused or unconfirmed, or was never sent."""

    def __init__(self, pieces: Iterable[Piece], key_field: str) -> None:
        self.key_field = key_field
        self._pieces = list(pieces)
        self._next = self._done = 0
        self.accepted: dict[str, None] = {}
        self.refused: dict[str, str] = {}
        self.unconfirmed: dict[str, None] = {}

    def take(self) -> Piece | None:
        if self._next == len(self._pieces):
            return None
        self._next += 1
        return self._pieces[self._next - 1]

    def finished(self) -> bool:
        """Tell that a piece is done; True for the last one."""
        self._done += 1
        return self.all_done

    @property
    def all_done(self) -> bool:
        return self._done == len(self._pieces)

    def key_of(self, row: dict[str, object]) -> str:
        return str(row[self.key_field])

    @property
    def planned(self) -> list[str]:
        return [self.key_of(row) for piece in self._pieces for row in piece.rows]

    def reconciled(self, held: Counter[str]) -> Reconciliation:
        """The account against what the org holds, per key. Keys compare without case, as external ids do (wire reference 3.7)."""
        count = Counter({key.lower(): n for key, n in held.items()})
        accounted = {**self.accepted, **dict.fromkeys(self.refused), **self.unconfirmed}
        return Reconciliation(
            planned=len(self.planned), accepted=len(self.accepted), refused=dict(self.refused),
            unsent=sum(key not in accounted for key in self.planned),
            unconfirmed=[key for key in self.unconfirmed if key not in self.accepted],
            lost=[key for key in self.accepted if not count[key.lower()]],
            duplicates={key: count[key.lower()] for key in self.planned if count[key.lower()] > 1},
            phantoms=[key for key in self.refused if count[key.lower()]],
        )  # fmt: skip


@dataclass(frozen=True)
class Reconciliation:
    """lost: accepted, and not there. duplicates: there more than once. phantoms: refused, and there all the same."""

    planned: int
    accepted: int
    unsent: int
    refused: dict[str, str] = field(default_factory=dict)
    unconfirmed: Sequence[str] = ()
    lost: Sequence[str] = ()
    duplicates: dict[str, int] = field(default_factory=dict)
    phantoms: Sequence[str] = ()

    @property
    def exit_code(self) -> int:
        """1 when a row is lost or there twice; 3 when not all of the work was done, so that it proves nothing; else 0."""
        if self.lost or self.duplicates or self.phantoms:
            return 1
        return 3 if self.unsent or self.unconfirmed or self.refused else 0

    def lines(self) -> Iterator[str]:
        """For people: figures first, then up to five keys of each finding."""
        yield (f"reconciliation: {self.planned} rows planned, {self.accepted} accepted, {len(self.refused)} refused, {len(self.unconfirmed)} unconfirmed, "
               f"{self.unsent} not sent; {len(self.lost)} lost, {len(self.duplicates)} duplicated, {len(self.phantoms)} refused but there")  # fmt: skip
        for name, keys in (("lost", list(self.lost)), ("duplicated", list(self.duplicates)), ("refused but there", list(self.phantoms)),
                           ("unconfirmed", list(self.unconfirmed))):  # fmt: skip
            if keys:
                yield f"  {name}: {', '.join(keys[:5])}{' ...' if len(keys) > 5 else ''}"
        for code, n in Counter(self.refused.values()).most_common(5):
            yield f"  refused with {code}: {n}"

    def as_tree(self) -> dict[str, object]:
        return json.loads(json.dumps({**self.__dict__, "exit_code": self.exit_code}))  # type: ignore[no-any-return]  # what dumps made of an object, loads makes an object


def held_by(caller: Caller, sobject: str, key_field: str, keys: Sequence[str]) -> Counter[str]:
    """How many rows the org holds of each key: by external id, 200 keys a query, all pages read."""
    found: Counter[str] = Counter()
    for start in range(0, len(keys), KEYS_A_QUERY):
        listed = ", ".join("'" + key.replace("\\", "\\\\").replace("'", "\\'") + "'" for key in keys[start : start + KEYS_A_QUERY])
        path = f"/query?q={quote(f'SELECT Id, {key_field} FROM {sobject} WHERE {key_field} IN ({listed})', safe='')}"
        while path:
            page = caller.call("GET", path).json()
            found.update(str(row[key_field]) for row in page["records"])
            path = str(page.get("nextRecordsUrl") or "")
    return found
