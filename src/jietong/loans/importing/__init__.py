"""Booking a tape, and lists of parties, into the book."""
