"""Back to text: `parse(printed(query)) == query`."""

from __future__ import annotations

from sfchaos.org.soql import ast
from sfchaos.org.soql.literals import escaped


def printed(query: ast.Query) -> str:
    """The statement, one space between words, keywords in capitals."""
    words = ["SELECT", ", ".join(_item(i) for i in query.items), "FROM", ", ".join(_source(s) for s in query.sources)]
    if query.scope:
        words += ["USING SCOPE", query.scope]
    if query.where is not None:
        words += ["WHERE", _condition(query.where)]
    if query.group:
        fields = ", ".join(_operand(g) for g in query.group)
        words += ["GROUP BY", f"{query.subtotals}({fields})" if query.subtotals else fields]
    if query.having is not None:
        words += ["HAVING", _condition(query.having)]
    if query.order:
        words += ["ORDER BY", ", ".join(_sort(s) for s in query.order)]
    if query.limit is not None:
        words += ["LIMIT", str(query.limit)]
    if query.offset is not None:
        words += ["OFFSET", str(query.offset)]
    return " ".join(words + [f"FOR {use}" for use in query.uses])


def _item(item: ast.Item) -> str:
    if isinstance(item.what, ast.Query):
        return f"({printed(item.what)})"
    if isinstance(item.what, ast.TypeOf):
        return " ".join(["TYPEOF", item.what.path.text, *map(_branch, item.what.branches), "END"])
    return _operand(item.what) + (f" {item.alias}" if item.alias else "")


def _branch(branch: ast.Branch) -> str:
    head = f"WHEN {branch.sobject} THEN" if branch.sobject else "ELSE"
    return f"{head} {', '.join(path.text for path in branch.fields)}"


def _source(source: ast.Source) -> str:
    return source.path.text + (f" {source.alias}" if source.alias else "")


def _operand(what: ast.Operand) -> str:
    if isinstance(what, ast.Path):
        return what.text
    return f"{what.name}({', '.join(_argument(a) for a in what.arguments)})"


def _argument(argument: ast.Path | ast.Call | ast.Text | ast.Number) -> str:
    return _operand(argument) if isinstance(argument, ast.Path | ast.Call) else _literal(argument)


def _sort(sort: ast.Sort) -> str:
    return _operand(sort.what) + (" DESC" if sort.descending else "") + (" NULLS LAST" if sort.nulls_last else "")


def _condition(condition: ast.Condition) -> str:
    if isinstance(condition, ast.All):
        return " AND ".join(_term(t) for t in condition.terms)
    if isinstance(condition, ast.Any):
        return " OR ".join(_term(t) for t in condition.terms)
    return _term(condition)


def _term(condition: ast.Condition) -> str:
    if isinstance(condition, ast.Comparison):
        return _comparison(condition)
    if isinstance(condition, ast.Not):
        return f"NOT {_term(condition.term)}"
    return f"({_condition(condition)})"


def _comparison(comparison: ast.Comparison) -> str:
    value = comparison.value
    if isinstance(value, ast.Query):
        right = f"({printed(value)})"
    elif isinstance(value, tuple):
        right = f"({', '.join(_literal(v) for v in value)})"
    else:
        right = _literal(value)
    return f"{_operand(comparison.left)} {comparison.op} {right}"


def _literal(value: ast.Literal) -> str:
    match value:
        case ast.Text():
            return f"'{value.pattern}'"
        case ast.Number() | ast.Date() | ast.Datetime() | ast.Time():
            return value.text
        case ast.Currency():
            return value.code + value.amount
        case ast.Flag():
            return "TRUE" if value.value else "FALSE"
        case ast.Null():
            return "NULL"
        case ast.DateWord():
            return value.name if value.n is None else f"{value.name}:{value.n}"


def quoted(text: str) -> str:
    """Any text as a SOQL literal."""
    return f"'{escaped(text)}'"
