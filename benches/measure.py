"""Runs commands again and again and prints one row of a Markdown table: time of the whole process and peak memory.

    measure.py [--runs N] [--warm N] [--target TEXT] NAME COMMAND...
    measure.py [--runs N] [--warm N] [--target TEXT] NAME COMMAND... --vs NAME COMMAND...

With `--vs` both commands take turns, so that a slow moment of the machine meets both, and the ratio of the medians is
printed. The time is from before the process is started to after it was reaped. Where stdout is a JSON document with a
`summary`, its `compute_ms` is read too, and gives bar-combinations a second. Only the standard library is needed.
"""

import json
import os
import statistics
import sys
import tempfile
import time

HEADER = "| what | median ms | least | most | compute ms | G bar-combinations/s | peak MB | target |\n|---|---|---|---|---|---|---|---|"


def once(command, out):
    """Milliseconds, peak megabytes, exit code and summary of one run."""
    out.seek(0)
    out.truncate()
    null = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, null, 2)]
    begun = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    elapsed = (time.perf_counter() - begun) * 1000
    os.close(null)
    code = os.waitstatus_to_exitcode(status)
    out.seek(0)
    text = out.read()
    summary = json.loads(text).get("summary") if text.startswith(b"{") else None
    return {"ms": elapsed, "mb": usage.ru_maxrss / 1024, "code": code, "summary": summary, "text": text}


def row(name, runs, target):
    times = [run["ms"] for run in runs]
    median = statistics.median
    compute = rate = ""
    if runs[0]["summary"]:
        summary = runs[0]["summary"]
        middle = median(run["summary"]["compute_ms"] for run in runs)
        done = summary["misses"]
        if summary["assets"] == 1 and done and middle:
            rate = f"{summary['bars'] * done / middle / 1e6:.2f}"
            name += f" ({done:,} x {summary['bars']:,} bars)"
        compute = f"{middle:.1f}"
    print(f"| {name} | {median(times):.1f} | {min(times):.1f} | {max(times):.1f} | {compute} | {rate} | {max(run['mb'] for run in runs):.0f} | {target} |", flush=True)
    bad = {run["code"] for run in runs} - {0}
    if bad:
        print(f"{name}: exit codes {sorted(bad)}", file=sys.stderr)


def main(arguments):
    runs, warm, target = 15, 2, ""
    while arguments and arguments[0].startswith("--"):
        option, value, *arguments = arguments
        if option == "--runs":
            runs = int(value)
        elif option == "--warm":
            warm = int(value)
        elif option == "--target":
            target = value
        elif option == "--header":
            print(f"\n**{value}**\n\n{HEADER}", flush=True)
            return
    jobs, job = [], []
    for argument in [*arguments, "--vs"]:
        if argument == "--vs":
            jobs.append((job[0], job[1:], []))
            job = []
        else:
            job.append(argument)
    with tempfile.TemporaryFile() as out:
        for turn in range(-warm, runs):
            for _, command, done in jobs:
                run = once(command, out)
                if turn >= 0:
                    done.append(run)
    for name, _, done in jobs:
        row(name, done, target)
    if len(jobs) == 2:
        first, second = (statistics.median((run["summary"] or {"compute_ms": run["ms"]})["compute_ms"] for run in done) for _, _, done in jobs)
        print(f"| ratio of the two medians above | {first / second:.2f} x | | | | | | {target} |", flush=True)


main(sys.argv[1:])
