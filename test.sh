#!/usr/bin/env bash
# Installs what the tests need and runs them all: `./test.sh`. Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")"

need() { # command, Debian package
  command -v "$1" >/dev/null && return
  echo "installing $2 (for the tests)" >&2
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  if command -v apt-get >/dev/null; then
    $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" >/dev/null
  fi
  command -v "$1" >/dev/null || { echo "please install $1 (package $2), then run this again" >&2; exit 1; }
}

command -v cargo >/dev/null || { echo "please install Rust first: https://rustup.rs" >&2; exit 1; }
need cc gcc
need redis-server redis-server
browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null
browser || need chromium chromium

# Properties are tried on the same random cases each time; PROPTEST_RNG_SEED=1 tries others, PROPTEST_CASES=10000 more.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-20261121}"

# The tests start servers of their own on free ports. The outcome of all test programs is summed up in one last line.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --locked --no-fail-fast "$@" 2>&1 | tee "$log" || status=$?
awk '/^test result:/ { passed += $4; failed += $6 } END { printf "%d passed, %d failed\n", passed, failed }' "$log"
exit "$status"
