"""The speed table, with the rivals that are written in Python.

    pip install jax optree
    python3 tests/benches/rivals.py

First what `cargo bench -p tests --bench rivals` prints. Then trees of 100,000 leaves, built here and in
Rust from one description: a sample of ours, a sample of JAX's C++, a sample of optree's C++, and again,
with Python's garbage collector off, which takes most of the time of a flatten with paths where it is on.
"""

import gc
import json
import statistics
import subprocess
import time
from pathlib import Path

import jax
import optree

SAMPLES = 15
BENCH = ["cargo", "bench", "--quiet", "-p", "tests", "--bench", "rivals", "--"]
LEAVES = 100_000
TREES = {
    "10,000 dicts of 10 leaves": {"list": 10_000, "of": {"dict": 10, "of": 1.0}},
    "10,000 lists of 10 leaves": {"list": 10_000, "of": {"list": 10, "of": 1.0}},
    "1,000 dicts of 10 lists of 10 leaves": {
        "list": 1_000,
        "of": {"dict": 10, "of": {"list": 10, "of": 1.0}},
    },
}
# At most this part of JAX's time.
AIMS = {"flatten": 1 / 8, "flatten_with_path": None, "unflatten": 1 / 2, "hash": 1.0}


def build(description):
    """The tree of a description."""
    if isinstance(description, float):
        return description
    of = description["of"]
    if "list" in description:
        return [build(of) for _ in range(description["list"])]
    return {f"key {key}": build(of) for key in range(description["dict"])}


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


def nanoseconds(function):
    """The time of one call."""
    start = time.perf_counter_ns()
    function()
    return time.perf_counter_ns() - start


def main():
    root = Path(__file__).parents[2]
    subprocess.run(BENCH, cwd=root, check=True)
    server = subprocess.Popen(
        [*BENCH, "serve"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ours(description, operation):
        request = {"tree": description, "operation": operation}
        print(json.dumps(request), file=server.stdin, flush=True)
        return float(server.stdout.readline())

    gc.disable()
    print(f"\n100,000 leaves, beside JAX {jax.__version__} and optree {optree.__version__}, nanoseconds a leaf\n")
    print("| tree | operation | ours | JAX | optree | ours / JAX | ours / optree | aim | |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, description in TREES.items():
        tree = build(description)
        for operation, (by_jax, by_optree) in operations(tree).items():
            by_jax(), by_optree()
            samples = [
                (ours(description, operation), nanoseconds(by_jax), nanoseconds(by_optree))
                for _ in range(SAMPLES)
            ]
            medians = [statistics.median(times) / LEAVES for times in zip(*samples)]
            to_jax = statistics.median(own / rival for own, rival, _ in samples)
            to_optree = statistics.median(own / rival for own, _, rival in samples)
            aim = AIMS[operation]
            missed = "missed" if aim is not None and to_jax > aim else ""
            times = " | ".join(f"{median:.1f}" for median in medians)
            aim = "" if aim is None else aim
            print(f"| {name} | {operation} | {times} | {to_jax:.3f} | {to_optree:.3f} | {aim} | {missed} |")
    server.stdin.close()
    server.wait()


if __name__ == "__main__":
    main()
