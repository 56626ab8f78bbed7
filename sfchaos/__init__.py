"""Chaos and compliance test harness for Salesforce integrations."""

from __future__ import annotations

__version__ = "0.1.0"
