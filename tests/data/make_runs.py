"""Write what Jaxley computes of stimuli and clamps as data, of given states, connections and step currents.

`python make_runs.py` writes `runs.json` beside this file:

- `step_currents`: the arguments of `datapoint_to_step_currents`, and its rows.
- `connections`: the cells in view before and after, how the view is narrowed down, a matrix or null, and the
  `edges` (node before, node after) that `connectivity_matrix_connect` or `fully_connect` makes.
- `written`: the values of each key of a cell after `write_trainables`.
- `runs`: for a cell and a network, which the test builds anew, and each solver: what is recorded, the states at the
  end, the loss mean(((recorded + 60) / 10)^2), and its derivatives by all data: by each sample of each series, and by
  each state that is given. NaN is null.

Written with jaxley 0.14.0, jax 0.10.2, numpy 2.4.6, in float64.
"""

import json
import pathlib

import export_jaxley  # switches JAX to float64
import jax
import jax.numpy as jnp
import jaxley as jx
import numpy as np
from jaxley.channels import HH, Leak
from jaxley.connect import connect, connectivity_matrix_connect, fully_connect
from jaxley.pumps import CaNernstReversal, CaPump
from jaxley.channels.pospischil import CaL
from jaxley.stimulus import datapoint_to_step_currents
from jaxley.synapses import IonotropicSynapse

STEPS, DELTA_T = 30, 0.025
FLOATS = export_jaxley._floats


def tree():
    return jx.Cell(jx.Branch(jx.Compartment(), 2), parents=[-1, 0, 0])


def step_currents():
    cases = [
        (0.5, 1.0, [0.2, 0.3], 0.5, 2.0, 0.05),
        (0.0, 10.0, [-0.5], 0.1, 0.7, 0.0),
        (0.3, 0.0, [1.0, 2.0, 3.0], 0.1, 0.5, -0.25),
        (2.0, 1.0, [0.1], 0.025, 1.0, 0.02),
        (0.1, 0.2, [], 0.1, 0.3, 0.0),
    ]
    rows = lambda c: datapoint_to_step_currents(c[0], c[1], jnp.asarray(c[2]), *c[3:])
    return [{"arguments": list(case), "rows": FLOATS(rows(case))} for case in cases]


def connections():
    ring = np.roll(np.eye(5, dtype=bool), 1, axis=1)
    block = np.array([[1, 0, 1], [0, 1, 1]], bool)
    cases = [
        ([0, 1], [2, 3, 4], None, block), ([1, 0], [4, 3, 2], None, block), ([0, 1], [2, 3, 4], [1, 2, 1], block),
        ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4], None, ring), ([0, 1], [2, 3, 4], None, None), ([3, 0], [3, 0], None, None),
        ([0, 1], [2, 3, 4], [1, 2, 1], None),
    ]  # fmt: skip
    found = []
    for pre, post, part, matrix in cases:
        net = jx.Network([tree() for _ in range(5)])
        before, after = net.cell(pre), net.cell(post)
        if part is not None:  # a branch before, a branch after, and a compartment of that
            before, after = before.branch(part[0]), after.branch(part[1]).comp(part[2])
        if matrix is None:
            fully_connect(before, after, IonotropicSynapse())
        else:
            connectivity_matrix_connect(before, after, IonotropicSynapse(), matrix)
        edges = net.edges[["pre_index", "post_index"]].to_numpy().tolist()
        found.append({"pre": pre, "post": post, "part": part, "matrix": matrix if matrix is None else matrix.tolist(),
                      "edges": edges})
    return found


def written():
    net = jx.Network([tree() for _ in range(2)])
    net.insert(Leak())
    net.insert(HH())
    connect(net.cell(0).branch(0).comp([0, 1]), net.cell(1).branch(0).comp([0, 1]), IonotropicSynapse())
    net.cell(1).branch([1, 2]).make_trainable("radius", verbose=False)
    # Everywhere: Jaxley cannot write a key that some compartments lack.
    net.make_trainable("HH_gNa", verbose=False)
    net.cell([0, 1]).branch(0).make_trainable("v", verbose=False)
    net.IonotropicSynapse.edge([0, 1]).make_trainable("IonotropicSynapse_gS", verbose=False)
    net.cell(0).branch(2).comp([0, 1]).make_trainable("length", verbose=False)
    trained = [{"radius": jnp.asarray([0.5, 2.0])}, {"HH_gNa": jnp.asarray([0.2])}, {"v": jnp.asarray([-60.0, -65.0])},
               {"IonotropicSynapse_gS": jnp.asarray([3e-4, 5e-4])}, {"length": jnp.asarray([7.0, 30.0])}]  # fmt: skip
    net.write_trainables(trained)
    keys = ["radius", "length", "area", "volume", "resistive_load_in", "resistive_load_out", "HH_gNa", "v"]
    values = {key: FLOATS(net.nodes[key].dropna().to_numpy()) for key in keys}
    values["IonotropicSynapse_gS"] = FLOATS(net.edges["IonotropicSynapse_gS"].to_numpy())
    return values


def wave(rows, low, high, phase=0.0):
    return jnp.asarray(
        [[low + (high - low) * ((7 * step + 11 * row + 3 * phase) % 13) / 12 for step in range(STEPS)] for row in range(rows)]
    )


def a_cell():
    """A cell with a stimulus, and stimuli and clamps of three views as data."""
    cell = tree()
    cell.insert(Leak())
    cell.branch([0, 1]).insert(HH())
    cell.branch(0).insert(CaL())
    cell.branch(0).insert(CaPump())
    cell.branch(0).insert(CaNernstReversal())
    cell.branch(1).comp(0).stimulate(wave(1, 0.0, 0.05)[0], verbose=False)
    for key in ("v", "HH_m", "CaCon_i"):
        cell.branch(0).record(key, verbose=False)
    cell.branch(2).comp(1).record("v", verbose=False)
    series = [wave(1, -0.1, 0.2)[0], wave(2, 0.0, 0.1, 1), wave(1, -60.0, -50.0, 2)[0], wave(2, 0.1, 0.4, 3)]

    def data(series):
        stimuli = cell.branch(1).comp(0).data_stimulate(series[0], None)
        stimuli = cell.branch(2).data_stimulate(series[1], stimuli)
        clamps = cell.branch(2).comp(0).data_clamp("v", series[2], None)
        return stimuli, cell.branch(1).data_clamp("HH_n", series[3], clamps)

    return cell, series, data


def a_network():
    """Two cells with synapses, one of which is clamped by data, and no stimulus but that of the data."""
    net = jx.Network([tree(), tree()])
    net.insert(Leak())
    connect(net.cell(0).branch(0).comp([0, 1]), net.cell(1).branch(2).comp([0, 1]), IonotropicSynapse())
    net.set("IonotropicSynapse_gS", 0.01)
    net.IonotropicSynapse.edge([0, 1]).record("IonotropicSynapse_s", verbose=False)
    net.cell(1).branch(2).comp(0).record("v", verbose=False)
    series = [wave(6, 0.0, 0.3), wave(1, 0.0, 1.0, 1)[0]]

    def data(series):
        return net.cell(0).data_stimulate(series[0], None), net.IonotropicSynapse.edge(1).data_clamp("IonotropicSynapse_s", series[1], None)

    return net, series, data


def run(make, solver):
    module, series, data = make()
    # States that a run leads to, so that a current is not that of the states.
    _, given = jx.integrate(module, delta_t=DELTA_T, t_max=0.2, solver=solver, return_states=True)

    def simulate(series, given):
        stimuli, clamps = data(series)
        return jx.integrate(module, delta_t=DELTA_T, solver=solver, data_stimuli=stimuli, data_clamps=clamps, all_states=given,
                            return_states=True)  # fmt: skip

    def loss(series, given):
        recorded, _ = simulate(series, given)
        return jnp.mean(((recorded + 60) / 10) ** 2)

    recorded, end = simulate(series, dict(given))
    value, (by_series, by_given) = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))(series, dict(given))
    arrays = lambda states: {key: FLOATS(states[key]) for key in sorted(states)}
    return {"recorded": FLOATS(recorded), "given": arrays(given), "end": arrays(end), "loss": float(value),
            "by_series": [FLOATS(jnp.atleast_2d(x)) for x in by_series], "by_given": arrays(by_given)}  # fmt: skip


def main():
    solvers = ("bwd_euler", "crank_nicolson")
    runs = {make.__name__: {solver: run(make, solver) for solver in solvers} for make in (a_cell, a_network)}
    content = {"step_currents": step_currents(), "connections": connections(), "written": written(), "runs": runs}
    path = pathlib.Path(__file__).with_name("runs.json")
    path.write_text(json.dumps(content, separators=(",", ":"), allow_nan=False))


if __name__ == "__main__":
    main()
