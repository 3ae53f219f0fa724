"""Write what Jaxley computes where the catalogue of `export_jaxley.py` does not say it.

`solvers.json`: the voltages of modules of that catalogue after their 40 steps, with each of Jaxley's four solvers. With
`exp_euler` the voltages of branchpoints do not move.

`gradients.json`: losses over recorded traces as functions of parameters, and their gradients by `jax.value_and_grad`;
the modules are built below, and once more in `tests/tests/cable/gradients.rs`.

`make_gradients.py` has gradients with respect to everything, of modules of the catalogue.

`transforms.json`: each transform of parameters at some numbers, its derivative there, and its inverse.

`docstrings.json`: the first two examples of `build_dynamic_state_utils`, for the cells of `examples/dynamic_states.rs`
and `examples/step_jacobian.rs`; a NaN is null.

`python make_reference.py OUT` writes them into the folder OUT.

Written with jaxley 0.14.0, jax 0.10.2, numpy 2.4.6, in float64.
"""

import json
import pathlib
import sys

import export_jaxley  # switches JAX to float64
import jax
import jax.numpy as jnp
import jaxley as jx
import make_gradients
import numpy as np
from jaxley.channels import HH, Leak
from jaxley.connect import fully_connect
from jaxley.integrate import build_init_and_step_fn
from jaxley.optimize.transforms import (
    AffineTransform, ChainTransform, CustomTransform, LogisticTransform, MaskedTransform, NegSoftplusTransform,
    SigmoidTransform, SoftplusTransform,
)  # fmt: skip
from jaxley.synapses import IonotropicSynapse
from jaxley.utils.dynamics import build_dynamic_state_utils

SOLVED = ["three_branches_hh", "stimuli_and_clamps", "calcium_on_a_subset", "branch_with_gaps", "network_with_every_synapse"]


def solve(module, delta_t, solver):
    """The voltages after 40 steps."""
    module.to_jax()
    externals, inds = module.externals, module.external_inds
    init_fn, step_fn = build_init_and_step_fn(module, voltage_solver="jaxley.dhs", solver=solver)
    states, params = init_fn(module.get_parameters(), delta_t=delta_t)
    if solver == "exp_euler":  # as `jx.integrate` does
        axial = params["axial_conductances"]
        params["exp_euler_transition"] = module.build_exp_euler_transition_matrix(delta_t, axial)
    for k in range(40):
        now = {key: jnp.asarray(values)[:, k] for key, values in externals.items()}
        states = step_fn(dict(states), params, now, inds, delta_t=delta_t)
    return np.asarray(states["v"]).tolist()


def solvers():
    found = {}
    for name in SOLVED:
        module, delta_t = getattr(export_jaxley, name)()
        found[name] = {s: solve(module, delta_t, s) for s in make_gradients.SOLVERS}
    return found


def transforms():
    """`x`, `forward(x)`, its derivative, and `inverse(forward(x))`."""
    softplus, affine = SoftplusTransform(0.5), AffineTransform(-2.0, 0.25)
    kinds = {
        "sigmoid": SigmoidTransform(-1.0, 2.5),
        "logistic": LogisticTransform(-1.0, 2.5),
        "softplus": softplus,
        "neg_softplus": NegSoftplusTransform(3.0),  # its range ends at -3
        "affine": affine,
        "chain": ChainTransform([affine, softplus]),
        "masked": MaskedTransform(np.arange(9) % 2 == 0, softplus),
        "custom": CustomTransform(jnp.sinh, jnp.arcsinh),
    }
    x = jnp.asarray([-25.0, -12.5, -3.0, -0.1, 0.0, 0.7, 4.0, 19.5, 21.0])
    found = {}
    for name, transform in kinds.items():
        y, slope = jax.jvp(transform.forward, (x,), (jnp.ones(9),))
        inverse = np.asarray(transform.inverse(y))
        found[name] = {"forward": y.tolist(), "derivative": slope.tolist(),
                       "inverse": [float(i) if np.isfinite(i) else None for i in inverse]}
    return {"x": x.tolist(), "transforms": found}


def docstring():
    """The third example of `build_dynamic_state_utils`."""
    cell = jx.Cell()
    cell.insert(Leak())
    cell.record(verbose=False)
    cell.stimulate(jx.step_current(0, 1, 2, 0.025, 3.0), verbose=False)
    cell.make_trainable("radius", verbose=False)
    return cell, 120, [("Leak_gLeak", cell)], jnp.asarray([1e-4])


def three_branches():
    """Geometry, electrical properties, conductances and an initial state, shared in several ways."""
    cell = export_jaxley.tree([2, 2, 2], [-1, 0, 0])
    cell.insert(Leak())
    cell.branch(0).insert(HH())
    cell.set("v", -65.0)
    cell.set("axial_resistivity", 1000.0)
    cell.set("length", 50.0)
    cell.branch(0).set("radius", 5.0)
    cell.init_states()
    cell.branch(1).comp(1).stimulate(export_jaxley.pulse(0.5), verbose=False)
    cell.branch(0).comp(0).record(verbose=False)
    cell.branch(2).comp(1).record(verbose=False)
    cell.branch("all").make_trainable("radius", verbose=False)
    cell.make_trainable("length", verbose=False)
    cell.branch(1).comp("all").make_trainable("axial_resistivity", verbose=False)
    cell.make_trainable("capacitance", verbose=False)
    cell.branch(0).make_trainable("HH_gNa", verbose=False)
    cell.branch(0).comp("all").make_trainable("HH_m", verbose=False)
    return cell, 40, [("Leak_gLeak", cell.branch(1)), ("Leak_eLeak", cell)], jnp.asarray([2e-4, -68.0])


def network():
    """Synapses."""
    net = jx.Network([jx.Cell() for _ in range(3)])
    net.insert(HH())
    net.insert(Leak())
    fully_connect(net.cell([0, 1]), net.cell(2), IonotropicSynapse())
    net.set("IonotropicSynapse_gS", 1e-3)
    net.set("v", -62.0)
    net.cell(0).stimulate(export_jaxley.pulse(0.02), verbose=False)
    net.cell(2).record(verbose=False)
    net.select(edges=[0, 1]).make_trainable("IonotropicSynapse_gS", verbose=False)
    net.cell(1).make_trainable("radius", verbose=False)
    return net, 40, [("Leak_gLeak", net.cell(0))], jnp.asarray([3e-4])


def docstrings():
    """What the first two examples of `build_dynamic_state_utils` compute, for three cells."""
    leak = jx.Cell(jx.Branch(jx.Compartment(), 2), parents=[-1, 0, 0])
    leak.insert(Leak())
    hh = jx.Cell(jx.Branch(jx.Compartment(), 2), parents=[-1, 0, 0])
    hh.insert(Leak())
    hh.branch(0).insert(HH())
    return {"cell": vector_and_jacobian(jx.Cell()), "leak": vector_and_jacobian(leak), "hh": vector_and_jacobian(hh)}


def vector_and_jacobian(cell):
    params, externals, inds = cell.get_parameters(), cell.externals.copy(), cell.external_inds.copy()
    init_fn, step_fn = build_init_and_step_fn(cell)
    remove, add, flatten, unflatten = build_dynamic_state_utils(cell)
    all_states, all_params = init_fn(params)
    dynamic_states = flatten(remove(dict(all_states)))
    recovered = add(unflatten(dynamic_states), all_params, delta_t=0.025)

    def step_dynamics(vector):
        states = add(unflatten(vector), all_params, 0.025)
        return flatten(remove(step_fn(states, all_params, externals, inds, delta_t=0.025)))

    plain = lambda values: [None if np.isnan(x) else float(x) for x in np.asarray(values)]
    return {"dynamic_states": plain(dynamic_states),
            "recovered_all_states": {key: plain(values) for key, values in recovered.items()},
            "jacobian": np.asarray(jax.jacfwd(step_dynamics)(dynamic_states)).tolist()}


def gradient(module, steps, data, at):
    """The mean of the recorded traces, and its gradient."""
    module.to_jax()
    externals, inds = module.externals, module.external_inds
    init_fn, step_fn = build_init_and_step_fn(module)
    remove, add, flatten, unflatten = build_dynamic_state_utils(module)
    recorded = list(zip(module.recordings.state, module.recordings.rec_index))

    def loss(params, values):
        param_state = None
        for (key, view), value in zip(data, values):
            param_state = view.data_set(key, value, param_state)
        all_states, all_params = init_fn(params, None, param_state)
        rows = [jnp.asarray([all_states[s][i] for s, i in recorded])]
        vector = flatten(remove(dict(all_states)))
        for k in range(steps):
            now = {key: jnp.asarray(values)[:, k] for key, values in externals.items()}
            all_states = step_fn(add(unflatten(vector), all_params, 0.025), all_params, now, inds, delta_t=0.025)
            rows.append(jnp.asarray([all_states[s][i] for s, i in recorded]))
            vector = flatten(remove(dict(all_states)))
        return jnp.mean(jnp.stack(rows).T)

    params = module.get_parameters()
    value, (slopes, data_slopes) = jax.value_and_grad(loss, argnums=(0, 1))(params, at)
    plain = lambda tree: [{key: np.asarray(x).tolist() for key, x in entry.items()} for entry in tree]
    return {"value": float(value), "parameters": plain(params), "gradient": plain(slopes),
            "data": np.asarray(at).tolist(), "data_gradient": np.asarray(data_slopes).tolist()}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    modules = {make.__name__: gradient(*make()) for make in (docstring, three_branches, network)}
    contents = {"solvers": solvers(), "gradients": modules, "transforms": transforms(), "docstrings": docstrings()}
    for name, content in contents.items():
        text = json.dumps(content, separators=(",", ":"), allow_nan=False)
        (pathlib.Path(sys.argv[1]) / f"{name}.json").write_text(text)


if __name__ == "__main__":
    main()
