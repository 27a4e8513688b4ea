#!/usr/bin/env bash
# Runs the shards of a plan with GNU parallel and merges them: parallel.sh PLAN PARTS OUT.parquet [OPTIONS OF PARALLEL]
# With `--sshloginfile HOSTS` the shards run on other machines that share the folder; BACKTEST names the program.
set -uo pipefail
plan=$1 parts=$2 out=$3
shift 3
backtest=${BACKTEST:-backtest}
command=$(grep -o '"command" *: *"[a-z]*"' "$plan" | head -n 1 | cut -d '"' -f 4) # sweep, walk or portfolio

shards() { # 3,17-19 as one number a line
  tr , '\n' | awk -F- 'NF { for (shard = $1; shard <= $NF; shard++) print shard }'
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for round in 1 2 3; do
  missing=$("$backtest" "$command" status --plan "$plan" --parts "$parts" --missing) || exit
  [ -n "$missing" ] || break
  [ "$round" = 1 ] || echo "round $round: shards $missing" >&2
  # A shard that was killed, or found no room (75), comes again in the next round; a wrong plan or candles (2) never do.
  shards <<<"$missing" | parallel --will-cite --joblog "$log" "$@" \
    "$backtest" "$command" run --plan "$plan" --parts "$parts" --threads 1 --shard {}
  if awk 'NR > 1 && $7 == 2 { wrong = 1 } END { exit !wrong }' "$log"; then exit 2; fi
done
"$backtest" "$command" merge --plan "$plan" --parts "$parts" --out "$out"
