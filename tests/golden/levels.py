"""Makes levels.json and levels_detail.json: trades with stops, targets and trailing stops on 1,000 random markets each, by a
plain bar-by-bar loop; in the second, levels are looked at by 6 finer bars inside each bar.

    venv/bin/pip install numpy numba
    venv/bin/python tests/golden/levels.py PATH/TO/levels_reference.py

The loop is not ours: it is the reference that came with the description of the rules. Markets and signals are made by
SplitMix64 from the number of the case, here and in src/sim/account/tests/levels_golden.rs alike, so that the file holds
trades alone: entry bar, exit bar, why (1 rule or reverse, 2 stop, 3 trailing, 4 target), exit price, profit.

The loop knows nothing of finer bars. It is run on them alone, and orders come only from the last of each bar: they fill at
the first of the next bar, and all others merely look at levels.
"""

import importlib.util
import json
import pathlib
import sys

import numpy as np

CASES = 1000
FINER = 6
MASK = (1 << 64) - 1


class Random:
    def __init__(self, seed):
        self.state = seed

    def below(self, count):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % count


def case(number, finer):
    random = Random(number)
    bars, often, price = 30 + random.below(90), 3 + random.below(12), 10_000
    candles, signals = [], []
    for _ in range(bars):
        for _ in range(finer):
            first = price + random.below(81) - 40
            price = first + random.below(241) - 120
            high = max(first, price) + random.below(60)
            low = min(first, price) - random.below(60)
            candles.append([first / 100, high / 100, low / 100, price / 100])
        signals += [[False] * 4] * (finer - 1)
        signals.append([random.below(100) < often for _ in range(4)])
    fee, slippage = [0.0, 0.001][random.below(2)], [0.0, 0.0005, 0.002][random.below(3)]
    distance = lambda: (1 + random.below(60)) / 1000 if random.below(3) else 0.0
    stop, target, trailing = distance(), distance(), distance()
    return candles, signals, fee, slippage, stop, target, trailing, random.below(3)


def main(path):
    spec = importlib.util.spec_from_file_location("reference", path)
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    for name, finer, first in (("levels.json", 1, 0), ("levels_detail.json", FINER, CASES)):
        cases = []
        for number in range(first, first + CASES):
            candles, signals, fee, slippage, stop, target, trailing, side = case(number, finer)
            o, h, l, c = np.array(candles).T.copy()
            le, lx, se, sx = np.array(signals).T.copy()
            trades, _, _ = reference.run(
                o, h, l, c, le, lx, se, sx, fee, slippage, stop, target, trailing, 10_000.0, side != 1, side != 0
            )
            bar = lambda at: int(at) // finer
            cases.append([[bar(t[0]), bar(t[2]), int(t[6]), t[3], float(f"{t[5]:.12g}")] for t in trades])
        text = "[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n"
        pathlib.Path(__file__).with_name(name).write_text(text)
        print(name, sum(map(len, cases)), "trades")


main(sys.argv[1])
