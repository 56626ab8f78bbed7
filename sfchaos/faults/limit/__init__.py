"""Faults named limit.*, one a file."""

COUNTED = ("read", "idem", "nonidem", "transition", "stream")  # kinds of operations that the org counts; a login is none
