"""Filters agree with a reading of them in Python over the same rows, in two-valued logic."""

from __future__ import annotations

import re
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from sfchaos.core.messages import Request
from sfchaos.org.org import Org
from sfchaos.org.soql import ast, run
from sfchaos.org.soql.literals import escaped
from sfchaos.org.soql.printing import printed

INDUSTRIES = [None, "Retail", "Banking", "retail", "50%", "a_b", "it's \\"]
STAFF = [None, 0, 1, 2, 30]
ROWS = [{"Industry": industry, "NumberOfEmployees": staff} for industry in INDUSTRIES for staff in STAFF]


def _org() -> Org:
    org = Org(seed=5)
    for row in ROWS:
        org.admin.create("Account", Name="row", **{name: value for name, value in row.items() if value is not None})
    return org


ORG = _org()


def text_literal(value: str | None) -> ast.Literal:
    return ast.Null() if value is None else ast.Text(value, escaped(value))


def number_literal(value: int | None) -> ast.Literal:
    return ast.Null() if value is None else ast.Number(str(value))


industry, staff = ast.Path(("Industry",)), ast.Path(("NumberOfEmployees",))
patterns = st.lists(st.sampled_from(["%", "_", r"\%", r"\_", "a", "R", "e", "5", "0"]), min_size=1, max_size=5).map("".join)
comparisons = st.one_of(
    st.builds(ast.Comparison, st.just(industry), st.sampled_from(["=", "!="]), st.sampled_from(INDUSTRIES).map(text_literal)),
    st.builds(ast.Comparison, st.just(industry), st.sampled_from(["IN", "NOT IN"]), st.lists(st.sampled_from(INDUSTRIES).map(text_literal), min_size=1, max_size=3).map(tuple)),
    st.builds(ast.Comparison, st.just(industry), st.just("LIKE"), patterns.map(lambda p: ast.Text(p, p))),
    st.builds(ast.Comparison, st.just(staff), st.sampled_from(["=", "!="]), st.sampled_from(STAFF).map(number_literal)),
    st.builds(ast.Comparison, st.just(staff), st.sampled_from(["<", "<=", ">", ">="]), st.integers(-1, 31).map(number_literal)),
    st.builds(ast.Comparison, st.just(staff), st.sampled_from(["IN", "NOT IN"]), st.lists(st.sampled_from(STAFF).map(number_literal), min_size=1, max_size=3).map(tuple)),
)  # fmt: skip
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: ast.All(tuple(terms))),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: ast.Any(tuple(terms))),
        inner.map(ast.Not),
    ),
    max_leaves=5,
)


def holds(condition: ast.Condition, row: dict[str, object]) -> bool:
    match condition:
        case ast.All():
            return all(holds(term, row) for term in condition.terms)
        case ast.Any():
            return any(holds(term, row) for term in condition.terms)
        case ast.Not():
            return not holds(condition.term, row)
    value = row[condition.left.parts[0]]
    if isinstance(condition.value, tuple):
        return any(_same(value, v) for v in condition.value) == (condition.op == "IN")
    if condition.op == "LIKE":
        return value is not None and re.fullmatch(_regex(condition.value.pattern), str(value), re.IGNORECASE | re.DOTALL) is not None
    if condition.op in ("=", "!="):
        return _same(value, condition.value) == (condition.op == "=")
    number = int(condition.value.text)
    return value is not None and {"<": value < number, "<=": value <= number, ">": value > number, ">=": value >= number}[condition.op]


def _same(value: object, literal: ast.Literal) -> bool:
    if isinstance(literal, ast.Null) or value is None:
        return isinstance(literal, ast.Null) and value is None
    return value.lower() == literal.value.lower() if isinstance(literal, ast.Text) else value == int(literal.text)


def _regex(pattern: str) -> str:
    return "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in re.findall(r"\\.|.", pattern))


@given(conditions)
def test_a_filter_finds_the_rows_that_python_finds(condition):
    query = ast.Query((ast.Item(industry), ast.Item(staff)), (ast.Source(ast.Path(("Account",))),), where=condition)
    found = run(ORG, printed(query), user_id=ORG.integration_user_id).rows
    assert found == [row for row in ROWS if holds(condition, row)]


STARTS = ["", "SELECT ", "SELECT Id FROM Account WHERE ", "SELECT Id FROM Account ORDER BY ", "SELECT COUNT(Id) FROM Account GROUP BY "]
WORDS = [
    "Id", "Name", "Owner.Name", "Industry", "NumberOfEmployees", "CreatedDate", "IsDeleted", "BillingAddress", "Description", "COUNT(", "MAX(", "(", ")", ",", "=", "!=", "<",
    "LIKE", "IN", "NOT", "AND", "OR", "'x'", "''", "'%'", "5", "1e999", "99999999999999999999", "null", "true", "TODAY", "LAST_N_DAYS:99999", "LAST_N_YEARS:3", "2024-02-30",
    "2024-05-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "FROM Account", "(SELECT AccountId FROM Contact)", "(SELECT Id FROM Contacts)", "CALENDAR_YEAR(CreatedDate)",
    "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "OFFSET", "DESC", "NULLS LAST", "FIELDS(ALL)", "toLabel(Industry)", "FOR VIEW", "USING SCOPE mine",
    "TYPEOF Owner WHEN User THEN Name END", "ROLLUP(Industry, Rating)", "CUBE(Id)", "GROUPING(Industry)", "FORMAT(AnnualRevenue)", "FORMAT(MAX(CreatedDate))",
    "convertCurrency(AnnualRevenue)", "DISTANCE(BillingAddress, GEOLOCATION(1, 2), 'km')", "HOUR_IN_DAY(convertTimezone(CreatedDate))", "USD5", "10:00:00Z", "'Ä%'",
    "WITH SECURITY_ENFORCED", "ALL ROWS", "UPDATE TRACKING", "INCLUDES ('a')", "2024-05-01T10:00:00", "GROUP BY ROLLUP(Industry)", "FORMAT(FORMAT(Name))", "COUNT(COUNT(Id))",
]  # fmt: skip
phrases = st.builds(lambda start, words: start + " ".join(words), st.sampled_from(STARTS), st.lists(st.sampled_from(WORDS), max_size=10))


@settings(max_examples=400)
@given(st.text(max_size=60) | phrases)
def test_no_text_makes_the_org_stumble(text):
    url = "https://acme.my.salesforce.com/services/data/v62.0/query?q=" + quote(text.encode("utf-8", "replace"))
    reply = ORG.handle(Request("GET", url, (("Authorization", f"Bearer {ORG.credentials.access_token}"),)))
    assert reply.status in (200, 400), ORG.receipt.facts.get("defect")
