"""Salesforce's formula language, compiled to SQL: formula fields, and the conditions of validation rules.

`formula_sql` is a formula field as an SQL expression; `Conditions` a set of rules over one row; `check_schema` finds what is wrong early.
"""

from sfchaos.org.formula.errors import FormulaError
from sfchaos.org.formula.field import check, check_field, check_rule, check_schema, formula_sql
from sfchaos.org.formula.row import Conditions

__all__ = ["Conditions", "FormulaError", "check", "check_field", "check_rule", "check_schema", "formula_sql"]
