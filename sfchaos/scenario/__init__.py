"""Scenarios and targets: what to play, against what, and how a run is carried out."""
