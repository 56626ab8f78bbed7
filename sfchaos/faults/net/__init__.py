"""Faults named net.*, one a file."""
