"""Faults named perm.*, one a file."""
