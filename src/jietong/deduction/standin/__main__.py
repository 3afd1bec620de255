"""`python -m jietong.deduction.standin --port N --books FILE`: the demo's payment channel, in a process of its own."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from jietong.deduction.standin.books import Books
from jietong.deduction.standin.server import Standin


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="jietong.deduction.standin")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--books", type=Path, required=True, help="where the stand-in keeps what it took")
    parser.add_argument("--seed", type=int, default=1, help="which orders go wrong, and how")
    parser.add_argument("--late-seconds", type=float, default=20)
    parser.add_argument("--slow-seconds", type=float, default=6)
    parser.add_argument("--tell", default="", help="address for notices of what became of an order")
    wanted = parser.parse_args(argv)
    secret = os.environ.get("JIETONG_CHANNEL_SECRET", "")
    if not secret:
        print("JIETONG_CHANNEL_SECRET is empty: nobody could tell our answers from a stranger's", file=sys.stderr)
        return 2
    logging.basicConfig(level=os.environ.get("JIETONG_LOG", "INFO"), format="%(asctime)s %(levelname)s %(message)s")
    server = Standin(
        Books(wanted.books), port=wanted.port, secret=secret, seed=wanted.seed, late_seconds=wanted.late_seconds,
        slow_seconds=wanted.slow_seconds, tell=wanted.tell,
    )  # fmt: skip
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
