"""The mock Salesforce: schema, rows, users, tokens, limits, jobs. `Org.handle(Request) -> Response`.

No sockets, no threads, no wall clock, no global randomness. Everything mutable goes back on `back_to(mark)`.
"""
