"""SOSL: text to tree, tree to one SQL statement an object."""
