#!/usr/bin/env bash
# Chromium and a Chinese font for the browser's tests: installed on Debian when we may, otherwise only spoken of.
set -euo pipefail

browser="${JIETONG_CHROMIUM:-/usr/bin/chromium}"
wanted=()
[ -x "$browser" ] || wanted+=(chromium)
# fc-list comes with fontconfig, which Chromium brings; without it the font is unknown and asked for
fc-list :lang=zh 2>/dev/null | grep -q . || wanted+=(fonts-noto-cjk)

[ ${#wanted[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
else
    echo "not here: ${wanted[*]}. Install them, or set JIETONG_CHROMIUM; tests that need a browser are left out."
fi
