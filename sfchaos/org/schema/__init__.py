"""sObjects and their fields, as data."""
