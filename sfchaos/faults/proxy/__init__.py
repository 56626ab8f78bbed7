"""Faults named proxy.*, one a file."""
