"""Faults named tls.*, one a file."""
