"""An org (or any handler) under a schedule of faults, with a journal: points, plan, gate, tap, rig."""

from sfchaos.rig.rig import Rig, StormCut

__all__ = ["Rig", "StormCut"]
