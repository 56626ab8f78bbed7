"""Faults named bulk.*, one a file."""
