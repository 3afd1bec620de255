"""One adapter a file: how each kind of core is asked. They know shapes and wires, never the book."""
