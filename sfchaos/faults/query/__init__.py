"""Faults named query.*, one a file."""
