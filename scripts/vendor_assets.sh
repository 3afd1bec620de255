#!/usr/bin/env bash
# Renew the browser parts kept in the repository: htmx, and the icon sprite made of the icons named in icons.txt.
# Needs npm, and only when a version in package.json or icons.txt changes. Nothing here runs in production.
set -euo pipefail
cd "$(dirname "$0")/.."
ui=src/jietong/ui/static/ui
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

cp node_modules/htmx.org/dist/htmx.min.js "$ui/vendor/htmx.min.js"
cp node_modules/htmx.org/LICENSE "$ui/vendor/LICENSE.htmx"
cp node_modules/lucide-static/LICENSE "$ui/vendor/LICENSE.lucide"

python3 - "$ui" <<'PYTHON'
import json
import re
import sys
from pathlib import Path

ui, lucide = Path(sys.argv[1]), Path("node_modules/lucide-static")
symbols = []
for line in (ui / "vendor/icons.txt").read_text(encoding="utf-8").splitlines():
    if not line or line.startswith("#"):
        continue
    name, _, source = line.partition(" ")
    svg = (lucide / "icons" / f"{source or name}.svg").read_text(encoding="utf-8")
    body = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.S).group(1)
    shapes = "".join(part.strip() for part in body.splitlines()).replace(" />", "/>")
    symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
head = '<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide icons, ISC: see vendor/LICENSE.lucide -->'
(ui / "icons.svg").write_text("\n".join([head, *symbols, "</svg>", ""]), encoding="utf-8")
versions = {n: json.loads(Path(f"node_modules/{n}/package.json").read_text())["version"] for n in ("htmx.org", "lucide-static")}
(ui / "vendor/VENDOR.md").write_text(
    "# Parts made by others\n\n"
    "Renewed by `scripts/vendor_assets.sh`; checksums in `SHA256SUMS`, checked by a test.\n\n"
    "| file | from | version | licence |\n| --- | --- | --- | --- |\n"
    f"| `htmx.min.js` | npm `htmx.org` | {versions['htmx.org']} | 0BSD, `LICENSE.htmx` |\n"
    f"| `../icons.svg` | npm `lucide-static`, the icons named in `icons.txt` | {versions['lucide-static']} | ISC, `LICENSE.lucide` |\n",
    encoding="utf-8",
)
PYTHON
(cd "$ui/vendor" && sha256sum htmx.min.js LICENSE.htmx LICENSE.lucide icons.txt ../icons.svg > SHA256SUMS)
