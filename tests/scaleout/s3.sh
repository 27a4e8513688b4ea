#!/usr/bin/env bash
# Parts in an object store: starts moto's S3 on this machine, and runs a sweep of 20,000 rows in 12 shards there, one of them
# killed by -9, one run twice, one part damaged; then with the candles there too. It ends with the bytes of the sweep on one
# machine. BACKTEST names a program that was built with `--features cloud`, as the tests do; without it, one is built.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/scaleout
[ -x $venv/bin/moto_server ] || { python3 -m venv $venv && $venv/bin/pip install -q "moto[server]" boto3; }
backtest=${BACKTEST:-}
if [ -z "$backtest" ]; then
  cargo build --locked --features cloud --bin backtest
  backtest=$(realpath "${CARGO_TARGET_DIR:-target}/debug/backtest")
fi

work=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
$venv/bin/moto_server -H 127.0.0.1 -p "$port" >"$work/moto.log" 2>&1 &
moto=$!
trap 'kill $moto; rm -rf "$work"' EXIT
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ALLOW_HTTP=true BACKTEST_NO_CACHE=1
export XDG_CACHE_HOME=$work/cache XDG_CONFIG_HOME=$work/config
s3() { # a line of Python with a client of the store
  $venv/bin/python3 -c "import boto3, sys; s3 = boto3.client('s3', endpoint_url='$AWS_ENDPOINT_URL'); $1"
}
until s3 "s3.create_bucket(Bucket='sweeps')" 2>/dev/null; do sleep 0.2; done

expect() { # code, command..
  local wanted=$1 code=0
  shift
  "$@" 2>"$work/stderr" >&2 || code=$?
  [ "$code" = "$wanted" ] || { echo "expected $wanted, got $code: $*" >&2; cat "$work/stderr" >&2; exit 1; }
}
grid="--crypto BTC,ETH --strategy ma --param fast=2..101 --param slow=102..201"
# shellcheck disable=SC2086
{
  "$backtest" sweep $grid --quiet --out "$work/whole.parquet" >/dev/null
  "$backtest" sweep plan $grid --shards 12 --out "$work/plan.json" >/dev/null
}
parts=s3://sweeps/ma/first
shard() { "$backtest" sweep run --plan "$work/plan.json" --parts $parts --threads 1 --shard "$1"; }

# Not by the function, whose shell would be killed in the program's place.
"$backtest" sweep run --plan "$work/plan.json" --parts $parts --threads 1 --shard 3 & killed=$!
sleep 0.05
kill -9 $killed
wait $killed 2>/dev/null || true
for shard in 0 1 2 4 5 6 7 8 9 10 11; do expect 0 shard $shard; done
"$backtest" sweep status --plan "$work/plan.json" --parts $parts
[ "$("$backtest" sweep status --plan "$work/plan.json" --parts $parts --missing)" = 3 ]
shard 3 & first=$!
shard 3 & second=$!
wait $first
wait $second
# A second writer is refused by the store itself, and a damaged part is replaced.
s3 "
try: s3.put_object(Bucket='sweeps', Key='ma/first/00003.part', Body=b'x', IfNoneMatch='*'); sys.exit('a second writer was let in')
except s3.exceptions.ClientError as error: assert error.response['ResponseMetadata']['HTTPStatusCode'] == 412, error"
s3 "s3.put_object(Bucket='sweeps', Key='ma/first/00007.part', Body=b'damaged')"
[ "$("$backtest" sweep status --plan "$work/plan.json" --parts $parts --missing)" = 7 ]
expect 0 shard 7
"$backtest" sweep merge --plan "$work/plan.json" --parts $parts --out "$work/merged.parquet" --verify 10%
cmp "$work/merged.parquet" "$work/whole.parquet"
# A store that cannot be reached may come back; one that has no such bucket does too.
AWS_ENDPOINT_URL=http://127.0.0.1:1 expect 75 shard 3
expect 2 "$backtest" sweep run --plan "$work/plan.json" --parts gs://sweeps --shard 0

# Candles in the bucket: the same bytes from a mirror of them, which is brought up to date and no more than that.
candles=s3://sweeps/candles
upload() { s3 "s3.upload_file('data/1d/$1.parquet', 'sweeps', 'candles/1d/$2.parquet')"; } # file, name
says() { grep -q -- "$1" "$work/stderr" || { echo "no '$1' in:" >&2; cat "$work/stderr" >&2; exit 1; }; }
far() { "$backtest" "$@" --data-dir $candles; }
mirrored() { find "$work"/cache/backtest/buckets/*/candles -type f | sort | xargs -r -n 1 basename | tr '\n' ' '; }
expect 1 far data list
says "there is no candle file below it"
upload BTCUSDT BTCUSDT && upload ETHUSDT ETHUSDT && upload SOLUSDT SOLUSDT
# shellcheck disable=SC2086
expect 0 far sweep plan $grid --shards 12 --out "$work/far.json"
says "3 candle files fetched from s3://sweeps/candles"
for shard in 0 1 2 3 4 5 6 7 8 9 10 11; do
  expect 0 far sweep run --plan "$work/far.json" --parts s3://sweeps/far --threads 1 --shard $shard
  ! grep -q fetched "$work/stderr"
done
expect 0 far sweep merge --plan "$work/far.json" --parts s3://sweeps/far --out "$work/far.parquet"
cmp "$work/far.parquet" "$work/whole.parquet"
expect 0 far batch --all --strategy rsi
# An object that was changed is fetched again, and is not the plan's; one that was removed is gone here too.
upload SOLUSDT ETHUSDT
expect 2 far sweep run --plan "$work/far.json" --parts s3://sweeps/other --shard 11
says "1 candle file fetched" && says "ETHUSDT: the candles here are not those of the plan"
s3 "s3.delete_object(Bucket='sweeps', Key='candles/1d/SOLUSDT.parquet')"
upload ETHUSDT ETHUSDT
expect 0 far data list
[ "$(mirrored)" = "BTCUSDT.parquet ETHUSDT.parquet " ]
expect 2 far data import data/1d/BTCUSDT.parquet
says "those in a bucket are only read"
# What goes wrong: no such bucket, nobody who asks, no right, a connection that is cut, a disk that is full.
expect 1 "$backtest" data list --data-dir s3://nothing/candles
says "NoSuchBucket"
expect 1 env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY AWS_METADATA_ENDPOINT=http://127.0.0.1:1 "$backtest" data list --data-dir $candles
says "no credentials are set"
at_fault() { # way, code, command..: with a store that goes wrong in this way, and an empty mirror
  local way=$1 place
  shift
  place=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  python3 tests/scaleout/faulty_store.py "$place" "$AWS_ENDPOINT_URL" "$way" 2>"$work/faulty.log" &
  local faulty=$!
  until (exec 3<>"/dev/tcp/127.0.0.1/$place") 2>/dev/null; do sleep 0.05; done
  rm -rf "$work/cache"
  AWS_ENDPOINT_URL=http://127.0.0.1:$place expect "$@"
  kill $faulty
}
at_fault forbid 1 far data list
says "AccessDenied\|permission"
at_fault cut 75 far data list
[ -z "$(mirrored)" ] || { echo "a file that was cut was left" >&2; exit 1; }
at_fault stumble 0 far data list
[ "$(mirrored)" = "BTCUSDT.parquet ETHUSDT.parquet " ]
rm -rf "$work/cache"
expect 75 bash -c "ulimit -f 4; trap '' XFSZ; exec '$backtest' data list --data-dir $candles"
[ -z "$(mirrored)" ] || { echo "a file that found no room was left" >&2; exit 1; }
echo "S3: 12 shards, one killed, one run twice, one damaged, candles there too, same bytes"
