#!/usr/bin/env python3
"""Runs the shards of a plan, of a sweep, a walk or a portfolio, on a Ray cluster and merges them: ray_sweep.py PLAN PARTS OUT.parquet [--address auto]

All nodes share the folder of plan, candles and parts. BACKTEST names the program. Not called ray.py, which Python would
import in the place of Ray.
"""
import argparse, json, os, subprocess, sys, time

import ray

BACKTEST = os.environ.get("BACKTEST", "backtest")


class TryAgain(Exception):
    """A full disk, a store that cannot be reached, a process that was killed."""


class GiveUp(Exception):
    """A wrong plan or other candles, or a failure that came again: no node can do better."""


@ray.remote(max_retries=10, retry_exceptions=[TryAgain])
def run(name, plan, parts, shard, cpus):
    command = [BACKTEST, name, "run", "--plan", plan, "--parts", parts, "--shard", str(shard), "--threads", str(cpus)]
    for attempt in range(3):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode == 0:
            return shard
        if done.returncode == 75 or done.returncode < 0 or done.returncode > 128:
            raise TryAgain(done.stderr)
        if done.returncode == 2:
            break
    raise GiveUp(f"shard {shard}: {done.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan"), parser.add_argument("parts"), parser.add_argument("out")
    parser.add_argument("--address", help="of the cluster; without it, one is started on this machine")
    parser.add_argument("--cpus", type=int, default=1, help="cores of a task")
    args = parser.parse_args()
    plan, parts = os.path.abspath(args.plan), args.parts if "://" in args.parts else os.path.abspath(args.parts)
    with open(plan) as file:
        document = json.load(file)["plan"]
    name, count = document["command"], len(document["starts"])
    ray.init(address=args.address, log_to_driver=False)
    start = lambda shard: run.options(num_cpus=args.cpus).remote(name, plan, parts, shard, args.cpus)
    waiting, done, begun, copied = {start(shard): shard for shard in range(count)}, set(), time.time(), False
    while len(done) < count:
        ready, _ = ray.wait(list(waiting), timeout=5)
        for task in ready:
            done.add(ray.get(task))  # what gave up ends the driver, and with it all other tasks
            del waiting[task]
        left = (time.time() - begun) / max(len(done), 1) * (count - len(done))
        print(f"\r{len(done)} of {count} shards, {left:.0f} s left ", end="", file=sys.stderr)
        if not copied and count - len(done) <= count * 0.05:  # the slow ones once more: parts are the same bytes
            copied = True
            waiting.update({start(shard): shard for shard in set(range(count)) - done})
    print(file=sys.stderr)
    ray.shutdown()
    merge = [BACKTEST, name, "merge", "--plan", plan, "--parts", parts, "--out", args.out]
    sys.exit(subprocess.run(merge).returncode)


if __name__ == "__main__":
    main()
