"""Faces of the desk: pages and their parts (`pages`), what a specialist does (`acts`), the live stream (`live`)."""
