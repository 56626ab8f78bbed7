"""The phases of a run that need no naming: they follow from the operation."""

from __future__ import annotations

from sfchaos.rig.points import Point


def automatic_phase(point: Point) -> str:
    """auth, bulk, read or write. ("verify" is a phase that whoever runs the target names while end states are read.)"""
    if point.op.startswith("auth."):
        return "auth"
    if point.op.startswith("bulk"):
        return "bulk"
    return "read" if point.kind in ("read", "stream") else "write"
