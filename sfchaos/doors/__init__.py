"""Doors carry a handler to a client: in process (urllib3, responses) or over sockets (server, proxy).

A door knows a Handler and a Clock and nothing of orgs, faults or rigs. It acts out what a Response's Delivery describes.
"""
