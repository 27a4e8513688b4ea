#!/usr/bin/env bash
# Installs what the tests need where it is missing, and runs them all: `./test.sh`. Arguments go to `cargo test`.
# The last line is the sum over all test programs: `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")"

has() { command -v "$1" >/dev/null; }

install() { # Debian packages
  echo "installing $* (for the tests)" >&2
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  has apt-get || return 0
  $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

need() { # command, Debian package
  has "$1" || install "$2" || true
  has "$1" || { echo "please install $1 (package $2), then run this again" >&2; exit 1; }
}

# One function for each thing that the tests need beside Rust.
need_rust() { has cargo || { echo "please install Rust first: https://rustup.rs" >&2; exit 1; }; }
need_compiler() { need cc gcc; }
need_redis() { need redis-server redis-server; }
need_terminal() { need script bsdutils; } # tables in terminals of several widths
need_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    ! has "$name" || return 0
  done
  need chromium chromium
}
need_databases() { # what candles are taken from; the tests of those that are missing say so and do nothing
  has sqlite3 || install sqlite3 || true
  compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || has initdb || install postgresql || true
}
need_python() { # the wheel; its tests say so and do nothing where there is no registry of Python packages
  python3 -c 'import ensurepip' 2>/dev/null || install python3-venv || true
}
need_engines() { # what runs the shards of a sweep; the tests of those that are missing say so and do nothing
  has parallel || install parallel || true
  has sbatch || install slurmctld slurmd slurm-client slurm-wlm-basic-plugins || true
  local venv=target/scaleout
  local pip="$venv/bin/pip install -q --timeout 15 --retries 1"
  [ -x $venv/bin/python3 ] || python3 -m venv $venv || return 0
  if [ ! -x $venv/bin/moto_server ]; then
    echo "installing kubernetes-validate and moto, an S3 of this machine, into $venv (for the tests)" >&2
    timeout 60 $pip kubernetes-validate || true
    timeout 120 $pip "moto[server]" || echo "moto is not installed: the test of object stores does nothing" >&2
  fi
  if [ ! -x $venv/bin/ray ]; then
    echo "installing ray into $venv (for the tests)" >&2
    timeout 180 $pip ray || echo "ray is not installed: its test does nothing" >&2
  fi
}
need_types() { tests/browser/types/check.sh --install; } # TypeScript, into target/; skipped where there is no npm

need_rust
need_compiler
need_redis
need_terminal
need_browser
need_databases
need_python
need_engines
need_types

# The tests start servers of their own on free ports. Property tests try the same random cases in each run of this
# script, so that a change is judged by what it changed; PROPTEST_RNG_SEED=N tries others, PROPTEST_CASES=10000 more,
# and `cargo test` alone others each time. What fails is printed with its case.
export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-1}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# With object stores: the program is built once, and all tests are of this one. Without them it is checked by .ci/run.
cargo test --locked --no-fail-fast --features cloud "$@" 2>&1 | tee "$log" || status=$?
# A program that did not compile, or died, has no result line, and yet has failed.
awk -v status="$status" '
  /^test result:/ { passed += $4; failed += $6 }
  END { if (status != 0 && failed == 0) failed = 1; printf "%d passed, %d failed\n", passed, failed }' "$log"
exit "$status"
