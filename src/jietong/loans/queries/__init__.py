"""Reads of the book, a module a subject. They lock nothing and write nothing."""
