"""The org's rows as its model has them, whatever a fault made of the schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfchaos.org.org import Org


@contextmanager
def as_modelled(org: Org) -> Iterator[None]:
    """Look at the rows through the schema that the org was made with: what a field held, it holds."""
    held = org.schema
    org.schema = org.registers.healthy.get("schema", held)
    try:
        yield
    finally:
        org.schema = held
