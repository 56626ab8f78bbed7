"""A formula that cannot be taken: where, why, and what could stand there."""

from __future__ import annotations

from collections.abc import Iterable

from sfchaos.core.errors import UsageError, nearest


class FormulaError(UsageError):
    """`at` is the offset of the word to blame in `formula`, -1 when none is. Whoever knows the file makes a BadFile of it."""

    def __init__(self, formula: str, at: int, what: str, *, remedy: str = "") -> None:
        super().__init__(f"{what}{_shown(formula, at)}", remedy=remedy)
        self.formula, self.at, self.what = formula, at, what


def unknown(formula: str, at: int, kind: str, name: str, known: Iterable[str]) -> FormulaError:
    """A name that means nothing, with the nearest ones that do."""
    names = list(known)
    close = nearest(name, names)
    hint = f" (did you mean {' or '.join(repr(n) for n in close)}?)" if close else ""
    return FormulaError(formula, at, f"unknown {kind} {name!r}{hint}", remedy=f"known: {', '.join(sorted(names))}")


def _shown(formula: str, at: int) -> str:
    """The line of the formula with a caret under the place."""
    if at < 0:
        return f"\n  {formula}"
    start = formula.rfind("\n", 0, at) + 1
    end = formula.find("\n", at)
    line = formula[start : end if end >= 0 else len(formula)]
    return f" at position {at + 1}\n  {line}\n  {' ' * (at - start)}^"
