#!/usr/bin/env bash
# Makes the Python of the tests: packages of pinned versions in an environment beside what cargo builds. Nothing of
# it is installed for others, and without it the tests that need it say that they were not run.
#   scripts/python.sh             what follows, but Spark
#   scripts/python.sh s3          a server of the S3 protocol
#   scripts/python.sh readers     DuckDB, Polars, deltalake, chDB
#   scripts/python.sh api         schemathesis
#   scripts/python.sh spark       Spark, which `make test-spark` alone asks for
set -euo pipefail
cd "$(dirname "$0")/.."

place="${CARGO_TARGET_DIR:-target}/python"
lists=("$@")
[ ${#lists[@]} -gt 0 ] || lists=(s3 readers api)
say() { printf 'python: %s\n' "$*" >&2; }

if ! command -v python3 >/dev/null; then
  say "python3 is missing"
  exit 1
fi
if ! [ -x "$place/bin/pip" ]; then
  python3 -m venv "$place" >&2 || {
    say "no environment could be made: on Debian install python3-venv"
    exit 1
  }
fi
for list in "${lists[@]}"; do
  file="scripts/python/$list.txt"
  cmp -s "$file" "$place/$list.txt" && continue
  say "installing the packages of $file"
  "$place/bin/python3" -m pip install --quiet --disable-pip-version-check --no-input --timeout 30 --retries 2 \
    -r "$file" </dev/null >&2
  cp "$file" "$place/$list.txt"
done
