"""An org as a team writes it (`--org`, `[org] schema`, `org:` of a scenario): schema, limits, rows, synthetic rows.

It adds to the standard org unless it says `extends: none`. Types and field keys are describe's. Every mistake is named
with file, line and the nearest valid name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sfchaos.core.canonical import sha256_hex
from sfchaos.core.errors import BadFile
from sfchaos.org.bulk.pace import DEFAULT, Pace
from sfchaos.org.schema.companions import change_event_name, with_companions
from sfchaos.org.schema.currencies import read_currencies, with_currencies
from sfchaos.org.schema.custom import read_objects
from sfchaos.org.schema.delegates import read_delegate_groups
from sfchaos.org.schema.library import NAME, VERSION, setup_schema, standard_schema
from sfchaos.org.schema.model import Schema
from sfchaos.org.schema.organization import read_organization
from sfchaos.org.schema.pace_reader import read_pace
from sfchaos.org.schema.people import ConnectedApp, DelegateGroup, PermissionSet, UserEntry
from sfchaos.org.schema.people_reader import read_connected_apps, read_permission_sets, read_users
from sfchaos.org.schema.places import Place, Places, read_yaml
from sfchaos.org.schema.rows import Row, read_rows
from sfchaos.org.schema.volume import Volume, read_volume
from sfchaos.org.service_times import NAMES, PLAIN, ServiceTimes

FORMAT = 1
LONGEST_S = 600  # a request that takes longer is cut off (wire reference 7, D)
KEYS = (
    "sfchaos_org", "name", "version", "extends", "organization", "currencies", "limits", "service_times", "bulk", "objects", "users", "profiles", "permission_sets",
    "connected_apps", "delegate_groups", "event_monitoring", "change_data_capture", "rows", "populate",
)  # fmt: skip


@dataclass(frozen=True)
class OrgModel:
    """What an org is made of. `rows` are in file order, by canonical sObject name; `populate` counts synthetic rows.

    `organization` are values of the Organization row by field. `kind` says what `source` is: "yaml", "sfdx", "describes", or "" for
    the standard org and for a table inside another file.
    """

    schema: Schema
    rows: Mapping[str, list[Row]] = field(default_factory=dict)
    populate: Mapping[str, Volume] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    users: tuple[UserEntry, ...] = ()
    permission_sets: Mapping[str, PermissionSet] = field(default_factory=dict)
    profiles: Mapping[str, PermissionSet] = field(default_factory=dict)
    connected_apps: tuple[ConnectedApp, ...] = ()
    organization: Mapping[str, Any] = field(default_factory=dict)
    unread: tuple[str, ...] = ()  # what the source holds and this version does not read, one sentence each
    kind: str = ""
    source: str = ""
    delegate_groups: tuple[DelegateGroup, ...] = ()
    service_times: ServiceTimes = PLAIN
    pace: Pace = DEFAULT
    event_members: tuple[tuple[str, str], ...] = ()  # (channel, event object): what is chosen for Change Data Capture, and custom channels
    event_monitoring: bool = False  # hourly log files, and 30 days of them

    @property
    def name(self) -> str:
        return self.schema.name

    @property
    def version(self) -> int:
        return self.schema.version

    @cached_property
    def digest(self) -> str:
        """16 hex digits that change with the schema, rows, counts, limits, users and rights."""
        parts = (dict(self.rows), dict(self.populate), dict(self.limits), self.users, dict(self.permission_sets),
                 dict(self.profiles), self.connected_apps, dict(self.organization), *self.delegate_groups,
                 *(() if self.service_times.is_plain else (self.service_times,)), *(() if self.pace == DEFAULT else (self.pace,)),
                 *(("event_monitoring",) if self.event_monitoring else ()), *self.event_members)  # fmt: skip
        return sha256_hex(f"{self.schema.digest} {parts!r}".encode("utf-8", "surrogatepass"))[:16]


def load_org(path: Path) -> OrgModel:
    """The org of a YAML file, of a folder with SFDX or Metadata API source, or of a folder of describe JSON. Raises BadFile."""
    if not path.is_dir():
        return load_org_file(path)
    from sfchaos.org.schema.describes import is_describe_folder, load_describes
    from sfchaos.org.schema.sfdx.project import is_source_tree, load_source_tree

    if is_source_tree(path):
        return load_source_tree(path)
    if is_describe_folder(path):
        return load_describes(path)
    raise BadFile(path, 0, "the folder holds neither Salesforce source nor describes",
                  remedy="name a folder with sfdx-project.json, force-app or objects/, or one with describe JSON such as Account.json, or a YAML org file")  # fmt: skip


def load_org_file(path: Path) -> OrgModel:
    """The org of a YAML file. Raises BadFile."""
    tree, places = read_yaml(path)
    if not isinstance(tree, Mapping) or "sfchaos_org" not in tree:
        raise places.bad((), "not an org file: the key 'sfchaos_org' is missing", "begin with `sfchaos_org: 1`")
    return replace(_org(tree, places, root=path.parent, fallback_name=path.name.partition(".")[0]), kind="yaml", source=str(path))


def org_from_tree(tree: Mapping[str, Any], where: str, root: Path | None = None, base: Schema | None = None) -> OrgModel:
    """The org of a table inside another file. `where` names that file; `root` is where relative paths start (its folder).

    `base` is the schema it adds to, where that is not the standard one. Raises BadFile without a line: the caller knows the lines.
    """
    return _org(tree, Places(where), root=root or Path(where).parent, fallback_name="inline", base=base)


def _org(tree: Mapping[str, Any], places: Places, *, root: Path, fallback_name: str, base: Schema | None = None) -> OrgModel:
    places.check_keys(tree, KEYS, ())
    if tree.get("sfchaos_org", FORMAT) != FORMAT:
        raise places.bad(("sfchaos_org",), f"format {tree['sfchaos_org']!r} is not known", f"this version reads `sfchaos_org: {FORMAT}`")
    currencies = read_currencies(tree.get("currencies"), places)
    schema = with_currencies(_schema(tree, places, fallback_name, base), currencies)
    rows = {"CurrencyType": currencies} if currencies else {}
    rows |= {
        name: read_rows(value, schema.objects[name.lower()], schema, places, place, root)
        for name, value, place in _by_sobject(schema, tree, "rows", places)
    }
    permission_sets = read_permission_sets(tree.get("permission_sets"), schema, places)
    users = read_users(tree.get("users"), permission_sets, schema, places)
    return OrgModel(
        schema,
        parents_first(schema, rows),
        {name: read_volume(value, places, place) for name, value, place in _by_sobject(schema, tree, "populate", places)},
        _limits(tree, places),
        users,
        permission_sets,
        read_permission_sets(tree.get("profiles"), schema, places, "profiles"),
        read_connected_apps(tree.get("connected_apps"), places),
        read_organization(tree.get("organization"), schema, places),
        service_times=_service_times(tree, places),
        pace=read_pace(tree.get("bulk"), places),
        event_monitoring=places.flag(tree, "event_monitoring", (), False),
        event_members=_captured(tree, schema, places),
        delegate_groups=read_delegate_groups(tree.get("delegate_groups"), permission_sets, users, places),
    )


def _schema(tree: Mapping[str, Any], places: Places, fallback_name: str, base: Schema | None) -> Schema:
    extends = tree.get("extends", NAME)
    if extends not in (NAME, "none"):
        raise places.unknown(("extends",), "org to extend", str(extends), (NAME, "none"))
    base = setup_schema() if extends == "none" else base or standard_schema()
    is_same = extends != "none" and not tree.get("objects")
    name = tree.get("name", base.name if is_same else fallback_name)
    if not isinstance(name, str) or not name or "@" in name or any(char.isspace() for char in name):
        raise places.bad(("name",), f"name: {name!r} is not a word without spaces and @", "write `name: crm-small`")
    version = places.whole_number(tree.get("version", base.version if is_same and name == base.name else VERSION), ("version",))
    given = places.table(tree.get("objects"), ("objects",))
    objects = read_objects(given, base, places)
    schema = Schema(name, version, with_companions({**base.objects, **objects}) if objects else dict(base.objects))
    _check_formulas(schema, given, places)
    return schema


def _check_formulas(schema: Schema, given: Mapping[str, Any], places: Places) -> None:
    """Formulas of the file that the org could not compute."""
    for written, tree in given.items():
        sobject = schema.objects[written.lower()]
        for name, entry in ((tree or {}).get("fields") or {}).items():
            f = sobject.find(name)
            if f is not None and "summary" in (entry or ()):
                _check_formula("check_field", (schema, sobject, f), places, ("objects", written, "fields", name, "summary"))
            elif f is not None and "formulaText" in (entry or ()):
                _check_formula("check_field", (schema, sobject, f), places, ("objects", written, "fields", name, "formulaText"))
        for rule in sobject.validation_rules:
            if rule.name in ((tree or {}).get("validationRules") or {}):
                _check_formula("check_rule", (schema, sobject, rule), places, ("objects", written, "validationRules", rule.name, "formula"))


def _check_formula(check: str, what: tuple[Any, ...], places: Places, place: Place) -> None:
    from sfchaos.org import formula  # heavy, and most orgs have no formula

    try:
        getattr(formula, check)(*what)
    except formula.FormulaError as error:
        raise places.bad(place, error.message, error.remedy) from None


def _by_sobject(schema: Schema, tree: Mapping[str, Any], key: str, places: Places) -> list[tuple[str, Any, Place]]:
    """(canonical name, value, place) of each entry of `rows` or `populate`."""
    found: dict[str, tuple[str, Any, Place]] = {}
    for name, value in places.table(tree.get(key), (key,)).items():
        sobject = schema.find(name)
        if sobject is None:
            raise places.unknown((key, name), "sObject", name, [o.name for o in schema])
        if sobject.name in found:
            raise places.bad((key, name), f"{key} of {sobject.name} stand here twice", "put them together")
        found[sobject.name] = (sobject.name, value, (key, name))
    return list(found.values())


def parents_first(schema: Schema, rows: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """The same rows, objects that others refer to before those: a child names its parent by a key that must exist."""
    ordered: dict[str, list[Row]] = {}

    def place(name: str, path: tuple[str, ...]) -> None:
        if name in ordered or name in path or name not in rows:
            return
        for parent in (target for f in schema.objects[name.lower()].fields for target in f.reference_to):
            place(parent, (*path, name))
        ordered[name] = rows[name]

    for name in rows:
        place(name, ())
    return ordered


def _limits(tree: Mapping[str, Any], places: Places) -> dict[str, int]:
    from sfchaos.org.quotas.limits import MAXIMA

    table = places.table(tree.get("limits"), ("limits",))
    for name in table:
        if name not in MAXIMA:
            raise places.unknown(("limits", name), "limit", name, MAXIMA, "names are the keys of /services/data/vXX.X/limits")
    return {name: places.whole_number(value, ("limits", name)) for name, value in table.items()}


def _captured(tree: Mapping[str, Any], schema: Schema, places: Places) -> tuple[tuple[str, str], ...]:
    """`change_data_capture: [Account, Invoice__c]`"""
    place: Place = ("change_data_capture",)
    names = places.words(tree, "change_data_capture", ()) if "change_data_capture" in tree else ()
    if names and schema.find("PlatformEventChannelMember") is None:
        raise places.bad(place, "an org that extends none has no event channels", "leave `extends: none` out")
    found = []
    for index, name in enumerate(names):
        sobject = schema.find(name)
        if sobject is None or sobject.event:
            raise places.unknown((*place, index), "sObject", name, [o.name for o in schema if not o.event])
        found.append(("ChangeEvents", change_event_name(sobject.name)))
    return tuple(found)


def _service_times(tree: Mapping[str, Any], places: Places) -> ServiceTimes:
    table = places.table(tree.get("service_times"), ("service_times",))
    places.check_keys(table, NAMES, ("service_times",))
    for name, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_S:
            raise places.bad(("service_times", name), f"{name}: {value!r} is not a number of seconds from 0 to {LONGEST_S}", "write `row_s: 0.2`")
    return ServiceTimes(**{name: float(value) for name, value in table.items()})
