"""Rows of a real org made nobody's: personal and free text replaced, ids numbered anew, references kept inside the sample.

The same value becomes the same replacement wherever it stands, so that duplicates stay duplicates and joins by external ids hold.
Numbers, dates, checkboxes and picklist values stay; dates of birth move by up to half a year; coordinates, files and encrypted
text are left out. A value of few letters can be guessed back from its replacement by whoever knows the seed: draw one and drop it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sfchaos.core import chance
from sfchaos.org.ids import make_id, to_18

if TYPE_CHECKING:
    from faker import Faker

Describe = Mapping[str, Any]
Row = dict[str, Any]
_KEPT = frozenset({"boolean", "int", "long", "double", "currency", "percent", "date", "datetime", "time", "picklist", "multipicklist"})
_DROPPED = frozenset({"base64", "encryptedstring", "address", "location", "anyType", "complexvalue", "json"})
_PEOPLE = frozenset({"User", "Group", "Queue", "Organization", "Profile"})
_BY_NAME: dict[str, Callable[[Faker], str]] = {
    "FirstName": lambda fake: fake.first_name(), "LastName": lambda fake: fake.last_name(), "MiddleName": lambda fake: fake.first_name(),
    "Street": lambda fake: fake.street_address(), "City": lambda fake: fake.city(), "State": lambda fake: fake.state(), "PostalCode": lambda fake: fake.postcode(),
    "Country": lambda fake: "United States", "Title": lambda fake: fake.job(), "Company": lambda fake: fake.company(), "CompanyName": lambda fake: fake.company(),
}  # fmt: skip
_MOST_WORDS = 400


class Anonymizer:
    """`seed` decides the replacements; `describes` are the sObjects of the sample by name."""

    def __init__(self, describes: Mapping[str, Describe], seed: int) -> None:
        from faker import Faker as Generator

        self._describes, self._seed = describes, seed
        self._fake = Generator("en_US", use_weighting=False)
        self._made: dict[tuple[str, str], str] = {}  # (unique field, value) -> its replacement
        self._taken: set[tuple[str, str]] = set()  # (unique field, replacement), both in lower case

    def rows(self, sample: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[Row]]:
        """The sample as rows of an org folder. A row whose required parent is not in the sample goes with it."""
        kept = self._with_parents({name: list(rows) for name, rows in sample.items()})
        ids = {
            to_18(row["Id"]): make_id(self._describes[name]["keyPrefix"], number) for name, rows in kept.items() for number, row in enumerate(rows, start=1)
        }  # fmt: skip
        return {name: [self._row(name, row, ids) for row in rows] for name, rows in kept.items()}

    def _with_parents(self, sample: dict[str, list[Mapping[str, Any]]]) -> dict[str, list[Mapping[str, Any]]]:
        while True:
            there = {to_18(row["Id"]) for rows in sample.values() for row in rows}
            kept = {name: [row for row in rows if self._is_whole(name, row, there)] for name, rows in sample.items()}
            if kept == sample:
                return kept
            sample = kept

    def _is_whole(self, name: str, row: Mapping[str, Any], there: set[str]) -> bool:
        needed = (f for f in self._describes[name]["fields"] if _is_parent(f) and not f["nillable"] and not f.get("defaultedOnCreate"))
        return all(row.get(f["name"]) and to_18(row[f["name"]]) in there for f in needed)

    def _row(self, name: str, row: Mapping[str, Any], ids: Mapping[str, str]) -> Row:
        describe = self._describes[name]
        found: Row = {"Id": ids[to_18(row["Id"])]}
        kinds = {str(info.get("recordTypeId"))[:15]: info.get("developerName") for info in describe.get("recordTypeInfos") or () if not info.get("master")}
        for f in describe["fields"]:
            value = row.get(f["name"])
            if value is None or value == "" or not f.get("createable") or f.get("calculated") or f.get("autoNumber"):
                continue
            if f["name"] == "RecordTypeId":
                if kinds.get(str(value)[:15]):
                    found["RecordType"] = {"DeveloperName": kinds[str(value)[:15]]}
                continue
            made = self._reference(f, value, ids) if f["type"] == "reference" else self._value(name, f, value)
            if made is not None and made != "":
                found[f["name"]] = made
        return found

    def _reference(self, f: Describe, value: Any, ids: Mapping[str, str]) -> str | None:
        return ids.get(to_18(str(value))) if _is_parent(f) else None

    def _value(self, sobject: str, f: Describe, value: Any) -> Any:
        kind, name = f["type"], str(f["name"])
        if kind in _DROPPED or (kind == "double" and name.removesuffix("__s").endswith(("Latitude", "Longitude"))):
            return None
        if kind == "date" and "birth" in name.lower():
            return self._moved(str(value))
        if kind in _KEPT:
            return value
        text = str(value)
        made = self._text(f, text)
        length = int(f.get("length") or 0)
        made = made[:length].strip() if length else made
        is_key = f.get("unique") or f.get("externalId") or (f.get("idLookup") and kind != "email")
        return self._alone(f"{sobject}.{name}", made, text, length) if is_key else made

    def _number(self, purpose: str, text: str, bound: int) -> int:
        return chance.below(bound, self._seed, "anonymous", purpose, text.strip().lower())

    def _moved(self, text: str) -> str | None:
        try:
            return (date.fromisoformat(text[:10]) + timedelta(days=self._number("birth", text, 361) - 180)).isoformat()
        except (ValueError, OverflowError):
            return None

    def _text(self, f: Describe, text: str) -> str:
        kind, name = f["type"], str(f["name"])
        if kind == "email":
            return f"person.{self._number('email', text, 10**10):010d}@example.com"
        if kind == "phone":
            number = self._number("phone", text, 80_000)
            return f"+1 {200 + number // 100}-555-01{number % 100:02d}"
        if kind == "url":
            return f"https://www.example.com/{self._number('url', text, 10**9):09d}"
        if f.get("externalId") or f.get("unique"):
            return self._shaped(text)
        part = name.removeprefix(str(f.get("compoundFieldName") or "").removesuffix("Address"))
        self._fake.seed_instance(self._number("text", text, 2**63))
        if part in _BY_NAME:
            return _BY_NAME[part](self._fake)
        if f.get("nameField"):
            return str(self._fake.company())
        words = min(_MOST_WORDS, max(1, len(text.split())))
        return " ".join(self._fake.words(words))[: max(len(text), 3)].strip()

    def _shaped(self, text: str) -> str:
        """Digits for digits, letters for letters, signs stay: formats that programs rely on survive."""
        digits = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
        made = []
        for position, char in enumerate(text):
            alphabet = next((a for a in digits if char in a), digits[2] if char.isalpha() else digits[0] if char.isdigit() else "")
            made.append(alphabet[self._number(f"shape/{position}", text, len(alphabet))] if alphabet else char)
        return "".join(made)

    def _alone(self, place: str, made: str, text: str, length: int) -> str:
        """The same replacement for the same value, another for every other one."""
        known = (place, text.strip().lower())
        if known in self._made:
            return self._made[known]
        free, turn = made, 0
        while (place, free.lower()) in self._taken:
            turn += 1
            tail = f"-{turn}"
            free = made[: length - len(tail)] + tail if length else made + tail
        self._taken.add((place, free.lower()))
        self._made[known] = free
        return free


def _is_parent(f: Describe) -> bool:
    """A reference to a business record: owners and other people are not copied."""
    return f["type"] == "reference" and bool(f.get("createable")) and bool(set(f.get("referenceTo") or ()) - _PEOPLE) and f["name"] != "RecordTypeId"
