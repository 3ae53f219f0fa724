"""Write the gradients of whole runs by Jaxley's reverse mode, for modules of the catalogue of `export_jaxley.py`.

`python make_gradients.py OUT` writes OUT/NAME/gradients.json beside the files that `export_jaxley.py` writes:

- `trainables`: every parameter and every initial state of the module, one value for each compartment or synapse
  that has it, as a list of `key`, `indices` and `values`. They are the module's own values; with `radius` and
  `length` among them, Jaxley computes areas, volumes and loads from them as of cylinders.
- `targets` and `scales`: one number for each recording, null where Jaxley records NaN. The loss is the mean of
  `((recorded - target) / scale)^2` over the other recordings and the `steps + 1` times.
- `solvers`: for each solver with which the run stays finite (`bwd_euler` alone for a large module), the `loss` and its gradient: `trainables`, a list of
  values for each entry of the list above, and `externals`, one value for each sample of each stimulus and clamp.
  A derivative that Jaxley gives as NaN is null.

Written with jaxley 0.14.0, jax 0.10.2, numpy 2.4.6, in float64.
"""

import json
import pathlib
import sys

import export_jaxley  # switches JAX to float64
import jax
import jax.numpy as jnp
import numpy as np
from jaxley.integrate import build_init_and_step_fn

SOLVERS = ("bwd_euler", "crank_nicolson", "fwd_euler", "exp_euler")
STEPS = 40


def settings(module):
    """Each key of the module with the indices at which it has a value, and the values."""
    compartments = module.nodes.index.to_numpy()
    nodes = [*("radius", "length", "axial_resistivity", "capacitance"), "v"]
    nodes += [key for channel in module.channels + module.pumps for key in (*channel.channel_params, *channel.channel_states)]
    found = []
    for key in dict.fromkeys(nodes):
        values = np.asarray(module.jaxnodes[key])
        at = [int(node) for node in compartments if not np.isnan(values[node])]
        found.append({"key": key, "indices": [[node] for node in at], "values": values[at].tolist()})
    for synapse in module.synapses:
        for key in (*synapse.synapse_params, *synapse.synapse_states):
            values = np.asarray(module.jaxedges[key])
            found.append({"key": key, "indices": [[index] for index in range(len(values))], "values": values.tolist()})
    return found


def gradients(module, name, delta_t):
    """What the docs above describe, of one module."""
    module.to_jax()
    externals = export_jaxley._externals(module, STEPS)
    inds = {key: nodes for key, (nodes, _) in externals.items()}
    recordings = export_jaxley._recordings(module)
    trainables, initial = settings(module), module.get_all_states([])

    def run(solver):
        _, step_fn = build_init_and_step_fn(module, voltage_solver="jaxley.dhs", solver=solver)

        def traces(values, series):
            # Not by `init_fn`, which takes the index of a synapse within its type for initial states, but
            # that within the module for parameters.
            params, states = parameters(module, trainables, values), dict(initial)
            for setting, value in zip(trainables, values):
                if setting["key"] in states:
                    indices = np.asarray(setting["indices"]).ravel()
                    states[setting["key"]] = states[setting["key"]].at[indices].set(value)
            states = module.append_channel_currents_to_states(states, params, delta_t)
            if solver == "exp_euler":
                axial = params["axial_conductances"]
                params["exp_euler_transition"] = module.build_exp_euler_transition_matrix(delta_t, axial)
            record = lambda states: jnp.asarray([states[state][index] for state, index in recordings])

            def step(states, now):
                states = step_fn(dict(states), params, now, inds, delta_t=delta_t)
                return states, record(states)

            first = record(states)
            _, rows = jax.lax.scan(step, states, {key: x.T for key, x in series.items()}, length=STEPS)
            return jnp.concatenate([first[None], rows]).T

        return traces

    values = [jnp.asarray(setting["values"]) for setting in trainables]
    series = {key: jnp.asarray(samples) for key, (_, samples) in externals.items()}
    base = np.asarray(run("bwd_euler")(values, series))
    kept = ~np.isnan(base).any(axis=1)
    rounded = lambda x: float(f"{x:.3g}")
    spread = base.std(axis=1)
    scales = [rounded(s) if s > 1e-9 * abs(m) else rounded(abs(m) or 1.0) for s, m in zip(spread, base.mean(axis=1))]
    targets = [rounded(m + 0.4 * s) for m, s in zip(base.mean(axis=1), scales)]

    def loss(traces):
        def of(values, series):
            found = traces(values, series)[np.flatnonzero(kept)]
            target, scale = (jnp.asarray(x)[kept][:, None] for x in (targets, scales))
            return jnp.mean(((found - target) / scale) ** 2)

        return of

    solvers = {}
    for solver in SOLVERS if module._n_nodes < 100 else SOLVERS[:1]:
        value, (slopes, external_slopes) = jax.jit(jax.value_and_grad(loss(run(solver)), argnums=(0, 1)))(values, series)
        if not value < 1e6:
            print(f"{name}: {solver} is not stable: loss {value}", file=sys.stderr)
            continue
        floats = export_jaxley._floats
        solvers[solver] = {"loss": float(value), "trainables": [floats(x) for x in slopes],
                           "externals": {key: floats(x) for key, x in external_slopes.items()}}
        missing = {s["key"] for s, x in zip(trainables, slopes) if np.isnan(x).any()}
        missing |= {key for key, x in external_slopes.items() if np.isnan(x).any()}
        if missing:
            print(f"{name}: {solver}: Jaxley's derivative is NaN in {sorted(missing)}", file=sys.stderr)
    null = lambda xs: [x if keep else None for x, keep in zip(xs, kept)]
    return {"format": "jaxley-gradients/1", "name": name, "trainables": trainables,
            "targets": null(targets), "scales": null(scales), "solvers": solvers}


def parameters(module, trainables, values):
    """`module.get_all_parameters`, with indices of synapses within their type."""
    edges = module.base.edges
    first = {}
    if len(edges):
        for synapse in module.synapses:
            rows = edges.index[edges["type"] == synapse._name].to_numpy()
            first.update({key: rows for key in synapse.synapse_params})
    pstate = []
    for setting, value in zip(trainables, values):
        indices = np.asarray(setting["indices"])
        if setting["key"] in first:
            indices = first[setting["key"]][indices]
        pstate.append({"key": setting["key"], "indices": indices, "val": value})
    return module.get_all_parameters(pstate)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for make in export_jaxley.CATALOGUE:
        module, delta_t = make()
        if len(module.recordings) == 0:
            continue
        content = gradients(module, make.__name__, delta_t)
        text = json.dumps(content, separators=(",", ":"), allow_nan=False)
        folder = pathlib.Path(sys.argv[1]) / make.__name__
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "gradients.json").write_text(text)


if __name__ == "__main__":
    main()
