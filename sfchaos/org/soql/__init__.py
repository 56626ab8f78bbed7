"""SOQL: a statement is parsed (grammar.lark), compiled to SQL under a schema and a user's rights, and run on the store."""

from sfchaos.org.soql.run import Prepared, QueryResult, prepare, run

__all__ = ["Prepared", "QueryResult", "prepare", "run"]
