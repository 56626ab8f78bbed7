"""Faults named schema.*, one a file."""
