"""Limits, decisions, the states of an application, disclosure: pure, in whole fen."""
