"""`python -m bench`: every measurement that needs nothing but this checkout, one after another."""

from __future__ import annotations

import sys

from bench import dayend, import_tape, posting, rebuild

BENCHES = {"import_tape": import_tape.main, "rebuild": rebuild.main, "dayend": dayend.main, "posting": posting.main}


def main() -> None:
    names = [name for name in sys.argv[1:2] if name in BENCHES] or list(BENCHES)
    sys.argv = [sys.argv[0], *(word for word in sys.argv[1:] if word not in BENCHES)]
    for name in names:
        print(f"== {name}")
        BENCHES[name]()


if __name__ == "__main__":
    main()
