#!/usr/bin/env bash
# Java for Apache Spark's tests: installed on Debian when we may, otherwise only spoken of.
set -euo pipefail

command -v java >/dev/null && exit 0
[ -n "${JAVA_HOME:-}" ] && exit 0
if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null
else
    echo "not here: Java 17. Install it (Debian: openjdk-17-jre-headless); tests that need Apache Spark are left out."
fi
