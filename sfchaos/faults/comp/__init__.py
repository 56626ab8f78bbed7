"""Faults named comp.*, one a file."""
