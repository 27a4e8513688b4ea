#!/usr/bin/env bash
# Instructions of the fold, counted by valgrind: the same on every run, however noisy the machine.
#
#   cargo build --release && benches/instructions.sh
#
# Each strategy is swept four times over the sample candles: few and many combinations, half and all of the bars. What
# they have in common (starting, reading the file, the tile's sums) falls out of the differences; what is left is the
# cost of one more bar of a combination, and that of one more combination whatever its bars (compiling its rules, its
# metrics, its row). valgrind does not know AVX-512, so this counts AVX2.
#
# BACKTEST   the program (target/release/backtest)
# HONESTY    empty: with the lines below the table of a sweep (left out: --no-honesty)
# PROFILE    a file for the profile of the last sweep, for callgrind_annotate (none); names need a build with
#            CARGO_PROFILE_RELEASE_STRIP=none CARGO_PROFILE_RELEASE_DEBUG=line-tables-only
set -euo pipefail
cd "$(dirname "$0")/.."
BACKTEST=${BACKTEST:-target/release/backtest}
command -v valgrind >/dev/null || { echo "note: valgrind is not installed: nothing counted" >&2; exit 0; }
TEMP=$(mktemp -d)
trap 'rm -rf "$TEMP"' EXIT
export XDG_CACHE_HOME=$TEMP XDG_CONFIG_HOME=$TEMP BACKTEST_CPU=avx2

count() { # OPTION...: instructions, combinations and bars of a sweep
    valgrind --tool=callgrind --callgrind-out-file="${PROFILE:-/dev/null}" "$BACKTEST" sweep --crypto BTC --data-dir data \
        --no-cache --threads 1 --format json --top 1 ${HONESTY---no-honesty} "$@" >"$TEMP/out" 2>"$TEMP/err" || { cat "$TEMP/err" >&2; exit 1; }
    local counted
    counted=$(sed -n 's/.*Collected : //p' "$TEMP/err")
    python3 -c '
import json, sys
summary = json.load(open(sys.argv[1]))["summary"]
print(sys.argv[2], summary["misses"], summary["bars"])' "$TEMP/out" "$counted"
}

row() { # NAME STRATEGY "FEW" "MANY"
    local bars counts=()
    for bars in "--to 2023-01-21" ""; do
        # shellcheck disable=SC2086 # options in one word
        counts+=($(count --strategy "$2" $3 $bars) $(count --strategy "$2" $4 $bars))
    done
    awk -v name="$1" -v counts="${counts[*]}" 'BEGIN {
        split(counts, c, " ")
        few = c[8]; many = c[11]; half = c[3]; all = c[9]
        by_half = (c[4] - c[1]) / (many - few); by_all = (c[10] - c[7]) / (many - few)
        bar = (by_all - by_half) / (all - half)
        printf "| %s | %d, %d | %d, %d | %.2f | %.0f |\n", name, few, many, half, all, bar, by_all - bar * all
    }'
}

echo "| sweep | combinations | bars | instructions of one more bar of a combination | of one more combination |"
echo "|---|---|---|---|---|"
row "ma, long windows" ma "-p fast=5..14 -p slow=100..109" "-p fast=5..36 -p slow=100..131"
row "ma, short windows" ma "-p fast=2..9 -p slow=12..19" "-p fast=2..11 -p slow=12..112"
row "rsi" rsi "-p period=14 -p oversold=20..29 -p overbought=60..69" "-p period=14 -p oversold=20..51 -p overbought=60..91"
