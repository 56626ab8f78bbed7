"""Faults named org.*, one a file."""
