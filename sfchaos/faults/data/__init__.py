"""Faults named data.*, one a file."""
