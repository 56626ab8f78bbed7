"""Objects, fields, relations, formulas, rows and statements of chance: what the store finds is what a reader in Python finds.

The reader knows rows as dicts and two truth values. It is written from the SOQL reference, not from the compiler.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfchaos.org.org import Org
from sfchaos.org.schema.library import standard_schema
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.soql import run

Row = dict[str, Any]
Condition = tuple[str, Callable[[Row], bool]]
STANDARD = standard_schema()
SYSTEM = tuple(f for f in STANDARD.find("Invoice__c").fields if not f.custom)

TEXTS = [None, "a", "A", "b", "ab", "Ä", "ä", "a_b", "50%", "a\\'b"]
NUMBERS = [None, 0.0, 1.5, 2.0, -2.5]
VALUES: dict[str, list[Any]] = {
    "string": TEXTS, "exact": TEXTS, "email": [None, "a@example.com", "B@Example.com"], "picklist": [None, "Hot", "Cold"],
    "int": [None, 0, 1, 2, -1], "double": NUMBERS, "currency": NUMBERS, "percent": NUMBERS, "boolean": [True, False],
    "date": [None, "2026-01-14", "2026-01-15", "2024-02-29"],
    "datetime": [None, "2026-01-14T00:00:00.000+0000", "2026-01-14T23:59:59.000+0000", "2024-02-29T12:00:00.000+0000"],
    "time": [None, "08:15:00.000Z", "23:59:59.000Z"], "multipicklist": [None, "red", "red;blue", "blue;dark blue", "dark blue"],
}  # fmt: skip
ORDERED = ("int", "double", "currency", "percent", "date", "datetime", "time")
TEXTUAL = ("string", "exact", "email")
NUMERIC = ("int", "double", "currency", "percent")


@dataclass(frozen=True)
class Spec:
    """A field as the reader knows it; `formula` works it out of a row."""

    name: str
    kind: str
    made: Field
    formula: Callable[[Row], Any] | None = None


@dataclass
class Thing:
    name: str
    specs: list[Spec] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)  # relationship -> object

    def of(self, *kinds: str) -> list[Spec]:
        return [s for s in self.specs if s.kind in kinds]


def field_of(name: str, kind: str, **more: Any) -> Field:
    extra: dict[str, Any] = {
        "string": {"length": 80}, "exact": {"length": 80, "case_sensitive": True}, "email": {"length": 80}, "int": {},
        "double": {"precision": 18, "scale": 2}, "currency": {"precision": 18, "scale": 2}, "percent": {"precision": 18, "scale": 2},
        "boolean": {"nillable": False}, "picklist": {"length": 40, "picklist": ("Hot", "Cold")},
        "multipicklist": {"length": 200, "picklist": ("red", "blue", "dark blue")},
    }.get(kind, {})  # fmt: skip
    return Field(name, "string" if kind == "exact" else kind, custom=True, **extra, **more)


def formulas(thing: Thing, things: dict[str, Thing]) -> list[tuple[str, str, Callable[[Row], Any]]]:
    """(type, text, meaning) of what can be computed from the plain fields and the parents of an object."""
    found: list[tuple[str, str, Callable[[Row], Any]]] = []
    for s in thing.of("int", "double", "currency"):  # a percent counts as hundredths in a formula
        n = s.name
        found += [
            ("double", f"{n} + 2", lambda row, n=n: None if row[n] is None else row[n] + 2),
            ("double", f"BLANKVALUE({n}, 7)", lambda row, n=n: 7 if row[n] is None else row[n]),
            ("double", f"IF({n} > 1, {n} * 2, 0)", lambda row, n=n: row[n] * 2 if (row[n] or 0) > 1 else 0),
            ("boolean", f"AND(NOT(ISBLANK({n})), {n} >= 1)", lambda row, n=n: row[n] is not None and row[n] >= 1),
        ]
    for s in thing.of("string", "exact"):
        n = s.name
        found += [
            ("string", f'"<" & {n} & ">"', lambda row, n=n: f"<{row[n] or ''}>"),
            ("string", f'IF(ISBLANK({n}), "none", {n})', lambda row, n=n: row[n] or "none"),
        ]
    for relationship, to in thing.links.items():
        found += [("double", f"{relationship}.{s.name} + 1", lambda row, r=relationship, n=s.name: None if row[r] is None or row[r][n] is None else row[r][n] + 1)
                  for s in things[to].of("int", "double", "currency") if s.formula is None]  # fmt: skip
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Org, dict[str, Thing], dict[str, list[Row]]]:
    things = {name: Thing(name) for name in ["Ant__c", "Bee__c", "Cat__c"][: draw(st.integers(1, 3))]}
    for thing in things.values():
        kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=5))
        thing.specs = [Spec(f"F{n}__c", kind, field_of(f"F{n}__c", kind)) for n, kind in enumerate(kinds)]
        thing.links = {f"L{n}__r": to for n, to in enumerate(draw(st.lists(st.sampled_from(sorted(things)), max_size=2)))}
    for thing in things.values():
        possible = formulas(thing, things)
        for n, index in enumerate(draw(st.lists(st.integers(0, max(0, len(possible) - 1)), max_size=2, unique=True)) if possible else []):
            kind, text, meaning = possible[index]
            made = field_of(f"C{n}__c", kind, formula_text=text, calculated=True, createable=False, updateable=False, groupable=False, blank_as_zero=False)
            thing.specs.append(Spec(made.name, kind, made, meaning))
    schema = STANDARD
    for number, thing in enumerate(things.values()):
        links = [Field(r.replace("__r", "__c"), "reference", custom=True, reference_to=(to,), relationship_name=r, child_relationship_name=children(thing.name, r))
                 for r, to in thing.links.items()]  # fmt: skip
        schema = schema.with_object(SObject(thing.name, thing.name, f"{thing.name}s", f"a{number}0", (*SYSTEM, *(s.made for s in thing.specs), *links), custom=True))
    org = Org(schema=schema, seed=7)
    return org, things, filled(draw, org, things)


def children(name: str, relationship: str) -> str:
    return f"{name[:3]}s{relationship}"


def filled(draw: st.DrawFn, org: Org, things: dict[str, Thing]) -> dict[str, list[Row]]:
    """Rows with parents among the rows before them."""
    rows: dict[str, list[Row]] = {name: [] for name in things}
    for name in draw(st.lists(st.sampled_from(sorted(things)), min_size=1, max_size=9)):
        thing = things[name]
        row: Row = {s.name: draw(st.sampled_from(VALUES[s.kind])) for s in thing.specs if s.formula is None}
        row = {key: value.replace("\\'", "'") if isinstance(value, str) else value for key, value in row.items()}
        links = {r: draw(st.none() | st.sampled_from(rows[to])) if rows[to] else None for r, to in thing.links.items()}
        stored = {key: value for key, value in row.items() if value is not None}
        stored |= {r.replace("__r", "__c"): parent["Id"] for r, parent in links.items() if parent is not None}
        row |= links
        row |= {s.name: s.formula(row) for s in thing.specs if s.formula is not None}
        row["Id"] = org.admin.create(name, **stored)
        rows[name].append(row)
    return rows


# ---------------------------------------------------------------------- the reader


def reach(row: Row | None, path: str) -> Any:
    for part in path.split("."):
        if row is None:
            return None
        row = row[part]
    return row


def paths(things: dict[str, Thing], thing: Thing, depth: int = 2) -> list[tuple[str, Spec]]:
    found = [(s.name, s) for s in thing.specs]
    if depth:
        found += [(f"{r}.{path}", s) for r, to in thing.links.items() for path, s in paths(things, things[to], depth - 1)]
    return found


def literal(kind: str, value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).upper()
    if kind == "datetime":
        return str(value).replace(".000+0000", "Z")
    return str(value) if kind in ORDERED else f"'{value}'"


def plain(value: Any) -> Any:
    return value.replace("\\'", "'") if isinstance(value, str) else value


def same(kind: str, a: Any, b: Any) -> bool:
    if kind == "boolean":
        return bool(a) == bool(b)
    return a.lower() == b.lower() if kind != "exact" and isinstance(a, str) and isinstance(b, str) else a == b


def compared(path: str, kind: str, op: str, value: Any) -> Condition:
    wanted = plain(value)

    def holds(row: Row) -> bool:
        found = reach(row, path)
        if op in ("=", "!="):
            return same(kind, found, wanted) == (op == "=")
        if found is None or wanted is None:
            return False
        return {"<": found < wanted, "<=": found <= wanted, ">": found > wanted, ">=": found >= wanted}[op]

    return f"{path} {op} {literal(kind, value)}", holds


def member(path: str, kind: str, op: str, values: list[Any]) -> Condition:
    text = f"{path} {op} ({', '.join(literal(kind, v) for v in values)})"
    return text, lambda row: any(same(kind, reach(row, path), plain(v)) for v in values) == (op == "IN")


def like(path: str, kind: str, pattern: str) -> Condition:
    regex = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return f"{path} LIKE '{pattern}'", lambda row: re.fullmatch(regex, reach(row, path) or "\n", 0 if kind == "exact" else re.IGNORECASE) is not None


def chosen(path: str, op: str, groups: list[list[str]]) -> Condition:
    def holds(row: Row) -> bool:
        stored = (reach(row, path) or "").split(";")
        return any(all(choice.lower() in stored for choice in group) for group in groups) == (op == "INCLUDES")

    quoted = ", ".join("'" + ";".join(group) + "'" for group in groups)
    return f"{path} {op} ({quoted})", holds


def leaf(item: tuple[str, Spec]) -> st.SearchStrategy[Condition]:
    path, spec = item
    kind = spec.kind
    values = st.sampled_from(VALUES[kind] + ([7, 4.0] if kind == "double" else ["none", "<a>", "<>"] if kind == "string" else []))
    ops = ["=", "!=", *(["<", "<=", ">", ">="] if kind in ORDERED else [])]
    found = [st.builds(compared, st.just(path), st.just(kind), st.sampled_from(ops), values)]
    found.append(st.builds(member, st.just(path), st.just(kind), st.sampled_from(["IN", "NOT IN"]), st.lists(values, min_size=1, max_size=3)))
    if kind in TEXTUAL:
        found.append(st.builds(like, st.just(path), st.just(kind), st.text("a_%Äb<", min_size=1, max_size=3)))
    if kind == "multipicklist":
        groups = st.lists(st.lists(st.sampled_from(["red", "blue", "dark blue", "RED"]), min_size=1, max_size=2), min_size=1, max_size=2)
        found.append(st.builds(chosen, st.just(path), st.sampled_from(["INCLUDES", "EXCLUDES"]), groups))
    return st.one_of(found)


def joined(word: str, terms: list[Condition]) -> Condition:
    combine = all if word == "AND" else any
    return f"({f' {word} '.join(text for text, _ in terms)})", lambda row: combine(holds(row) for _, holds in terms)


def negated(term: Condition) -> Condition:
    return f"(NOT {term[0]})", lambda row: not term[1](row)


def conditions(things: dict[str, Thing], thing: Thing) -> st.SearchStrategy[Condition]:
    return st.recursive(
        st.sampled_from(paths(things, thing)).flatmap(leaf),
        lambda inner: st.builds(joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)) | st.builds(negated, inner),
        max_leaves=4,
    )


def value_at(row: Row, path: str, kind: str) -> Any:
    """A boolean of a parent that is not there is false."""
    found = reach(row, path)
    return bool(found) if kind == "boolean" else found


def sort_key(kind: str, value: Any) -> Any:
    """Picklists in the order of their setup; text without case for ASCII, other letters by their code (a known difference)."""
    if kind == "picklist":
        return ("Hot", "Cold").index(value)
    return re.sub("[A-Z]", lambda m: m[0].lower(), value) if isinstance(value, str) and kind != "exact" else value


def ordered(rows: list[Row], path: str, kind: str, *, down: bool, last: bool) -> list[Row]:
    rows = sorted(rows, key=lambda r: r["Id"])
    full = [(sort_key(kind, value), row) for row in rows if (value := value_at(row, path, kind)) is not None]
    keys = sorted({key for key, _ in full}, reverse=down)
    sorted_rows = [row for key in keys for own, row in full if own == key]
    empty = [row for row in rows if value_at(row, path, kind) is None]
    return sorted_rows + empty if last else empty + sorted_rows


def shown(row: Row, names: list[str]) -> Row:
    """The record as JSON has it: parents inside, null where there is none."""
    out: Row = {}
    for name in names:
        head, _, rest = name.partition(".")
        if not rest:
            out[head] = row[head]
        elif row[head] is None:
            out[head] = None
        else:
            out[head] = {**(out.get(head) or {}), **merged(out.get(head), shown(row[head], [rest]))}
    return out


def merged(old: Row | None, new: Row) -> Row:
    return {key: {**old[key], **merged(old[key], value)} if old and isinstance(old.get(key), dict) and isinstance(value, dict) else value for key, value in new.items()}


def without_attributes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_attributes(inner) for key, inner in value.items() if key != "attributes"}
    return [without_attributes(v) for v in value] if isinstance(value, list) else value


def answer(org: Org, statement: str) -> list[Row]:
    return without_attributes(run(org, statement, user_id=org.integration_user_id).records("/services/data/v62.0"))


def by_keys(row: Row) -> str:
    return repr([row.get("k0"), row.get("k1")])


# ---------------------------------------------------------------------- properties

MANY = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
TRIES = 5  # statements against one org


@MANY
@given(worlds(), st.data())
def test_rows_are_found_sorted_cut_and_shown_as_the_reader_does(world, data):
    org, things, rows = world
    for _ in range(TRIES):
        thing = things[data.draw(st.sampled_from(sorted(things)))]
        text, holds = data.draw(conditions(things, thing))
        names = data.draw(st.lists(st.sampled_from([path for path, _ in paths(things, thing)]), max_size=4, unique=True))
        path, spec = data.draw(st.sampled_from([item for item in paths(things, thing) if item[1].kind != "multipicklist"] or [("Id", Spec("Id", "exact", SYSTEM[0]))]))
        down, last, limit, offset = data.draw(st.tuples(st.booleans(), st.booleans(), st.none() | st.integers(0, 3), st.integers(0, 2)))
        statement = f"SELECT {', '.join(['Id', *names])} FROM {thing.name} WHERE {text} ORDER BY {path}{' DESC' if down else ''} NULLS {'LAST' if last else 'FIRST'}, Id"
        statement += ("" if limit is None else f" LIMIT {limit}") + f" OFFSET {offset}"
        found = ordered([row for row in rows[thing.name] if holds(row)], path, spec.kind, down=down, last=last)
        assert answer(org, statement) == [shown(row, ["Id", *names]) for row in found[offset:][:limit]], statement


@MANY
@given(worlds(), st.data())
def test_groups_add_up_as_the_reader_adds(world, data):
    org, things, rows = world
    for _ in range(TRIES):
        thing = things[data.draw(st.sampled_from(sorted(things)))]
        keys = [(path, s.kind) for path, s in paths(things, thing) if s.formula is None and s.kind in ("int", "picklist", "date", "boolean")]
        numbers = [path for path, s in paths(things, thing) if s.kind in NUMERIC]
        if not keys or not numbers:
            return
        by = data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True))
        of, least = data.draw(st.tuples(st.sampled_from(numbers), st.integers(0, 2)))
        text, holds = data.draw(conditions(things, thing))
        if of in dict(by):
            continue
        named = ", ".join(f"{path} k{n}" for n, (path, _) in enumerate(by))
        statement = (f"SELECT {named}, COUNT(Id) n, COUNT({of}) c, SUM({of}) s, AVG({of}) m, MIN({of}) lo, MAX({of}) hi, COUNT_DISTINCT({of}) d FROM {thing.name} "
                     f"WHERE {text} GROUP BY {', '.join(dict(by))} HAVING COUNT({of}) >= {least}")  # fmt: skip
        groups: dict[tuple[Any, ...], list[Any]] = {}
        for row in rows[thing.name]:
            if holds(row):
                groups.setdefault(tuple(value_at(row, path, kind) for path, kind in by), []).append(reach(row, of))
        wanted = []
        for key, values in groups.items():
            full = [v for v in values if v is not None]
            if len(full) >= least:
                total = {"s": sum(full), "m": sum(full) / len(full), "lo": min(full), "hi": max(full)} if full else dict.fromkeys(("s", "m", "lo", "hi"))
                wanted.append({**{f"k{n}": part for n, part in enumerate(key)}, "n": len(values), "c": len(full), "d": len(set(full)), **total})
        made = answer(org, statement)
        assert sorted(made, key=by_keys) == sorted(wanted, key=by_keys), statement


@MANY
@given(worlds(), st.data())
def test_children_and_semi_joins_belong_as_the_reader_says(world, data):
    org, things, rows = world
    relations = [(child, r, to) for child, thing in things.items() for r, to in thing.links.items()]
    if not relations:
        return
    for _ in range(TRIES):
        child, r, to = data.draw(st.sampled_from(relations))
        text, holds = data.draw(conditions(things, things[child]))
        limit = data.draw(st.none() | st.integers(1, 2))
        of = {p["Id"]: [c["Id"] for c in rows[child] if c[r] is p and holds(c)] for p in rows[to]}
        made = answer(org, f"SELECT Id, (SELECT Id FROM {children(child, r)} WHERE {text} ORDER BY Id{f' LIMIT {limit}' if limit else ''}) FROM {to} ORDER BY Id")
        assert [[c["Id"] for c in (row[children(child, r)] or {"records": []})["records"]] for row in made] == [sorted(of[p])[:limit] for p in sorted(of)]
        if child == to:  # the inner and the outer select must not be on the same object
            continue
        link = r.replace("__r", "__c")
        inside = answer(org, f"SELECT Id FROM {to} WHERE Id IN (SELECT {link} FROM {child} WHERE {text})")
        outside = answer(org, f"SELECT Id FROM {to} WHERE Id NOT IN (SELECT {link} FROM {child} WHERE {text})")
        assert sorted(row["Id"] for row in inside) == sorted(p for p in of if of[p])
        assert sorted(row["Id"] for row in outside) == sorted(p for p in of if not of[p])
        upper, fits = data.draw(conditions(things, things[to]))
        linked = answer(org, f"SELECT Id FROM {child} WHERE {link} NOT IN (SELECT Id FROM {to} WHERE {upper})")
        assert sorted(row["Id"] for row in linked) == sorted(c["Id"] for c in rows[child] if c[r] is not None and not fits(c[r])), upper
