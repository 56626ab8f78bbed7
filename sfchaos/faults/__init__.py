"""What can go wrong: one small file a fault, the registry of all of them, and schedules that say where and for how long."""

from sfchaos.faults import catalogue as _catalogue
from sfchaos.faults.registry import FAULTS, FaultInfo, fault, info_of

__all__ = ["FAULTS", "FaultInfo", "fault", "info_of"]
del _catalogue
