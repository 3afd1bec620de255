"""The pages of the console, a module a section."""
