#!/usr/bin/env bash
# Texts to translate are collected from the source (Chinese) into locale/en, then compiled.
set -euo pipefail
cd "$(dirname "$0")/../src/jietong"

mkdir -p locale/en/LC_MESSAGES
../../.venv/bin/jietong manage makemessages --locale en --ignore "tests/*" --no-location --no-obsolete
../../.venv/bin/jietong manage compilemessages --locale en
