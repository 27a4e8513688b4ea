#!/usr/bin/env bash
# Checks the types in the scripts of the pages with TypeScript, which is installed into a folder of its own in target/
# the first time. `--install` does only that. Without npm nothing is checked, with a message.
set -euo pipefail
cd "$(dirname "$0")"
command -v npm >/dev/null || { echo "npm is not installed: the types in the scripts of the pages are not checked" >&2; exit 0; }
home=${CARGO_TARGET_DIR:-../../../target}/typescript
if ! cmp -s package-lock.json "$home/package-lock.json" || [ ! -x "$home/node_modules/.bin/tsc" ]; then
  mkdir -p "$home"
  cp package.json package-lock.json "$home"
  npm ci --prefix "$home" --ignore-scripts --no-audit --no-fund >&2
fi
[ "${1:-}" = --install ] || "$home/node_modules/.bin/tsc" -p tsconfig.json
