"""Synthetic rows, typed by the schema: names, addresses and companies by Faker, everything else from the seed.

Addresses are at example.com and telephone numbers in the 555-01xx range, so that nothing in them can belong to anybody.
The same seed and the same release of Faker give the same rows; row number i is the same whatever rows are made before it.
References are spread over the parents that are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sfchaos.core import chance
from sfchaos.core.errors import UnknownName
from sfchaos.org.schema.metadata import RecordType
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.schema.volume import PROFILES
from sfchaos.org.synthetic.populate_profiles import shaper

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


@dataclass(frozen=True)
class Parents:
    """What references may point at: ids by field name. `record_types` are the active ones of the sObject, by id."""

    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    record_types: Mapping[str, RecordType] = field(default_factory=dict)


def rows_for(sobject: SObject, n: int, seed: int, start: int = 0, profile: str = "plain", parents: Parents | None = None, **fixed: Any) -> list[dict[str, Any]]:
    """`n` rows to create, numbered from `start`; `fixed` sets fields (or a parent by relationship name) in all of them.

    References without `parents` are left to `fixed`. External ids and unique text are distinct for distinct row numbers.
    Raises UnknownName for a profile that is none of PROFILES, and for a field in `fixed` that the sObject lacks.
    """
    if profile not in PROFILES:
        raise UnknownName("volume profile", profile, PROFILES)
    given = _canonical(sobject, fixed)
    held = parents or Parents()
    plan = [(f, maker) for f in _in_order(sobject) if f.name not in given and (maker := _chosen(f, held) or (_maker(f, sobject) if _wanted(f) else None))]
    shape = shaper(profile)
    fake = _faker()
    rows = []
    for index in range(start, start + n):
        fake.seed_instance(chance.below(2**63, seed, "populate", sobject.name, index))
        row: dict[str, Any] = {}
        made = _Row(fake, sobject.name, seed, index, row, profile == "skewed", held.record_types)
        for f, maker in plan:
            value = maker(made)
            if shape is not None:
                value = shape(f, made, value)
            if value is None:
                continue
            row[f.name] = value[: f.length].strip() if isinstance(value, str) and f.length else value
        rows.append({**row, **given})
    return rows


class _Row:
    """A row in the making: the generator, seeded for it, and the fields it already has."""

    __slots__ = ("fake", "index", "is_skewed", "record_types", "seed", "so_far", "sobject")

    def __init__(self, fake: Faker, sobject: str, seed: int, index: int, so_far: Mapping[str, Any], is_skewed: bool, record_types: Mapping[str, RecordType]) -> None:
        self.fake, self.sobject, self.seed, self.index, self.so_far = fake, sobject, seed, index, so_far
        self.is_skewed, self.record_types = is_skewed, record_types

    def below(self, bound: int, field: str) -> int:
        return chance.below(bound, self.seed, "populate", self.sobject, self.index, field)

    def choice(self, n: int, field: str) -> int:
        """One of `n`: evenly, or the first ones far more often (position k has weight log(1 + 1/k): Zipf's, near enough)."""
        if not self.is_skewed:
            return self.below(n, field)
        unit = self.below(2**32, field) / 2**32
        return min(n - 1, int((n + 1) ** unit) - 1)


Maker = Callable[[_Row], Any]


@cache
def _faker() -> Faker:
    from faker import Faker as Generator

    return Generator("en_US", use_weighting=False)


def _canonical(sobject: SObject, fixed: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in fixed.items():
        own = sobject.find(name)
        parent = sobject.by_relationship.get(name.lower())
        if own is None and parent is None:
            raise UnknownName(f"field of {sobject.name}", name, [f.name for f in sobject.fields])
        found[own.name if own else parent.relationship_name if parent else name] = value
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
        return _value_of(f)
    if f.compound and f.name.endswith(("__Latitude__s", "__Longitude__s")):
        return _degrees(f)
    if f.type in _BY_TYPE:
        return _BY_TYPE[f.type](f)
    part = f.name.removeprefix(f.compound.removesuffix("Address")) if f.compound.endswith("Address") else f.name
    if part in _MAKERS and (part == f.name or f.name.startswith(_PLACES)):
        return lambda row: _MAKERS[part](row.fake)
    if f.name_field:
        return lambda row: row.fake.company()
    return (lambda row: row.fake.word()) if f.custom or f.required else None


def _in_order(sobject: SObject) -> list[Field]:
    """What decides about other fields comes first: the record type, then controlling fields."""
    controlling = {f.controller.lower() for f in sobject.fields if f.controller}
    return sorted(sobject.fields, key=lambda f: (f.name != "RecordTypeId", f.key not in controlling, bool(f.controller)))


def _chosen(f: Field, parents: Parents) -> Maker | None:
    """One of the parents, or of the record types, that there are."""
    ids = tuple(parents.record_types) if f.name == "RecordTypeId" else parents.ids.get(f.name, ())
    return (lambda row: ids[row.choice(len(ids), f.name)]) if ids else None


def _value_of(f: Field) -> Maker:
    """A value that the row's record type and the controlling field allow; none when they allow none."""
    fitting = dict(f.valid_for)
    active = tuple(value for value in f.picklist if value not in f.inactive_values)

    def make(row: _Row) -> str | None:
        offered: Sequence[str] = active
        kind = row.record_types.get(row.so_far.get("RecordTypeId", "")) if row.record_types else None
        if kind is not None:
            offered = dict(kind.picklists).get(f.name, offered)
        if f.controller:
            controlling = row.so_far.get(f.controller)
            word = str(controlling).lower() if isinstance(controlling, bool) else controlling
            offered = [value for value in offered if value not in fitting or word in fitting[value]]
        return offered[row.choice(len(offered), f.name)] if offered else None

    return make


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
        return f"{''.join(letters)[:40].strip('.') or 'office'}.{row.index}@example.com"

    return make


def _amount(f: Field) -> Maker:
    bound = min(MOST_AMOUNT, 10 ** max(1, f.precision - f.scale))
    return lambda row: round(row.choice(bound * 100, f.name) / 100, min(f.scale, 2)) if f.scale else float(row.choice(bound, f.name))


def _degrees(f: Field) -> Maker:
    most = 90 if f.name.endswith("__Latitude__s") else 180
    return lambda row: round(row.below(2 * most * 1000 + 1, f.name) / 1000 - most, f.scale)


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
