#!/usr/bin/env bash
# Resolve the requirements anew. The lock files name packages and hashes only: no index, no host, no path.
set -euo pipefail
cd "$(dirname "$0")/.."

python=.venv/bin/python
"$python" -m pip install --quiet "pip-tools>=7.5"
options=(--quiet --generate-hashes --allow-unsafe --strip-extras --no-header --resolver=backtracking)
options+=(--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --annotation-style=line)
options+=("$@")  # for example --upgrade

"$python" scripts/requirements_in.py
for name in core dev; do
    "$python" -m piptools compile "${options[@]}" -o "requirements/$name.txt" "requirements/$name.in"
done

if grep -nE '://|^--|file:|(^|[^a-z0-9-])/[a-z]' requirements/*.txt | grep -vE ':\s+--hash='; then
    echo "a lock file names a place; see the lines above" >&2
    exit 1
fi
