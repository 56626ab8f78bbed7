"""Who may log in, and what a login gives: apps, grants, pages, sessions, tokens."""
