"""Hypothesis strategies: schedules of faults, records that an org takes, values that break integrations, SOQL.

    @given(schedule=schedules(operations=["row.*"]), row=records("Account"))
    def test_no_schedule_makes_twins(schedule, row):
        with played(schedule) as rig:
            push_accounts([row])
            assert rig.org.count("Account", External_Id__c=row["External_Id__c"]) <= 1

Each example gets a rig of its own from `played`: the fixture `rig` lives for a whole test, so Hypothesis rightly refuses it here.
What shrinks, shrinks to a schedule of few rules with light faults, once each, at the operation that matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from sfchaos.core.errors import UnknownName, UsageError
from sfchaos.core.operations import OPERATIONS
from sfchaos.faults import FAULTS, FaultInfo
from sfchaos.faults.registry import applies_to
from sfchaos.faults.registry import catalogue as all_faults
from sfchaos.faults.schedule import Schedule
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.soql import ast
from sfchaos.org.soql.literals import escaped
from sfchaos.org.soql.printing import printed

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.scenario.live import LiveRig

__all__ = ["hostile_values", "played", "records", "schedules", "soql"]

# Which of the matching requests, and how often or for how long: the plainest first.
LIMITS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("", {}), ("#1", {}), ("#2", {}), ("#1..3", {}), ("", {"times": 2}), ("", {"times": 4}), ("#1", {"times": 2}), ("#2", {"times": 3}),
    ("", {"p": 0.1}), ("", {"p": 0.5}), ("", {"for": "1s"}), ("", {"for": "10s"}), ("", {"for": "120s"}), ("", {"every": 2}),
)  # fmt: skip
USUAL = ("row.create", "row.upsert", "row.update", "query.first", "query.more", "bulk2.create", "bulk2.close", "bulk2.poll", "auth.password", "auth.soap", "auth.jwt")
MAX_TEXT = 60
# Characters that a field of text gives back as they came: no controls, no surrogates.
_PLAIN = st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc", "Cs"))


# ---------------------------------------------------------------------- schedules


def schedules(
    *, org: Org | Schema | None = None, faults: Iterable[str] | None = None, operations: Iterable[str] | None = None, max_rules: int = 3,
    min_rules: int = 0,
) -> st.SearchStrategy[Schedule]:  # fmt: skip
    """Schedules of `min_rules` to `max_rules` rules, each of a fault at an operation where it can show.

    `org` gives the objects that addresses may name besides `*`. `faults` are ids or patterns (`net.*`), `operations` names or
    patterns (`row.*`); None is all. Raises UnknownName for a pattern that fits nothing, UsageError when no fault goes with any operation.
    """
    ops = _chosen(operations, list(OPERATIONS), "operation", "an operation is one of row.create, query.first ..., or row.*")
    ids = _chosen(faults, list(FAULTS), "fault", f"`{FAULTS.listing}` shows all")
    infos = sorted((info for info in all_faults() if info.id in ids or any(alias in ids for alias in info.aliases)), key=lambda info: info.weight)
    pairs = {info.id: found for info in infos if (found := [op for op in ops if applies_to(info, op)])}
    if not pairs:
        raise UsageError("none of these faults can show at any of these operations", remedy="`sfchaos explain FAULT` says where a fault applies")
    objects = [sobject.name for sobject in _schema_of(org) if sobject.createable]
    rules = st.lists(_rules([info for info in infos if info.id in pairs], pairs, objects), min_size=min_rules, max_size=max_rules)
    return rules.map(lambda trees: Schedule.from_tree({"sfchaos_schedule": 1, "rules": trees}))


def _chosen(patterns: Iterable[str] | None, known: Sequence[str], kind: str, remedy: str) -> list[str]:
    if patterns is None:
        return list(known)
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise UnknownName(kind, pattern, known, remedy=remedy)
    return [name for name in known if any(fnmatchcase(name, pattern) for pattern in wanted)]


@st.composite
def _rules(draw: st.DrawFn, infos: Sequence[FaultInfo], pairs: Mapping[str, list[str]], objects: Sequence[str]) -> dict[str, Any]:
    """A rule's tree, of at most four choices: Hypothesis deletes up to five neighbours at once, and a list adds one for each element.

    Every choice has the plain value first, because that is what shrinking goes to, and the usual ones twice.
    """
    info = draw(st.sampled_from(infos))
    ops = pairs[info.id]
    op = draw(st.sampled_from([*(op for op in USUAL if op in ops), *ops]))
    target = draw(st.sampled_from([*["*"] * len(objects), *objects])) if op.startswith(("row.", "coll.")) else "*"
    kth, limits = draw(st.sampled_from(LIMITS))
    return {"fault": info.id, "on": f"{op}/{target}{kth}", **limits}


@contextmanager
def played(schedule: Schedule, *, org: Any = None, seed: int = 0) -> Iterator[LiveRig]:
    """A fresh rig under the schedule, in process and in virtual time, as the fixture `rig` gives one: for bodies under `@given`.

    `org` is an OrgModel (`load_org_file`), or None for the standard org.
    """
    from sfchaos.core.clock import VirtualClock
    from sfchaos.scenario.live import LiveRig, in_process

    rig = LiveRig(name="played", seed=seed if schedule.seed is None else schedule.seed, clock=VirtualClock(), model=org, schedule=schedule)
    with in_process(rig):
        yield rig


# ---------------------------------------------------------------------- records


def records(sobject: str, *, org: Org | Schema | None = None, hostile: bool = False, **fixed: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies of a create that the org takes: required fields always, others sometimes, typed by the schema.

    References are left out: give them, and whatever else must stand still, as `fixed`. With `hostile`, fields of plain text hold
    what `hostile_values` makes, cut to their length. Raises UnknownName for an sObject or field that the schema lacks.
    """
    found = _sobject(sobject, org)
    for name in fixed:
        if found.find(name) is None and name.lower() not in found.by_relationship:
            raise UnknownName(f"field of {found.name}", name, [f.name for f in found.fields])
    given = {name.lower() for name in fixed}
    fields = [f for f in found.fields if _fillable(f) and f.key not in given]
    required = {f.name: _value_of(f, hostile) for f in fields if f.required}
    optional = {f.name: _value_of(f, hostile) for f in fields if not f.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda row: {**row, **fixed})


def _fillable(f: Field) -> bool:
    computed = f.auto_number or f.derived_from or f.calculated
    return f.createable and f.has_column and not (computed or f.reference_to or f.type in ("base64", "id", "anyType", "encryptedstring"))


def _value_of(f: Field, hostile: bool) -> st.SearchStrategy[Any]:
    if f.picklist:
        return st.sampled_from(f.picklist)
    if f.type in _BY_TYPE:
        return _BY_TYPE[f.type](f)
    length = min(f.length or MAX_TEXT, MAX_TEXT)
    plain = st.text(_PLAIN, min_size=1, max_size=length).filter(lambda text: text == text.strip())
    if hostile and f.type in ("string", "textarea") and not (f.external_id or f.unique):
        return plain | hostile_values(max_size=length).map(str.strip).filter(bool)
    return plain


def _number(f: Field) -> st.SearchStrategy[float]:
    bound: int = 10 ** max(1, min(9, (f.precision or 9) - f.scale)) - 1
    if not f.scale:
        return st.integers(0, bound).map(float)
    return st.integers(0, bound * 100).map(lambda n: n / 100) if f.scale >= 2 else st.integers(0, bound * 10).map(lambda n: n / 10)


def _whole(f: Field) -> st.SearchStrategy[int]:
    return st.integers(0, 10 ** min(f.digits or 8, 8) - 1)


def _coordinate(f: Field) -> st.SearchStrategy[float]:
    bound = 90 if f.name.endswith("Latitude") else 180
    return st.integers(-bound * 10, bound * 10).map(lambda n: n / 10)


def _is_coordinate(f: Field) -> bool:
    return f.type == "double" and f.name.endswith(("Latitude", "Longitude"))


_LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
_DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
_INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))
_BY_TYPE: dict[str, Callable[[Field], st.SearchStrategy[Any]]] = {
    "boolean": lambda f: st.booleans(),
    "int": _whole,
    "long": _whole,
    "double": lambda f: _coordinate(f) if _is_coordinate(f) else _number(f),
    "currency": _number,
    "percent": lambda f: st.integers(0, 100).map(float),
    "date": lambda f: _DAYS.map(date.isoformat),
    "datetime": lambda f: _INSTANTS.map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")),
    "time": lambda f: st.integers(0, 23).map(lambda hour: f"{hour:02d}:00:00.000Z"),
    "email": lambda f: _LETTERS.map(lambda name: f"{name}@example.com"),
    "phone": lambda f: st.integers(0, 99).map(lambda n: f"+1 212-555-01{n:02d}"),
    "url": lambda f: _LETTERS.map(lambda name: f"https://www.example.com/{name}"),
}


# ---------------------------------------------------------------------- hostile values

# By what they break. Source: fault model 3.8.
HOSTILE = (
    "",
    "null", "#N/A", "NaN", "0", "-0", "007", "1e309", "9007199254740993", "0.1", "true",  # read as something else
    'say "hi"', "a,b", "a;b\tc", "line\nbreak", "line\r\nbreak", "\ufeffbom",  # CSV
    "=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://example.com\")",  # formulas of spreadsheets
    "O'Neil", "\\", "\\'", "' OR Name LIKE '%", "%", "_", "'; DROP TABLE Account; --",  # SOQL and SQL
    "<b>&amp;</b>", "]]>", "{{7*7}}", "../../etc", "INFO forged log line\nERROR another",  # HTML, XML, templates, paths, logs
    "e\u0301", "\u00e9", "\u0130stanbul", "\U0001f9d1\u200d\U0001f680", "\u202eabc", "a\u200bb", "a\u2028b", "\u00df", "\u4e2d\u6587",  # Unicode
    "2024-02-29", "1700-01-01", "4000-12-31", "001000000000001AAA", "001000000000001aaa",  # dates, ids that differ in case
)  # fmt: skip


def hostile_values(*, max_size: int = 80, controls: bool = False) -> st.SearchStrategy[str]:
    """Text that is legal in Salesforce and breaks careless code: quotes, formulas, SOQL, log lines, twins of Unicode.

    At most `max_size` characters. With `controls`, NUL and other control characters come too: no org keeps those.
    """
    known = st.sampled_from([text[:max_size] for text in HOSTILE])
    joined = st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=4).map(lambda parts: " ".join(parts)[:max_size])
    free = st.text(st.characters(exclude_categories=["Cs"] if controls else ["Cs", "Cc"]), max_size=max_size)
    return st.one_of(known, joined, free, st.just("x" * max_size))


# ---------------------------------------------------------------------- SOQL


# Objects that may only be queried by certain ids. Source: wire reference 9.5 (D/L)
_ONLY_BY_ID = frozenset({"ContentDocumentLink", "EntityParticle", "FieldDefinition", "UserRecordAccess"})


def soql(sobject: str | None = None, *, org: Org | Schema | None = None) -> st.SearchStrategy[str]:
    """Statements that the org answers: a field list, sometimes a WHERE, ORDER BY, LIMIT and OFFSET, all of them sound for the schema.

    Without `sobject`, over any object that can be queried.
    """
    schema = _schema_of(org)
    objects = [_sobject(sobject, org)] if sobject else [o for o in schema if o.queryable and o.name not in _ONLY_BY_ID]
    return st.sampled_from(objects).flatmap(_statements).map(printed)


def _statements(sobject: SObject) -> st.SearchStrategy[ast.Query]:
    names = [f for f in sobject.fields if f.has_column]
    plain = [f for f in names if f.filterable and (f.type in _LITERALS or f.is_text) and f.type != "encryptedstring"]
    sortable = [f for f in names if f.sortable and f.type in _LITERALS]
    filters = st.sampled_from(plain).flatmap(_comparison)
    where = st.none() | filters | st.lists(filters, min_size=2, max_size=3).map(lambda terms: ast.All(tuple(terms)))
    return st.builds(
        ast.Query,
        items=st.lists(st.sampled_from(names), min_size=1, max_size=4, unique_by=lambda f: f.key).map(lambda fs: tuple(ast.Item(_path(f)) for f in fs)),
        sources=st.just((ast.Source(ast.Path((sobject.name,))),)),
        where=where,
        order=st.lists(st.sampled_from(sortable), max_size=2, unique_by=lambda f: f.key).map(lambda fs: tuple(ast.Sort(_path(f)) for f in fs)),
        limit=st.none() | st.integers(0, 2_000),
        offset=st.none() | st.integers(0, 2_000),
    )


def _path(f: Field) -> ast.Path:
    return ast.Path((f.name,))


def _comparison(f: Field) -> st.SearchStrategy[ast.Condition]:
    literals = _LITERALS.get(f.type, _TEXTS)
    ops = ["=", "!="] if f.type == "boolean" or f.is_text or f.type in ("id", "reference") else ["=", "!=", "<", "<=", ">", ">="]
    compared = st.builds(ast.Comparison, st.just(_path(f)), st.sampled_from(ops), literals)
    nothing = st.builds(ast.Comparison, st.just(_path(f)), st.sampled_from(["=", "!="]), st.just(ast.Null()))
    return compared | nothing if f.type != "boolean" else compared


_TEXTS = hostile_values(max_size=30).map(lambda text: ast.Text(text, escaped(text)))
_LITERALS: dict[str, st.SearchStrategy[ast.Literal]] = {
    "string": _TEXTS, "email": _TEXTS, "phone": _TEXTS, "url": _TEXTS, "picklist": _TEXTS,
    "boolean": st.booleans().map(ast.Flag),
    "int": st.integers(-1000, 100_000).map(lambda n: ast.Number(str(n))),
    "double": st.integers(-1000, 100_000).map(lambda n: ast.Number(f"{n / 100:.2f}")),
    "currency": st.integers(-1000, 100_000).map(lambda n: ast.Number(f"{n / 100:.2f}")),
    "date": _DAYS.map(lambda day: ast.Date(day.isoformat())),
    "datetime": _INSTANTS.map(lambda at: ast.Datetime(at.strftime("%Y-%m-%dT%H:%M:%SZ"))),
}  # fmt: skip


# ---------------------------------------------------------------------- the schema


def _schema_of(org: Org | Schema | None) -> Schema:
    if org is None:
        return standard_schema()
    return org if isinstance(org, Schema) else org.schema


def _sobject(name: str, org: Org | Schema | None) -> SObject:
    schema = _schema_of(org)
    found = schema.find(name)
    if found is None:
        raise UnknownName("sObject", name, [o.name for o in schema])
    return found
