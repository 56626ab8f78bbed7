"""Faults named cdc.*: event streams, by CometD and, where the org itself is meant, by Pub/Sub API too."""
