"""Synthetic rows, typed by the schema: names, addresses and companies by Faker, everything else from the seed.

Addresses are at example.com and telephone numbers in the 555-01xx range, so that nothing in them can belong to anybody.
The same seed and the same release of Faker give the same rows; row number i is the same whatever rows are made before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sfchaos.core import chance
from sfchaos.core.errors import UnknownName
from sfchaos.org.schema.model import Field, SObject

if TYPE_CHECKING:
    from faker import Faker

FIRST_DAY, DAYS = date(2025, 1, 1), 730
FIRST_BIRTH, BIRTH_DAYS = date(1950, 1, 1), 20_000
MOST_AMOUNT = 250_000

# Text fields whose name says what belongs there (prefixes of addresses are taken off first).
_MAKERS: dict[str, Callable[[Faker], str]] = {
    "FirstName": lambda fake: fake.first_name(), "LastName": lambda fake: fake.last_name(), "Company": lambda fake: fake.company(),
    "CompanyName": lambda fake: fake.company(), "Street": lambda fake: fake.street_address(), "City": lambda fake: fake.city(),
    "State": lambda fake: fake.state(), "PostalCode": lambda fake: fake.postcode(), "Country": lambda fake: "United States",
    "Title": lambda fake: fake.job(), "Department": lambda fake: fake.bs().split()[-1].title(), "Subject": lambda fake: fake.catch_phrase(),
    "Description": lambda fake: fake.sentence(8),
}  # fmt: skip
_PLACES = ("Billing", "Mailing")  # of several addresses, the one that is filled
_LEFT_EMPTY = (
    "Latitude",
    "Longitude",
    "GeocodeAccuracy",
    "EmailBouncedDate",
    "ReminderDateTime",
    "OtherPhone",
    "AssistantPhone",
    "FederationIdentifier",
)


def rows_for(sobject: SObject, n: int, seed: int, start: int = 0, **fixed: Any) -> list[dict[str, Any]]:
    """`n` rows to create, numbered from `start`; `fixed` sets fields (or a parent by relationship name) in all of them.

    References are left to `fixed`. External ids and unique text are distinct for distinct row numbers.
    Raises UnknownName for a field in `fixed` that the sObject lacks.
    """
    given = _canonical(sobject, fixed)
    plan = [(f, maker) for f in sobject.fields if f.name not in given and _wanted(f) and (maker := _maker(f, sobject))]
    fake = _faker()
    rows = []
    for index in range(start, start + n):
        fake.seed_instance(chance.below(2**63, seed, "populate", sobject.name, index))
        row: dict[str, Any] = {}
        for f, maker in plan:
            value = maker(_Row(fake, sobject.name, seed, index, row))
            row[f.name] = value[: f.length].strip() if isinstance(value, str) and f.length else value
        rows.append({**row, **given})
    return rows


class _Row:
    """A row in the making: the generator, seeded for it, and the fields it already has."""

    __slots__ = ("fake", "index", "seed", "so_far", "sobject")

    def __init__(self, fake: Faker, sobject: str, seed: int, index: int, so_far: Mapping[str, Any]) -> None:
        self.fake, self.sobject, self.seed, self.index, self.so_far = fake, sobject, seed, index, so_far

    def below(self, bound: int, field: str) -> int:
        return chance.below(bound, self.seed, "populate", self.sobject, self.index, field)


Maker = Callable[[_Row], Any]


@cache
def _faker() -> Faker:
    from faker import Faker as Generator

    return Generator("en_US")


def _canonical(sobject: SObject, fixed: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in fixed.items():
        field = sobject.find(name)
        parent = sobject.by_relationship.get(name.lower())
        if field is None and parent is None:
            raise UnknownName(f"field of {sobject.name}", name, [f.name for f in sobject.fields])
        found[field.name if field else parent.relationship_name if parent else name] = value
    return found


def _wanted(f: Field) -> bool:
    """Filled: what a create needs, what has a meaning by name or type. The org's own defaults and derived values stay its own."""
    if not (f.createable and f.has_column) or f.reference_to or f.auto_number or f.derived_from:
        return False
    if f.default is not None:
        return f.type == "boolean" and f.custom
    return not (f.type == "base64" or f.name.endswith(_LEFT_EMPTY))


def _maker(f: Field, sobject: SObject) -> Maker | None:
    """How a field is filled; None leaves it empty."""
    if f.external_id or f.unique or f.name in ("Username", "Alias"):
        return _distinct(f, sobject)
    if f.picklist:
        return lambda row: f.picklist[row.below(len(f.picklist), f.name)]
    if f.type in _BY_TYPE:
        return _BY_TYPE[f.type](f)
    part = f.name.removeprefix(f.compound.removesuffix("Address")) if f.compound.endswith("Address") else f.name
    if part in _MAKERS and (part == f.name or f.name.startswith(_PLACES)):
        return lambda row: _MAKERS[part](row.fake)
    if f.name_field:
        return lambda row: row.fake.company()
    return (lambda row: row.fake.word()) if f.custom or f.required else None


def _distinct(f: Field, sobject: SObject) -> Maker:
    """Text that no other row number of this sObject has."""
    stem = sobject.name.removesuffix("__c")
    if f.name == "Username":
        return lambda row: f"{stem}.{row.seed}.{row.index}@example.com".lower()
    if f.type == "email":
        return lambda row: f"{stem}.{row.index}@example.com".lower()
    if f.type in ("int", "long", "double", "currency", "percent"):
        return lambda row: row.index
    return lambda row: f"{stem[: max(1, f.length - 8)]}-{row.index:06d}"[-f.length :] if f.length else f"{stem}-{row.index:06d}"


def _email(f: Field) -> Maker:
    def make(row: _Row) -> str:
        words = [str(row.so_far.get(name) or "") for name in ("FirstName", "LastName")]
        letters = [char.lower() for char in ".".join(word for word in words if word) if char.isascii() and (char.isalnum() or char == ".")]
        return f"{''.join(letters) or 'office'}.{row.index}@example.com"

    return make


def _amount(f: Field) -> Maker:
    bound = min(MOST_AMOUNT, 10 ** max(1, f.precision - f.scale))
    return lambda row: round(row.below(bound * 100, f.name) / 100, min(f.scale, 2)) if f.scale else float(row.below(bound, f.name))


def _day(f: Field) -> date:
    return FIRST_BIRTH if "birth" in f.key else FIRST_DAY


def _date(f: Field) -> Maker:
    days = BIRTH_DAYS if "birth" in f.key else DAYS
    return lambda row: (_day(f) + timedelta(days=row.below(days, f.name))).isoformat()


_BY_TYPE: dict[str, Callable[[Field], Maker]] = {
    "email": _email,
    "phone": lambda f: lambda row: f"+1 {200 + row.below(700, f.name)}-555-01{row.below(100, f.name + '/line'):02d}",
    "url": lambda f: lambda row: f"https://www.example.com/{row.fake.slug()}",
    "int": lambda f: lambda row: row.below(5_000, f.name),
    "long": lambda f: lambda row: row.below(5_000, f.name),
    "double": _amount,
    "currency": _amount,
    "percent": lambda f: lambda row: row.below(101, f.name),
    "date": _date,
    "datetime": lambda f: (
        lambda row: f"{(FIRST_DAY + timedelta(days=row.below(DAYS, f.name))).isoformat()}T{row.below(24, f.name + '/h'):02d}:00:00.000+0000"
    ),
    "time": lambda f: lambda row: f"{row.below(24, f.name):02d}:00:00.000Z",
    "boolean": lambda f: lambda row: row.below(2, f.name) == 1,
}
