"""Which framework references an export may name as a control. References that a customer's document prints are never among them."""

from __future__ import annotations

from sfchaos.core.judgement import Tag


def control_tags(objective_id: str) -> tuple[Tag, ...]:
    """Tags that a judgement is evidence toward: not mere context."""
    from sfchaos.controls.catalogue import objective

    return tuple(tag for tag in objective(objective_id).tags if tag.relation != "context")


def control_name(tag: Tag) -> str:
    """`iso27001:2022:A.8.26`: an id never stands without its edition."""
    return f"{tag.framework}:{tag.edition}:{tag.id}"


def control_names(objective_id: str) -> tuple[str, ...]:
    """Controls of the editions in force, as properties and tables name them."""
    return tuple(control_name(tag) for tag in control_tags(objective_id) if tag.status == "current")
