"""Forecast of calls per slot from a history file: reading, day level, profile within the day, bands."""
