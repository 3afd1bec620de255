"""Jietong 接通: no borrower meets a dead end."""

__version__ = "0.1.0"
