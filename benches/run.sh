#!/usr/bin/env bash
# Whole-process times and peak memory: the speed lists of the first and the sweep issue, as Markdown tables.
#
#   cargo build --release && benches/run.sh [startup] [cache] [sweeps] [growth]     (all where none is named)
#
# BACKTEST   the program            (target/release/backtest)
# DATA_DIR   real candles           (../shared/data; what is missing there is skipped)
# RUNS       runs for each median   (15)
# PYTHON     one with polars, for Parquet copies of the candles (python3; without polars those rows are skipped)
# KEEP       folder for the Parquet copies, to make them only once (a temporary one)
set -euo pipefail
cd "$(dirname "$0")/.."
BACKTEST=$(realpath "${BACKTEST:-target/release/backtest}")
DATA_DIR=$(realpath "${DATA_DIR:-../shared/data}")
RUNS=${RUNS:-15}
PYTHON=${PYTHON:-python3}
WANTED=" ${*:-startup cache sweeps growth} "

TEMP=$(mktemp -d)
trap 'if [ -n "${REDIS:-}" ]; then kill "$REDIS"; fi; rm -rf "$TEMP"' EXIT
PARQUET=${KEEP:-$TEMP/parquet}
# An index of our own, no configuration of the user's, and no Redis but our own.
export XDG_CACHE_HOME=$TEMP/cache XDG_CONFIG_HOME=$TEMP/config NO_COLOR=1
for name in $(compgen -e BACKTEST_ || true) $(compgen -e REDIS_ || true); do unset "$name"; done

note() { echo "note: $*" >&2; }
header() { python3 benches/measure.py --header "$1"; }
measure() { python3 benches/measure.py --runs "$RUNS" "$@"; }
few() { python3 benches/measure.py --runs 3 --warm 0 "$@"; }
has() { [[ $WANTED == *" $1 "* ]]; }

have_parquet() {
    [ -e "$PARQUET/done" ] && return
    "$PYTHON" benches/to_parquet.py "$DATA_DIR" "$PARQUET" 1d 1m && touch "$PARQUET/done"
}

start_redis() {
    command -v redis-server >/dev/null || return
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$TEMP" >/dev/null &
    REDIS=$!
    URL=redis://127.0.0.1:$port/0
    for _ in $(seq 50); do
        redis-cli -p "$port" ping >/dev/null 2>&1 && return
        sleep 0.1
    done
    note "redis-server did not start"
    return 1
}

echo "$("$BACKTEST" --version), $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) processors, medians of $RUNS runs"
ps -eo comm,pcpu --sort=-pcpu | awk 'NR == 2 && $2 > 20 { print "note: " $1 " is busy: these times may be too long" }' >&2

if has startup; then
    header "run and batch"
    one=(run --crypto BTC --strategy rsi --data-dir "$DATA_DIR")
    all=(batch --all --strategy rsi,ma --data-dir "$DATA_DIR")
    [ -d "$DATA_DIR/1d" ] || { note "no $DATA_DIR/1d: the sample candles instead"; one=(run --crypto BTC --strategy rsi); all=(batch --all --strategy rsi,ma); }
    measure --target "<= 15" "run, computed, no Redis asked" "$BACKTEST" "${one[@]}" --no-cache
    if start_redis; then
        measure --target "<= 15" "run, computed, stored in Redis" "$BACKTEST" "${one[@]}" --cache-url "$URL" --refresh
        measure --target "<= 6" "run, hit" "$BACKTEST" "${one[@]}" --cache-url "$URL"
    else
        note "no redis-server: no hits measured"
    fi
    measure --target "<= 300, 120 MB" "batch --all, computed from CSV" "$BACKTEST" "${all[@]}" --no-cache
    if [ -n "${URL:-}" ]; then
        measure --target "<= 300, 120 MB" "batch --all, computed from CSV, stored in Redis" "$BACKTEST" "${all[@]}" --cache-url "$URL" --refresh
        measure --target "<= 30" "batch --all, all hits" "$BACKTEST" "${all[@]}" --cache-url "$URL"
    fi
    if have_parquet; then
        all=(batch --all --strategy rsi,ma --data-dir "$PARQUET")
        measure --target "<= 100, 120 MB" "batch --all, computed from Parquet" "$BACKTEST" "${all[@]}" --no-cache
        measure --target "<= 400" "batch of one asset, 1m from Parquet" "$BACKTEST" batch --crypto BTCUSD --interval 1m --data-dir "$PARQUET" --no-cache
    else
        note "no Parquet copies: set PYTHON to one with polars"
    fi
    [ -e "$DATA_DIR/1m" ] && measure --target "" "batch of one asset, 1m from CSV" "$BACKTEST" batch --crypto BTCUSD --interval 1m --data-dir "$DATA_DIR" --no-cache
fi

if has cache && { [ -n "${URL:-}" ] || start_redis; }; then
    header "cache"
    hours=(batch --all --interval 1h --strategy rsi,ma --data-dir "$DATA_DIR" --quiet)
    days=(batch --all --strategy rsi,ma --data-dir "$DATA_DIR" --quiet)
    file=file:$TEMP/results.db
    if [ -d "$DATA_DIR/1h" ]; then
        redis=(--cache-url "$URL")
        measure --target ">= 4 x" "48 results on 1h, computed" "$BACKTEST" "${hours[@]}" --no-cache --vs "all from Redis" "$BACKTEST" "${hours[@]}" "${redis[@]}"
        measure --target "<= 10 %" "48 results on 1h, stored in Redis" "$BACKTEST" "${hours[@]}" "${redis[@]}" --refresh --vs "without a cache" "$BACKTEST" "${hours[@]}" --no-cache
        measure --target "<= 10 %" "351 x 2 daily, stored in Redis" "$BACKTEST" "${days[@]}" "${redis[@]}" --refresh --vs "without a cache" "$BACKTEST" "${days[@]}" --no-cache
        measure --target "<= 30" "351 x 2 daily, all from Redis" "$BACKTEST" "${days[@]}" "${redis[@]}" --vs "all from a file" "$BACKTEST" "${days[@]}" --cache-url "$file"
        measure --target "" "351 x 2 daily, stored in a file" "$BACKTEST" "${days[@]}" --cache-url "$file" --refresh --vs "without a cache" "$BACKTEST" "${days[@]}" --no-cache
    fi
    fill="for i = 1, 100000 do redis.call('SET', string.format('backtest:v1:result:S%d:rsi:%064x', i % 500, i), string.rep('x', 500)) end"
    redis-cli -u "$URL" eval "$fill" 0 >/dev/null
    few --target "<= 2000, flat" "stats of 100,000 entries" "$BACKTEST" cache stats --cache-url "$URL"
    few --target "flat" "keys of 100,000 entries" "$BACKTEST" cache keys --cache-url "$URL"
    python3 benches/measure.py --runs 1 --warm 0 --target "<= 2000, flat" "clear of 100,000 entries" "$BACKTEST" cache clear --yes --cache-url "$URL"
fi

minutes=(sweep --crypto BTCUSD --interval 1m --from 2018-01-01 --to 2018-05-25 --warmup 0 --no-honesty --strategy ma --param fast=5..203:2 --param slow=213..708:5 --no-cache --format json --top 1)
levels=(sweep --crypto BTC --interval 1h --strategy rsi --param period=5..30 --param oversold=20..40 --param overbought=60..80 --data-dir "$DATA_DIR" --no-honesty --no-cache --format json --top 1)
dense=(sweep --crypto BTC --interval 1h --strategy ma --param fast=2..31 --param slow=2..31 --data-dir "$DATA_DIR" --no-honesty --no-cache --format json --top 1)
if has sweeps && [ -d "$DATA_DIR/1h" ]; then
    header "sweeps"
    if [ -d "$DATA_DIR/1m" ]; then
        measure --target ">= 3 G/s, 150 MB" "ma, 1m, from CSV" "$BACKTEST" "${minutes[@]}" --data-dir "$DATA_DIR"
        have_parquet && measure --target ">= 3 G/s, 150 MB" "ma, 1m, from Parquet" "$BACKTEST" "${minutes[@]}" --data-dir "$PARQUET"
        measure --target ">= 1.8 x" "ma, 1m, 1 thread" "$BACKTEST" "${minutes[@]}" --data-dir "$DATA_DIR" --threads 1 --vs "ma, 1m, 2 threads" "$BACKTEST" "${minutes[@]}" --data-dir "$DATA_DIR" --threads 2
    fi
    measure --target ">= 3 G/s" "rsi, 1h" "$BACKTEST" "${levels[@]}"
    measure --target ">= 1.8 x" "rsi, 1h, 1 thread" "$BACKTEST" "${levels[@]}" --threads 1 --vs "rsi, 1h, 2 threads" "$BACKTEST" "${levels[@]}" --threads 2
    measure --target ">= 1.8 x" "ma, 1h, dense, 1 thread" "$BACKTEST" "${dense[@]}" --threads 1 --vs "ma, 1h, dense, 2 threads" "$BACKTEST" "${dense[@]}" --threads 2
fi

if has growth; then
    header "growth: rsi on daily candles, ever more levels"
    grid() { # NAME OVERSOLD OVERBOUGHT [OPTION...]
        few --target "linear, flat" "$1" "$BACKTEST" sweep --crypto BTC --strategy rsi --param period=5..54 --param "oversold=$2" --param "overbought=$3" --no-cache --format json --top 1 --yes --data-dir "$SOURCE" "${@:4}"
    }
    SOURCE=data
    [ -d "$DATA_DIR/1d" ] && SOURCE=$DATA_DIR
    grid "10 k" 10..46:4 50.5..98:2.5
    grid "1 M" 10..49.6:0.4 50.25..100:0.25
    grid "10 M" 10..49.9:0.1 50.1..100:0.1
    grid "1 M, every row to Parquet" 10..49.6:0.4 50.25..100:0.25 --out "$TEMP/grid.parquet"
    grid "10 M, every row to Parquet" 10..49.9:0.1 50.1..100:0.1 --out "$TEMP/grid.parquet"
fi
