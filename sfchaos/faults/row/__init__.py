"""Faults named row.*, one a file."""
