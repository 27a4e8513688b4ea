#!/usr/bin/env bash
# Makes plotly.min.js and its LICENSES.txt anew: plotly.js with the kinds of charts that the pages draw and nothing
# else, from the packages that package-lock.json pins. Needs npm. `./build.sh --update` takes the newest versions.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json build.mjs "$work"
[ "${1:-}" = --update ] || cp package-lock.json "$work"
(
  cd "$work"
  if [ -f package-lock.json ]; then npm ci --ignore-scripts --no-audit --no-fund; else npm install --ignore-scripts --no-audit --no-fund; fi
  node build.mjs
)
cp "$work/plotly.min.js" "$work/LICENSES.txt" "$work/package-lock.json" .
