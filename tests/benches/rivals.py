"""The speed table, with the rivals that are written in Python.

    pip install jax optree
    python3 tests/benches/rivals.py             # all tables; --python: the last one alone

First what `cargo bench -p tests --bench rivals` prints. Then trees of 100,000 leaves, built here and in
Rust from one description: a sample of ours, a sample of JAX's C++, a sample of optree's C++, and again.
Python's garbage collector is off: where it is on, most of the time of a flatten with paths is its time.
"""

import gc
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import jax
import optree

SAMPLES = 15
BENCH = ["cargo", "bench", "--quiet", "-p", "tests", "--bench", "rivals", "--"]
LEAVES = 100_000
TREES = {
    "a dict of 100,000 leaves": {"dict": LEAVES, "of": 1.0},
    "10,000 dicts of 10 leaves": {"list": 10_000, "of": {"dict": 10, "of": 1.0}},
    "10,000 lists of 10 leaves": {"list": 10_000, "of": {"list": 10, "of": 1.0}},
    "1,000 dicts of 10 lists of 10 leaves": {
        "list": 1_000,
        "of": {"dict": 10, "of": {"list": 10, "of": 1.0}},
    },
}
# At most this part of JAX's time.
AIMS = {"flatten": 1 / 8, "flatten_with_path": None, "unflatten": 1 / 2, "hash": 1.0}


def build(description, keys):
    """The tree of a description: each leaf a number of its own, the keys shared, as those of a program."""
    if isinstance(description, float):
        return description * len(keys)
    of = description["of"]
    if "list" in description:
        return [build(of, keys) for _ in range(description["list"])]
    return {keys[key]: build(of, keys) for key in range(description["dict"])}


def operations(tree):
    """Each operation with JAX and with optree on `tree`."""
    leaves, treedef = jax.tree_util.tree_flatten(tree)
    optree_leaves, optree_treedef = optree.tree_flatten(tree)
    assert len(leaves) == len(optree_leaves) == LEAVES
    return {
        "flatten": (
            lambda: jax.tree_util.tree_flatten(tree),
            lambda: optree.tree_flatten(tree),
        ),
        "flatten_with_path": (
            lambda: jax.tree_util.tree_flatten_with_path(tree),
            lambda: optree.tree_flatten_with_path(tree),
        ),
        "unflatten": (
            lambda: jax.tree_util.tree_unflatten(treedef, leaves),
            lambda: optree.tree_unflatten(optree_treedef, optree_leaves),
        ),
        "hash": (lambda: hash(treedef), lambda: hash(optree_treedef)),
    }


def nanoseconds(function, sample=10_000_000):
    """The time of one call, of as many as take 10 ms; the calls before them warm up."""
    calls = 1
    while True:
        start = time.perf_counter_ns()
        for _ in range(calls):
            function()
        elapsed = time.perf_counter_ns() - start
        if calls > 1 and elapsed >= sample:
            return elapsed / calls
        calls *= 2


def main():
    root = Path(__file__).parents[2]
    if "--python" not in sys.argv:
        subprocess.run(BENCH, cwd=root, check=True)
    server = subprocess.Popen(
        [*BENCH, "serve"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ours(tree, operation, typed):
        request = {"tree": tree, "operation": operation, "typed": typed}
        print(json.dumps(request), file=server.stdin, flush=True)
        return float(server.stdout.readline())

    gc.disable()
    versions = f"JAX {jax.__version__} and optree {optree.__version__}"
    print(f"\n100,000 leaves beside {versions}, nanoseconds a leaf; `Tree` has its shape at run time\n")
    print("| tree | operation | typed | `Tree` | JAX | optree | typed / JAX | `Tree` / JAX | aim | |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    keys = [f"key {key}" for key in range(LEAVES)]
    for name, description in TREES.items():
        for operation, (by_jax, by_optree) in operations(build(description, keys)).items():
            samples = [
                (
                    ours(description, operation, typed=True),
                    ours(description, operation, typed=False),
                    nanoseconds(by_jax),
                    nanoseconds(by_optree),
                )
                for _ in range(SAMPLES)
            ]
            medians = [statistics.median(times) / LEAVES for times in zip(*samples)]
            ratios = [statistics.median(one[i] / one[2] for one in samples) for i in range(2)]
            times = " | ".join(f"{median:.1f}" for median in medians)
            typed, untyped = (f"{ratio:.3f}" for ratio in ratios)
            aim = AIMS[operation]
            missed = "missed" if aim is not None and max(ratios) > aim else ""
            aim = "" if aim is None else aim
            print(f"| {name} | {operation} | {times} | {typed} | {untyped} | {aim} | {missed} |")
    server.stdin.close()
    server.wait()


if __name__ == "__main__":
    main()
