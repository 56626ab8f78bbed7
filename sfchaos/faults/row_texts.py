"""Texts of the codes that a row can be refused with, where a fault names only the code."""

from __future__ import annotations

from sfchaos.core.gate import Refusal

# Source: wire reference 4.3.
_TEXTS = {
    "UNABLE_TO_LOCK_ROW": "unable to obtain exclusive access to this record",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "This record does not meet the validation rule.",
    "REQUIRED_FIELD_MISSING": "Required fields are missing",
    "STORAGE_LIMIT_EXCEEDED": "storage limit exceeded",
    "ENTITY_IS_DELETED": "entity is deleted",
    "DUPLICATES_DETECTED": "Use one of these records?",
    "REQUEST_LIMIT_EXCEEDED": "TotalRequests Limit exceeded.",
}


def usual_text(code: str) -> str:
    """The code in plain words where its text is not known."""
    return _TEXTS.get(code, code.replace("_", " ").lower())


def row_refusal(code: str, message: str = "") -> Refusal:
    return Refusal(code, message or usual_text(code))
