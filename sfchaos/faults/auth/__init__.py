"""Faults named auth.*, one a file."""
