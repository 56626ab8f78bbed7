"""Bulk API 1.0: jobs whose batches the client cuts itself."""
