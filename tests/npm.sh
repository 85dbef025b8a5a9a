#!/bin/bash
# Puts the packages that the tests pin into tests/node_modules, when the lock
# file has changed since.
set -euo pipefail
cd "$(dirname "$0")"

[[ -f package-lock.json ]] || exit 0
cmp -s package-lock.json node_modules/.calock-lock.json && exit 0
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
cp package-lock.json node_modules/.calock-lock.json
