"""Faults named limit.*, one a file."""
