#!/bin/sh
# Installs the programs that pip cannot: bubblewrap, in which student code is graded, chromium for the browser tests and
# postgresql for those of the gradebook. Does nothing where they are there. Call it with the names of packages to have
# only those.
set -eu

missing=""
for package in ${*:-bubblewrap chromium postgresql}; do
    case $package in
        bubblewrap) commands="bwrap" ;;
        chromium) commands="chromium chromium-browser google-chrome" ;;
        postgresql) commands="postgres $(echo /usr/lib/postgresql/*/bin/postgres)" ;;
        *) commands=$package ;;
    esac
    found=""
    for command in $commands; do
        if command -v "$command" >/dev/null 2>&1; then found=yes; fi
    done
    if [ -z "$found" ]; then missing="$missing $package"; fi
done
if [ -z "$missing" ]; then exit 0; fi

if ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing:$missing. Install them with your system's package manager." >&2
    exit 1
fi
if [ "$(id -u)" != 0 ]; then
    echo "Missing:$missing. Run: sudo apt-get install$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $missing >/dev/null 2>&1 && exit 0
apt-get update -q >/dev/null
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $missing >/dev/null
