#!/usr/bin/env bash
# Texts to translate are collected from the source (Chinese) into locale/en, then compiled. Fails while one has no English.
set -euo pipefail
cd "$(dirname "$0")/.."

.venv/bin/python scripts/messages.py
