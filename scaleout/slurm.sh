#!/usr/bin/env bash
# Runs the shards of a plan as Slurm arrays and merges them: slurm.sh PLAN PARTS OUT.parquet [OPTIONS OF SBATCH]
# Slurm does not run a task again that was killed. So a job that waits for the arrays looks for what is missing, submits
# that again, three times at most, and merges when nothing is. BACKTEST names the program; all nodes share the folder.
set -euo pipefail
plan=$(realpath "$1") parts=$(realpath -m "$2") out=$(realpath -m "$3")
shift 3
backtest=${BACKTEST:-backtest}
command=$(grep -o '"command" *: *"[a-z]*"' "$plan" | head -n 1 | cut -d '"' -f 4) # sweep, walk or portfolio
round=${ROUND:-1}
chunk=1000 # tasks of an array, as many as every Slurm takes

if [ -n "${SHARDS:-}" ]; then # a task: its place among the numbers is its shard
  read -ra shards <<<"$SHARDS"
  status=0
  "$backtest" "$command" run --plan "$plan" --parts "$parts" --threads "${SLURM_CPUS_PER_TASK:-1}" \
    --shard "${shards[$SLURM_ARRAY_TASK_ID]}" || status=$?
  if [ "$status" = 2 ]; then # a wrong plan, or other candles: no task can do better
    touch "$parts/stopped"
    scancel "$SLURM_ARRAY_JOB_ID"
  fi
  exit "$status"
fi

mkdir -p "$parts"
[ "$round" -gt 1 ] || rm -f "$parts/stopped"
missing=$("$backtest" "$command" status --plan "$plan" --parts "$parts" --missing)
if [ -z "$missing" ]; then
  exec "$backtest" "$command" merge --plan "$plan" --parts "$parts" --out "$out"
fi
if [ "$round" -gt 3 ] || [ -e "$parts/stopped" ]; then
  echo "shards $missing are missing after $((round - 1)) rounds; their output is in $parts/*.log" >&2
  exit 1
fi

# slurm.sh is copied when a job is submitted, so each job names the script itself.
script=${SCRIPT:-$(realpath "$0")}
submit() { sbatch --parsable --job-name=backtest --output="$parts/%A_%a.log" "$@"; }
mapfile -t shards < <(tr , '\n' <<<"$missing" | awk -F- 'NF { for (shard = $1; shard <= $NF; shard++) print shard }')
jobs=()
for ((first = 0; first < ${#shards[@]}; first += chunk)); do
  some=("${shards[@]:first:chunk}")
  jobs+=("$(SHARDS="${some[*]}" submit --array="0-$((${#some[@]} - 1))" "$@" "$script" "$plan" "$parts" "$out")")
done
after=$(IFS=:; echo "${jobs[*]}")
ROUND=$((round + 1)) SCRIPT=$script SHARDS='' submit --dependency="afterany:$after" --output="$parts/merge.%A.log" \
  "$@" "$script" "$plan" "$parts" "$out" "$@"
