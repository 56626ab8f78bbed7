"""Any statement survives printing and parsing."""

from __future__ import annotations

from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from sfchaos.org.soql import ast
from sfchaos.org.soql.literals import escaped, unescaped
from sfchaos.org.soql.parse import parse
from sfchaos.org.soql.printing import printed

_WORDS = ["Id", "Name", "Owner", "Group", "Order", "Amount__c", "Parent__r", "x1", "Today", "Limit__c", "From__c"]
names = st.sampled_from(_WORDS)
paths = st.lists(names, min_size=1, max_size=4).map(lambda parts: ast.Path(tuple(parts)))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(lambda text: ast.Text(text, escaped(text)))
numbers = st.one_of(st.integers().map(str), st.floats(allow_nan=False, allow_infinity=False).map(repr)).map(ast.Number)
dates = st.dates().map(lambda d: ast.Date(d.isoformat()))
datetimes = st.datetimes(timezones=st.just(UTC)).map(lambda d: ast.Datetime(d.isoformat(timespec="seconds").replace("+00:00", "Z")))
words = st.one_of(
    st.sampled_from(["TODAY", "LAST_WEEK", "THIS_FISCAL_YEAR"]).map(ast.DateWord), st.integers(0, 500).map(lambda n: ast.DateWord("LAST_N_DAYS", n))
)
times = st.times().map(lambda t: ast.Time(t.isoformat("milliseconds") + "Z"))
amounts = st.builds(ast.Currency, st.sampled_from(["USD", "EUR"]), st.integers(0, 10**9).map(str) | st.just("5000.25"))
literals = st.one_of(texts, numbers, dates, datetimes, times, amounts, words, st.booleans().map(ast.Flag), st.just(ast.Null()))
functions = st.builds(ast.Call, st.sampled_from(["COUNT", "SUM", "CALENDAR_YEAR", "TOLABEL"]), st.lists(paths, max_size=2).map(tuple))
operands = st.one_of(paths, functions)
lists = st.lists(literals, min_size=1, max_size=4).map(tuple)


def comparisons(queries: st.SearchStrategy[ast.Query] | None = None) -> st.SearchStrategy[ast.Comparison]:
    plain = st.builds(ast.Comparison, operands, st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "LIKE"]), literals)
    many = st.builds(ast.Comparison, operands, st.sampled_from(["IN", "NOT IN", "INCLUDES", "EXCLUDES"]), lists)
    if queries is None:
        return st.one_of(plain, many)
    return st.one_of(plain, many, st.builds(ast.Comparison, paths, st.sampled_from(["IN", "NOT IN"]), queries))


def conditions(queries: st.SearchStrategy[ast.Query] | None = None) -> st.SearchStrategy[ast.Condition]:
    return st.recursive(
        comparisons(queries),
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda terms: ast.All(tuple(terms))),
            st.lists(inner, min_size=2, max_size=3).map(lambda terms: ast.Any(tuple(terms))),
            inner.map(ast.Not),
        ),
        max_leaves=6,
    )


branches = st.builds(ast.Branch, st.sampled_from(["Account", "Case"]), st.lists(paths, min_size=1, max_size=2).map(tuple))
otherwise = st.builds(ast.Branch, st.just(""), st.lists(paths, min_size=1, max_size=2).map(tuple))
typeofs = st.builds(ast.TypeOf, paths, st.tuples(branches) | st.tuples(branches, branches) | st.tuples(branches, otherwise))


def _with_groups(groups, **clauses):
    """HAVING and subtotals come with GROUP BY only."""
    group, subtotals, having = groups
    return ast.Query(group=group, subtotals=subtotals if group else "", having=having if group else None, **clauses)


def statements(queries: st.SearchStrategy[ast.Query] | None = None) -> st.SearchStrategy[ast.Query]:
    items = [st.builds(ast.Item, operands, st.sampled_from(["", "alias1"]))]
    if queries is not None:
        items.append(st.builds(ast.Item, queries))
        items.append(st.builds(ast.Item, typeofs))
    return st.builds(
        _with_groups,
        items=st.lists(st.one_of(items), min_size=1, max_size=4).map(tuple),
        sources=st.lists(st.builds(ast.Source, paths, st.sampled_from(["", "a", "b2"])), min_size=1, max_size=2).map(tuple),
        scope=st.sampled_from(["", "mine", "everything"]),
        where=st.none() | conditions(queries),
        groups=st.tuples(st.lists(operands, max_size=2).map(tuple), st.sampled_from(["", "ROLLUP", "CUBE"]), st.none() | conditions()),
        order=st.lists(st.builds(ast.Sort, operands, st.booleans(), st.booleans()), max_size=3).map(tuple),
        limit=st.none() | st.integers(0, 50_000),
        offset=st.none() | st.integers(0, 2000),
        uses=st.sampled_from([(), ("VIEW",), ("REFERENCE",), ("VIEW", "REFERENCE")]),
    )


@given(statements(statements()))
def test_a_printed_statement_parses_to_itself(query):
    assert parse(printed(query)) == query


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_its_escapes(text):
    assert unescaped(escaped(text)) == text
