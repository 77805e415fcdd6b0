#!/usr/bin/env bash
# Writes constraints.txt anew: the newest versions that pyproject.toml allows, tried in a fresh
# environment. Run `make test-all` afterwards, then commit the file.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --upgrade pip setuptools wheel hatchling
"$scratch/venv/bin/pip" install --quiet '.[dev,heic,bundle]'
{
  sed -n '/^#/p' constraints.txt
  "$scratch/venv/bin/pip" freeze --all --exclude lookalike |
    sed -E "s/^(PySide6_Essentials|pyside6-essentials|shiboken6)==(.*)$/\1==\2; python_version < '3.12'/I"
} > "$scratch/constraints.txt"
mv "$scratch/constraints.txt" constraints.txt
