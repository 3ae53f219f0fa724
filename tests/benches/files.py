"""How long it takes to save and load files, beside NumPy, safetensors and equinox.

    pip install numpy safetensors jax equinox
    python3 tests/benches/files.py [folder]     # a folder on the disk to be measured; the temporary one by default

Each row is 100 MB in one array of float64, or 1,000 arrays of 10. A sample of ours and a sample of theirs in turn, on
the same file; the ratio is the median of the ratios of neighbouring samples. Theirs do not wait for the disk; a row
"on the disk" has an `fsync` after them, as `save` of ours has.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import equinox
import jax
import numpy as np
import safetensors
import safetensors.numpy

SAMPLES = 15
BENCH = ["cargo", "bench", "--quiet", "-p", "tests", "--bench", "files", "--", "serve"]
CONTENTS = {"One": (1, 12_500_000), "Thousand": (1_000, 10)}
NAMES = {"One": "100 MB", "Thousand": "1,000 x 10"}


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def synced(save):
    """The file that `save` writes, and waiting until it is on the disk."""

    def save_and_sync(path):
        save(path)
        with open(path, "rb+") as file:
            os.fsync(file.fileno())

    return save_and_sync


def load_npz(path):
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def main():
    root = Path(__file__).parents[2]
    server = subprocess.Popen(
        BENCH, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ours(format, content, operation, file):
        request = {"format": format, "content": content, "operation": operation, "file": str(file)}
        print(json.dumps(request), file=server.stdin, flush=True)
        return float(server.stdout.readline())

    gc.disable()
    versions = f"NumPy {np.__version__}, safetensors {safetensors.__version__}, equinox {equinox.__version__}, "
    print(f"Files beside {versions}JAX {jax.__version__}, milliseconds\n")
    print("| content | operation | rival | ours | rival | ratio |")
    print("|---|---|---|---|---|---|")
    folder = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=folder) as folder:
        for content, (count, length) in CONTENTS.items():
            arrays = {str(i): np.arange(length, dtype=np.float64) + i for i in range(count)}
            leaves = list(arrays.values())
            like = [np.zeros(length) for _ in leaves]
            rivals = [
                ("Npz", "numpy.savez", lambda path: np.savez(path, **arrays), load_npz),
                (
                    "Safetensors",
                    "safetensors",
                    lambda path: safetensors.numpy.save_file(arrays, path),
                    safetensors.numpy.load_file,
                ),
                (
                    "Npz",
                    "equinox",
                    lambda path: equinox.tree_serialise_leaves(path, leaves),
                    lambda path: equinox.tree_deserialise_leaves(path, like),
                ),
            ]
            for format, name, save, load in rivals:
                # equinox adds a suffix of its own, and cannot read ours.
                suffix = "eqx" if name == "equinox" else format.lower()
                theirs = Path(folder) / f"theirs.{suffix}"
                file = Path(folder) / f"ours.{format.lower()}"
                for label, operation, rival in [
                    ("save, on the disk", "Save", synced(save)),
                    ("save", "SaveUnsynced", save),
                    ("load", "Load", load),
                    ("load as a tree", "LoadTree", load),
                ]:
                    samples = []
                    for sample in range(SAMPLES + 1):
                        pair = (
                            ours(format, content, operation, file),
                            seconds(lambda: rival(theirs)),
                        )
                        # The first warms up.
                        samples += [pair] if sample else []
                    mine, other = (statistics.median(times) * 1e3 for times in zip(*samples))
                    ratio = statistics.median(ours / theirs for ours, theirs in samples)
                    print(
                        f"| {NAMES[content]} | {label} | {name} | {mine:.2f} | {other:.2f} | {ratio:.2f} |",
                        flush=True,
                    )
    server.stdin.close()
    server.wait()


if __name__ == "__main__":
    main()
