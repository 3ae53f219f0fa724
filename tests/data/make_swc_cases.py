"""Write small SWC files with options, and what Jaxley makes of them, to `swc/cases.json`.

The options are those of Jaxley's `read_swc`, but that `min_radius` raises the radii of the file before Jaxley reads it.
`set_ncomp` lists branches and the numbers of compartments that they get one after the other. A case without a file is a
cell of three branches with the given radii. `centers` are x, y and z of the compartments, `distances` those along the
cell from compartment 0. An infinite number is `null`.

Written with jaxley 0.14.0, jax 0.10.2, numpy 2.4.6, in float64.
"""

import json
import math
import pathlib
import random
import tempfile

import jax

jax.config.update("jax_enable_x64", True)

import jaxley as jx
from jaxley.morphology import distance_pathwise

DENDRITES = """5 3 0 0 0 1.5 -1
1 3 3 4 0 1.2 5
9 3 40 4 9 0.8 1
2 3 3 50 0 0.9 1
7 3 3 90 -20 0.6 2
12 4 30 70 0 0.5 2
4 4 60 75 5 0.5 12"""
FORKS = """1 0 0 0 0 2 -1
2 5 0 20 0 1 1
3 0 10 40 0 1 2
4 6 20 60 0 0.5 3
5 0 -10 40 0 1 2
6 7 -20 60 0 0.5 5"""
SPHERE = """1 1 10 0 0 8 -1
2 3 18 0 0 1 1
3 3 40 5 0 0.8 2
4 4 10 9 0 2 1
5 2 10 -8 0 0.7 1
6 2 10 -30 3 0.4 5
7 2 10 -60 3 0.4 6"""
INNER = """1 1 0 0 0 4 -1
2 1 0 5 0 5 1
3 1 0 10 0 4 2
4 3 6 5 0 1 2
5 3 30 5 0 1 4
6 4 0 40 0 2 3
7 3 -8 5 0 1 2"""
LONG = """1 1 0 0 0 6 -1
2 3 6 0 0 1 1
3 3 70 0 0 1 2
5 3 130 0 0 0.8 3
6 3 420 0 0 0.7 5
7 3 421 0 0 0.7 6
4 3 430 9 0 0.6 7"""
ZEROS = """1 1 0 0 0 5 -1
2 3 5 0 0 1 1
3 3 20 0 0 0 2
4 3 40 0 0 0.3 3
5 3 60 0 9 0 4
6 3 80 0 9 0.5 5"""
TOGETHER = """1 3 0 0 0 2 -1
2 3 20 0 0 1 1
3 3 20 0 0 0.5 2
4 3 40 0 0 0.4 3
5 4 40 0 0 0.2 4
6 4 40 30 0 0.2 5"""
TREES = """1 1 0 0 0 5 -1
2 3 5 0 0 1 1
3 3 50 0 0 1 2
4 2 0 90 0 1 -1
5 2 30 90 0 1 4"""


def branched(seed, points):
    """A random tree: many short branches, changes of type and a soma of some points."""
    rng = random.Random(seed)
    lines, places = [], [(0.0, 0.0, 0.0)]
    for n in range(1, points + 1):
        parent = max(1, n - rng.choice([1, 1, 1, 2, 5])) if n > 1 else -1
        if n > 1:
            places.append(tuple(round(x + rng.gauss(0, 8), 3) for x in places[parent - 1]))
        kind = 1 if n <= rng.choice([1, 4]) else rng.choice([2, 3, 3, 3, 4, 0])
        lines.append(f"{n} {kind} {places[-1][0]} {places[-1][1]} {places[-1][2]} {rng.uniform(0.1, 2):.3f} {parent}")
    return "\n".join(lines)


CASES = [
    {"name": "no soma, ids in any order", "swc": DENDRITES, "ncomp": 3},
    {"name": "fork and end points", "swc": FORKS, "ncomp": 2},
    {"name": "fork and end points of one type", "swc": FORKS, "ncomp": 2, "relevant_type_ids": [1, 2, 3, 4, 5, 6, 7]},
    {"name": "no type is told apart", "swc": DENDRITES, "ncomp": 1, "relevant_type_ids": []},
    {"name": "dendrites at a sphere", "swc": SPHERE, "ncomp": 5},
    {"name": "dendrites inside a soma", "swc": INNER, "ncomp": 2},
    {"name": "long branches", "swc": LONG, "ncomp": 2, "max_branch_len": 100.0},
    {"name": "interruptions", "swc": LONG, "ncomp": 1, "ignore_swc_tracing_interruptions": False},
    {"name": "a radius of 0", "swc": ZEROS, "ncomp": 3},
    {"name": "a radius of 0 is raised", "swc": ZEROS, "ncomp": 3, "min_radius": 0.35},
    {"name": "points at one position", "swc": TOGETHER, "ncomp": 2},
    {"name": "the tree of the soma", "swc": TREES, "ncomp": 2, "tree_of": 1},
    {"name": "the tree of the lowest id", "swc": TREES.replace("1 1 ", "1 3 "), "ncomp": 2, "tree_of": 1},
    {"name": "forty points", "swc": branched(1, 40), "ncomp": 1},
    {"name": "forty others, cut", "swc": branched(2, 40), "ncomp": 2, "max_branch_len": 9.0},
    {"name": "set_ncomp, traced", "swc": SPHERE, "ncomp": 1, "set_ncomp": [[0, 3], [1, 4], [3, 2], [1, 2]]},
    {"name": "set_ncomp, built", "radius": [2.0, 1.0, 0.5], "ncomp": 2, "set_ncomp": [[1, 5], [0, 1]]},
]


def read(case):
    options = ["relevant_type_ids", "max_branch_len", "ignore_swc_tracing_interruptions"]
    rows = [line.split() for line in case["swc"].splitlines()]
    for row in rows:
        row[5] = str(max(float(row[5]), case.get("min_radius", 0.0)))
    with tempfile.NamedTemporaryFile("w", suffix=".swc") as file:
        file.write("\n".join(map(" ".join, rows)))
        file.flush()
        return jx.read_swc(file.name, case["ncomp"], **{key: case[key] for key in options if key in case})


def build(case):
    cell = jx.Cell(jx.Branch(jx.Compartment(), case["ncomp"]), parents=[-1, 0, 0])
    for branch, radius in enumerate(case["radius"]):
        cell.branch(branch).set("radius", radius)
    return cell


def table(cell):
    def numbers(values):
        return [None if math.isinf(x) else float(x) for x in values]

    keys = ["radius", "length", "area", "volume", "resistive_load_in", "resistive_load_out"]
    edges = cell._comp_edges[["source", "sink", "type"]].to_numpy()
    return {key: numbers(cell.nodes[key]) for key in keys} | {
        "index": [int(n) for n in cell.nodes.index],
        "branchpoints": [int(n) for n in cell._branchpoints.index],
        "edges": [[int(n) for n in edge] for edge in edges],
        "groups": {name: [int(n) for n in cell.nodes.index[cell.nodes[name]]] for name in cell.group_names},
        "branch": [int(n) for n in cell.nodes["global_branch_index"]],
        "parents": [int(n) for n in cell.comb_parents],
        "distances": numbers(distance_pathwise(cell.branch(0).comp(0), cell)),
    }


for case in CASES:
    cell = read(case) if "swc" in case else build(case)
    for branch, ncomp in case.get("set_ncomp", []):
        cell.branch(branch).set_ncomp(ncomp)
    case["table"] = table(cell)
    # `set_ncomp` leaves x, y and z, and Jaxley counts points of the soma at which branches do not start.
    if "swc" in case and "set_ncomp" not in case and case["swc"] != INNER:
        case["table"]["centers"] = cell.nodes[["x", "y", "z"]].astype(float).to_numpy().tolist()
path = pathlib.Path(__file__).parent / "swc" / "cases.json"
path.write_text("[\n" + ",\n".join(json.dumps(case, allow_nan=False) for case in CASES) + "\n]\n")
