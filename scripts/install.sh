#!/bin/sh
# Make .venv and install the course into it at the versions of requirements.lock.
set -eu
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

command -v "$python" >/dev/null || die "No $python here: install Python 3.11 or newer, or name one with 'make PYTHON=python3.12'."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$("$python" --version) is too old: install Python 3.11 or newer, or name one with 'make PYTHON=python3.12'."

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    say "creating .venv with $("$python" --version)"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian keeps these in a package of their own.
        package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            say "installing $package"
            # A failed update of some other source is no reason not to try.
            { apt-get update || true; apt-get install -y "$package"; } >/dev/null 2>&1 || die "Could not install $package: run 'apt-get install $package' and see what it says."
        else
            die "Python's venv module is missing: run 'sudo apt install $package' and try again."
        fi
    fi
    "$python" -m venv --clear .venv
fi

say "installing the packages of requirements.lock"
export PIP_DISABLE_PIP_VERSION_CHECK=1
if .venv/bin/python -m pip install --quiet uv 2>/dev/null &&
    .venv/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python -r requirements.lock -e .; then
    :
else
    # uv reads its own settings and not pip's, so behind a private index pip may succeed where uv does not.
    say "uv could not install them; trying pip"
    .venv/bin/python -m pip install --quiet -r requirements.lock -e . || die "Installation failed: the package index could not be reached, or a package could not be built; see above."
fi
touch .venv/installed
