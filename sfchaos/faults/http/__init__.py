"""Faults named http.*, one a file."""
