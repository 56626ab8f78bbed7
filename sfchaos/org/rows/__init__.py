"""The life of a row: input, checks, writing, what follows from it, deletion and return."""
