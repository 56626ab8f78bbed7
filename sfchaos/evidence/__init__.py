"""Evidence: a bundle on disk, its verification, and one file per format it is rendered to."""
