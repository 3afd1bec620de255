"""Set-based SQL that repeats a pure rule, each held equal to it by a test."""
