#!/usr/bin/env python3
"""What sharding costs: a sweep at once and in shards, the merge of many rows, the plan of many assets.

    python3 benches/scaleout.py --binary target/release/backtest --data-dir ../shared/data [overhead] [merge] [plan]

Times are wall and processor seconds of one thread each, and peak memory. A busy machine shows in wall seconds alone.
"""
import argparse, filecmp, json, os, shutil, subprocess, sys, tempfile, time

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--binary", required=True)
parser.add_argument("--data-dir", required=True)
parser.add_argument("--rows", type=int, default=100_000_000, help="of the merge")
parser.add_argument("what", nargs="*", default=["overhead", "merge", "plan"])
args = parser.parse_args()
binary, data = os.path.abspath(args.binary), os.path.abspath(args.data_dir)
work = tempfile.mkdtemp(prefix="scaleout-", dir=os.environ.get("WORK"))
environment = dict(os.environ, BACKTEST_NO_CACHE="1", XDG_CACHE_HOME=f"{work}/cache", XDG_CONFIG_HOME=f"{work}/config")


def run(*words, data=data):
    """Wall and processor seconds, and MB at the most, of the program with these words; and what it prints."""
    begun = time.time()
    command = [binary, *" ".join(map(str, words)).split(), "--data-dir", data, "--quiet"]
    process = subprocess.Popen(command, env=environment, cwd=work, stdout=subprocess.PIPE)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} ended with {status}")
    return time.time() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def shards_of(plan):
    with open(f"{work}/{plan}") as file:
        return len(json.load(file)["plan"]["starts"])


def report(what, *values):
    print(f"| {what} | " + " | ".join(values) + " |", flush=True)


def overhead():
    """Ten shards of about ten seconds, on candles as they are and as Parquet."""
    grid = "--crypto BTC --interval 1m --strategy ma --param fast=2..251 --param slow=252..701"
    os.makedirs(f"{work}/own/1m")
    for name in os.listdir(f"{data}/1m"):
        if name.startswith("BTC"):
            shutil.copy(f"{data}/1m/{name}", f"{work}/own/1m")
    for form in ("as they are", "as Parquet"):
        if form == "as Parquet":
            run("data convert --to parquet", data=f"{work}/own")
        own = {"data": f"{work}/own"}
        wall, whole, memory, _ = run("sweep", grid, "--threads 1 --out whole.parquet", **own)
        report(f"sweep of 112,500 points on 1.5 million minutes, {form}", f"{wall:.1f} s", f"{whole:.1f} s", f"{memory:.0f} MB")
        plan = run("sweep plan", grid, "--shards 10 --out plan.json", **own)
        shards = range(shards_of("plan.json"))
        parts = [run("sweep run --plan plan.json --threads 1 --shard", shard, **own) for shard in shards]
        merge = run("sweep merge --plan plan.json --threads 1 --out merged.parquet", **own)
        assert filecmp.cmp(f"{work}/whole.parquet", f"{work}/merged.parquet", shallow=False), "other bytes"
        shutil.rmtree(f"{work}/plan.parts")
        report("plan", f"{plan[0]:.2f} s", f"{plan[1]:.2f} s", f"{plan[2]:.0f} MB")
        walls, processors, memories = zip(*(part[:3] for part in parts))
        report(f"{len(parts)} shards", f"{min(walls):.1f} to {max(walls):.1f} s each", f"{sum(processors):.1f} s", f"{max(memories):.0f} MB")
        report("merge", f"{merge[0]:.2f} s", f"{merge[1]:.2f} s", f"{merge[2]:.0f} MB")
        report("overhead, by processor seconds", "", f"{(plan[1] + sum(processors) + merge[1]) / whole - 1:+.1%}", "")


def merge():
    """The rows of a sweep of RSI on daily candles."""
    for rows in (args.rows // 10, args.rows):
        levels = rows // 250 // 40
        grid = f"--crypto BTC --strategy rsi --param period=2..251 --param oversold=5..44 --param overbought=50..{50 + (levels - 1) / 1000}:0.001"
        run("sweep plan", grid, "--yes --shards 20 --out rows.json")
        for shard in range(shards_of("rows.json")):
            run("sweep run --plan rows.json --shard", shard)
        wall, processor, memory, _ = run("sweep merge --plan rows.json --out rows.parquet")
        size = os.path.getsize(f"{work}/rows.parquet") / 1e9
        report(f"merge of {rows:,} rows, {size:.1f} GB", f"{wall:.1f} s, {rows / wall / 1e6:.1f} M rows/s", f"{processor:.1f} s", f"{memory:.0f} MB")
        shutil.rmtree(f"{work}/rows.parts")
        os.remove(f"{work}/rows.parquet")


def plan():
    """10,000 assets: copies of one."""
    folder = f"{work}/many/1d"
    os.makedirs(folder)
    source = f"{data}/1d/BTCUSDT.csv.zst"
    for asset in range(10_000):
        shutil.copyfile(source, f"{folder}/A{asset:05}USDT.csv.zst")
    time.sleep(3)  # a file that was changed a moment ago is not remembered
    grid = "--all --strategy ma --param fast=5..50:5 --param slow=60..200:20"
    for what in ("plan of 10,000 assets, read", "the same from the index"):
        wall, processor, memory, _ = run("sweep plan", grid, "--out many.json", data=f"{work}/many")
        report(what, f"{wall:.2f} s", f"{processor:.2f} s", f"{memory:.0f} MB")
    wall, processor, memory, _ = run("sweep run --plan many.json --shard 0 --threads 1", data=f"{work}/many")
    report(f"one of its {shards_of('many.json')} shards", f"{wall:.2f} s", f"{processor:.2f} s", f"{memory:.0f} MB")


try:
    print("| what | wall | processor | peak |\n|---|---|---|---|")
    for what in args.what:
        {"overhead": overhead, "merge": merge, "plan": plan}[what]()
finally:
    shutil.rmtree(work)
