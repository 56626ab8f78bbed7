"""Faults named proc.*, one a file."""
