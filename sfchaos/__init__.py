"""Chaos and compliance test harness for Salesforce integrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfchaos.core.errors import ObjectiveFailed as ObjectiveFailed

__version__ = "0.1.0"
__all__ = ["ObjectiveFailed", "__version__"]


def __getattr__(name: str) -> type[AssertionError]:
    """`sfchaos.ObjectiveFailed`, imported when asked for: pytest loads this package in every run on the machine."""
    if name == "ObjectiveFailed":
        from sfchaos.core.errors import ObjectiveFailed

        return ObjectiveFailed
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
