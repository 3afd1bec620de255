"""`python -m jietong.assistant.training`: train and write the weights; with `--eval`: measure and print JSON."""

from __future__ import annotations

import argparse
import json
import sys

from jietong.assistant.weights import PATH


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m jietong.assistant.training", description=__doc__)
    parser.add_argument("--eval", action="store_true", help="measure on unseen patterns and on the held-out voice")
    chosen = parser.parse_args(argv)
    report = _evaluate() if chosen.eval else _train()
    json.dump(report, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
    return 0


def _train() -> dict[str, float]:
    from jietong.assistant.training.fit import train

    return train(PATH)


def _evaluate() -> dict[str, object]:
    from jietong.assistant.training.evaluate import REAL_VOICE, by_pattern, on_voice, read_voice

    report: dict[str, object] = {"unseen_patterns": by_pattern()}
    if REAL_VOICE.exists():
        report["held_out_voice"] = on_voice(read_voice())
    return report


if __name__ == "__main__":
    sys.exit(main())
