"""Requests inside a request: what composite, batch, graph and tree share."""
