"""SOAP: envelopes, sessions, faults and values as XML, for every SOAP door; and the calls of the partner and enterprise APIs.

envelope    what a request says        faults, writing   what a reply looks like        session   whose call it is
records     sObjects in and out        login, users, saving, reading, describing        the calls themselves
"""
