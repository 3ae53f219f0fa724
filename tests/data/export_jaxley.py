"""Write Jaxley modules, and what Jaxley computes from them, as plain JSON.

`export` turns any Jaxley module (Compartment, Branch, Cell, Network) into a dictionary of the format
`jaxley-export/1`: nodes, edges, parameters, states, mechanisms, externals and recordings. `expected` runs the same
module in float64 with `solver="bwd_euler"` and `voltage_solver="jaxley.dhs"` and gives the states, the trajectory,
the Jacobian of one step (flat vectors of at most 100 entries) and one Jacobian-vector product.

To bring your own cell, import this file *before* building it (it switches JAX to float64):

    from export_jaxley import write
    write("out", "my_cell", cell, delta_t=0.025, steps=40)   # out/my_cell/module.json, out/my_cell/expected.json

`python export_jaxley.py OUT` writes the catalogue at the end of this file into the folder OUT.

What `cable` cannot replay is an error that lists everything, and nothing is written: a channel, pump or synapse that is
none of `KINDS`, a mechanism with other constants than its class, ion diffusion, a clamp of fewer than `steps` values or
a second one of the same state, and numbers that are not finite. Mechanisms of your own, which your Rust program
registers under the names of their classes, pass by `own`: `write(.., own=("MyChannel",))`.

Trainable parameters count with their present values. A stimulus of fewer than `steps` values is padded with zeros.
External nodes are what
`module.external_inds` holds; for a clamped synapse state that is the number of the synapse in `module.edges`, which
Jaxley then uses as an index into the states of that synapse type (out of range: without effect). Recording indices are
as in `module.recordings`: the number of a synapse within its type (out of range: Jaxley reads the last one).

Written with jaxley 0.14.0, jax 0.10.2, numpy 2.4.6.
"""

import json
import math
import pathlib
import sys

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import jaxley as jx
import numpy as np
from jaxley.channels import HH, AdEx, CaL, CaT, Fire, Izhikevich, K, Km, Leak, Na, Rate
from jaxley.connect import connect
from jaxley.integrate import build_init_and_step_fn
from jaxley.pumps import CaFaradayConcentrationChange, CaNernstReversal, CaPump
from jaxley.synapses import IonotropicSynapse, TanhConductanceSynapse, TanhRateSynapse, TestSynapse
from jaxley.utils.cell_utils import params_to_pstate
from jaxley.utils.dynamics import build_dynamic_state_utils

JACOBIAN_LIMIT = 100

# What `cable` has the equations of. A test in `tests/tests/cable` compares the names with its kinds.
KINDS = (
    HH, Leak, Na, K, Km, CaL, CaT, CaPump, CaNernstReversal, CaFaradayConcentrationChange, AdEx, Izhikevich, Rate, Fire,
    IonotropicSynapse, TanhRateSynapse, TanhConductanceSynapse, TestSynapse,
)  # fmt: skip


def _floats(values):
    """Nested lists of floats, NaN as None."""
    def plain(x):
        return [plain(y) for y in x] if isinstance(x, list) else None if math.isnan(x) else x
    return plain(np.asarray(values, dtype=np.float64).tolist())


def _ints(values):
    return [int(x) for x in np.asarray(values)]


def _arrays(tree):
    return {key: _floats(tree[key]) for key in sorted(tree)}


def _mechanism(mechanism, current, params, states):
    return {"kind": type(mechanism).__name__, "name": mechanism._name, "current": current,
            "params": list(params), "states": list(states)}


def _externals(module, steps):
    """Name to (indices, values of shape [stimulus, step]), zeros after the end of a stimulus."""
    found = {}
    for name in sorted(module.externals):
        values = np.asarray(module.externals[name], dtype=np.float64)[:, :steps]
        missing = steps - values.shape[1]
        found[name] = (np.asarray(module.external_inds[name]), np.pad(values, ((0, 0), (0, missing))))
    return found


def _recordings(module):
    table = module.recordings
    return [] if len(table) == 0 else [(str(s), int(i)) for s, i in zip(table.state, table.rec_index)]


def _refused(module, steps, own):
    """What `cable` cannot replay, each with what to do."""
    known, unknown = [kind.__name__ for kind in KINDS], {}
    for mechanism in (*module.channels, *module.pumps, *module.synapses):
        kind = type(mechanism)
        which = f"the mechanism '{mechanism._name}' of {kind.__module__}.{kind.__qualname__}"
        if kind.__name__ in own:
            if kind.__name__ in known:
                yield f"{which} has the name of a kind of cable's: call the class otherwise"
        elif kind not in KINDS:
            unknown[kind.__name__] = None
            yield f"{which} has equations that cable does not know"
        elif getattr(mechanism, "channel_constants", None) != getattr(kind(), "channel_constants", None):
            yield f"{which} has channel_constants of its own: cable has those of the class, so leave them unchanged"
    if unknown:
        yield (f"cable has the equations of Jaxley's {', '.join(known)}: use these, or register your own kinds in Rust "
               f"and export with own={tuple(unknown)}")
    for ion in module.diffusion_states:
        yield f"'{ion}' diffuses between compartments, and cable has no ion diffusion: call delete_diffusion('{ion}')"
    for name in sorted(module.externals):
        values, at = np.asarray(module.externals[name]), np.asarray(module.external_inds[name]).tolist()
        if not np.isfinite(values[:, :steps]).all():
            yield f"the stimuli or clamps of '{name}' have values that are not finite: give finite ones"
        if name != "i" and values.shape[1] < steps:
            yield f"the clamp of '{name}' has {values.shape[1]} values for {steps} steps: give one for each step"
        if name != "i" and len(set(at)) < len(at):
            twice = sorted({index for index in at if at.count(index) > 1})
            yield f"'{name}' is clamped more than once at {twice}: clamp it once"
    keys = {"radius": None, "length": None, "axial_resistivity": None, "capacitance": None, "v": None}
    keys.update((key, m._name) for m in (*module.channels, *module.pumps) for key in (*m.channel_params, *m.channel_states))
    for key, owner in keys.items():
        values = module.nodes[key] if owner is None else module.nodes[key][module.nodes[owner].astype(bool)]
        bad = values.index[~np.isfinite(values.astype(float))].tolist()
        if bad:
            yield f"'{key}' is not finite in the compartments {bad}: set it"
    for synapse in module.synapses:
        rows = module.edges[module.edges["type"] == synapse._name]
        for key in (*synapse.synapse_params, *synapse.synapse_states):
            bad = rows.index[~np.isfinite(rows[key].astype(float))].tolist()
            if bad:
                yield f"'{key}' is not finite at the synapses {bad}: set it"


def export(module, name, delta_t, steps, own=()):
    """The module as a dictionary of the format `jaxley-export/1`. Raises a ValueError if it cannot be replayed."""
    refused = list(_refused(module, steps, own))
    if refused:
        raise ValueError("\n- ".join([f"{name} cannot be replayed:", *refused]))
    module.to_jax()
    present = params_to_pstate(module.get_parameters(), module.indices_set_by_trainables)
    params = dict(module.get_all_parameters(present))
    axial = params.pop("axial_conductances")["v"]
    edges, synapses = module._comp_edges, []
    for synapse in module.synapses:
        rows = module.edges[module.edges["type"] == synapse._name]
        synapses.append({
            **_mechanism(synapse, f"i_{synapse._name}", synapse.synapse_params, synapse.synapse_states),
            "pre": _ints(rows["pre_index"]),
            "post": _ints(rows["post_index"]),
        })
    channels = [
        {
            **_mechanism(channel, channel.current_name, channel.channel_params, channel.channel_states),
            "nodes": _ints(module.nodes.index[module.nodes[channel._name].astype(bool)]),
        }
        for channel in module.channels + module.pumps
    ]
    return {
        "format": "jaxley-export/1",
        "name": name,
        "delta_t": float(delta_t),
        "steps": int(steps),
        "nodes": int(module._n_nodes),
        "branchpoints": _ints(module._branchpoints.index),
        "edges": [dict(zip(("source", "sink", "type"), _ints(row))) for row in edges[["source", "sink", "type"]].values],
        "axial_conductances": _floats(axial),
        "params": _arrays(params),
        "states": _arrays(module.get_all_states(present)),
        "membrane_keys": sorted(module.jaxnodes),
        "membrane_current_names": list(module.membrane_current_names),
        "synapse_current_names": list(module.synapse_current_names),
        "channels": channels,
        "synapses": synapses,
        "externals": {k: {"nodes": _ints(n), "values": _floats(v)} for k, (n, v) in _externals(module, steps).items()},
        "recordings": [{"state": state, "index": index} for state, index in _recordings(module)],
    }


def expected(module, name, delta_t, steps):
    """What Jaxley computes from the module: `jaxley-expected/1`."""
    module.to_jax()
    externals, recordings = _externals(module, steps), _recordings(module)
    inds = {key: nodes for key, (nodes, _) in externals.items()}
    init_fn, step_fn = build_init_and_step_fn(module, voltage_solver="jaxley.dhs", solver="bwd_euler")
    remove, add, flatten, unflatten = build_dynamic_state_utils(module)
    all_states, params = init_fn(module.get_parameters(), delta_t=delta_t)
    all_states = dict(all_states)  # Jaxley updates such dictionaries in place
    dynamic_states = remove(dict(all_states))
    flat = flatten(dynamic_states)
    restored = add(unflatten(flat), params, delta_t)

    def record(states):
        return [float(states[state][index]) for state, index in recordings]

    @jax.jit
    def step(vector, now):
        states = step_fn(add(unflatten(vector), params, delta_t), params, now, inds, delta_t=delta_t)
        return flatten(remove(dict(states))), states

    def at(k):
        return {key: jnp.asarray(values[:, k]) for key, (_, values) in externals.items()}

    end, traces = flat, [record(all_states)]
    for k in range(steps):
        end, states = step(end, at(k))
        traces.append(record(states))

    def first(vector):
        return step(vector, at(0))[0]

    direction = jnp.asarray([math.cos(0.7 * i) for i in range(flat.size)])
    result = {
        "format": "jaxley-expected/1",
        "name": name,
        "all_states": _arrays(all_states),
        "dynamic_states": _arrays(dynamic_states),
        "flat": _floats(flat),
        "restored": _arrays(restored),
        "flat_after_steps": _floats(end),
        "recordings": _floats(traces),
    }
    if flat.size <= JACOBIAN_LIMIT:
        result["jacobian_at_end"] = _floats(jax.jacfwd(first)(end))
    value = jax.jvp(first, (end,), (direction,))[1]
    result["jvp_at_end"] = {"direction": _floats(direction), "value": _floats(value)}
    return result


def write(folder, name, module, delta_t=0.025, steps=40, own=()):
    """Write folder/name/module.json and folder/name/expected.json, both or, after an error, neither."""
    made = {"module": export(module, name, delta_t, steps, own), "expected": expected(module, name, delta_t, steps)}
    texts = {part: json.dumps(content, separators=(",", ":"), allow_nan=False) for part, content in made.items()}
    target = pathlib.Path(folder) / name
    target.mkdir(parents=True, exist_ok=True)
    for part, text in texts.items():
        (target / f"{part}.json").write_text(text)


# The catalogue: small modules, each with something in it that is easy to get wrong.


def tree(ncomps, parents):
    return jx.Cell([jx.Branch(jx.Compartment(), ncomp=n) for n in ncomps], parents=parents)


def vary(module, rng, **ranges):
    """Uniform values, a different one wherever the key is defined."""
    for key, (low, high) in ranges.items():
        table = module.nodes if key in module.nodes else module.edges
        module.set(key, rng.uniform(low, high, int(table[key].notna().sum())))


def shape(module, rng):
    """Every compartment gets its own geometry, electrical properties and voltage."""
    vary(module, rng, radius=(0.4, 4.0), length=(8.0, 60.0), axial_resistivity=(700.0, 5000.0),
         capacitance=(0.7, 2.1), v=(-78.0, -58.0))


def pulse(amplitude, start=3, stop=20, steps=40):
    return np.where((np.arange(steps) >= start) & (np.arange(steps) < stop), amplitude, 0.0)


def ramp(low, high, steps=40):
    return np.linspace(low, high, steps)


def record(view, *states):
    for state in states:
        view.record(state, verbose=False)


def three_branches_hh():
    """A soma with HH and two dendrites with a leak, from rest; the cell of the program `three_branches`."""
    cell = tree([2, 2, 2], [-1, 0, 0])
    cell.insert(Leak())
    cell.branch(0).insert(HH())
    cell.set("v", -65.0)
    cell.set("axial_resistivity", 1000.0)
    cell.set("length", 50.0)
    cell.branch(0).set("radius", 5.0)
    cell.init_states()
    cell.branch(1).comp(1).stimulate(pulse(0.5), verbose=False)
    record(cell.branch(0).comp(0), "v")
    return cell, 0.025


def network_with_every_synapse():
    """Branchpoints between the cells' compartments, a point neuron in between, several synapses at one compartment."""
    rng = np.random.default_rng(1)
    cells = [tree([2, 1, 3], [-1, 0, 0]), tree([1], [-1]), tree([1, 2, 1, 2], [-1, 0, 0, 1]), tree([3, 1, 1], [-1, 0, 0])]
    cells[0].insert(HH())
    cells[3].branch([0, 2]).insert(HH())
    net = jx.Network(cells)
    net.insert(Leak())
    shape(net, rng)
    a, b, c, d = (net.cell(i).branch(0).comp(0) for i in range(4))
    tip, fork = net.cell(2).branch(3).comp(1), net.cell(0).branch(2).comp(2)
    for pre, post, synapse in [
        (a, tip, TanhRateSynapse()), (a, tip, IonotropicSynapse()), (b, tip, TestSynapse()),
        (fork, a, IonotropicSynapse()),  # within one cell
        (d, b, TanhConductanceSynapse()), (tip, fork, IonotropicSynapse(name="Slow")), (b, tip, IonotropicSynapse()),
        (d, tip, TanhRateSynapse()), (tip, d, TanhConductanceSynapse()),
        (c, c, TestSynapse()),  # onto itself
        (a, d, IonotropicSynapse(name="Slow")),
    ]:
        connect(pre, post, synapse)
    vary(net, rng, IonotropicSynapse_gS=(1e-4, 2e-3), IonotropicSynapse_s=(0.1, 0.9), IonotropicSynapse_e_syn=(-80, 10),
         IonotropicSynapse_k_minus=(0.02, 0.5), IonotropicSynapse_v_th=(-65, -35), IonotropicSynapse_delta=(3, 10),
         TanhRateSynapse_gS=(1e-4, 1e-3), TanhRateSynapse_slope=(0.05, 0.3), TanhRateSynapse_x_offset=(-72, -60),
         TanhConductanceSynapse_gS=(1e-4, 1e-3), TanhConductanceSynapse_e_syn=(-80, 0), Slow_k_minus=(0.001, 0.01),
         TanhConductanceSynapse_slope=(0.05, 0.3), TestSynapse_gC=(1e-4, 1e-3), TestSynapse_c=(0, 0.8), Slow_gS=(1e-4, 1e-3))
    a.stimulate(pulse(0.6), verbose=False)
    d.stimulate(pulse(0.3, 10, 30), verbose=False)
    record(tip, "v")
    record(d, "HH_n", "i_Leak")
    record(net.select(edges=[1, 6]), "IonotropicSynapse_s", "i_IonotropicSynapse")
    record(net.select(edges=[9]), "TestSynapse_c")
    record(net.select(edges=[7]), "i_TanhRateSynapse")
    record(net.select(edges=[10]), "Slow_s", "i_Slow")
    return net, 0.025


def calcium_on_a_subset():
    """i_Ca is a current everywhere and a state where the pump is; eCa is a parameter of CaL and CaT and also a state."""
    rng = np.random.default_rng(2)
    cell = tree([2, 3, 1, 2], [-1, 0, 0, 2])
    for mechanism, branches in [(Leak(), "all"), (CaL(), [0, 1]), (CaT(), [1, 2]), (CaPump(), [1, 2]), (CaNernstReversal(), [2, 3])]:
        cell.branch(branches).insert(mechanism)
    cell.branch(1).set("eCa", 130.0)
    shape(cell, rng)
    vary(cell, rng, CaL_gCaL=(1e-3, 1e-2), CaT_gCaT=(1e-3, 1e-2), CaCon_i=(5e-5, 4e-4), CaPump_gamma=(0.05, 0.5),
         CaPump_decay=(5.0, 80.0), CaPump_depth=(0.05, 0.2), CaL_q=(0.0, 0.9), CaT_u=(0.0, 0.9))
    cell.branch(1).comp(1).stimulate(pulse(0.8), verbose=False)
    record(cell.branch(1), "i_Ca", "v")
    record(cell, "i_CaPump", "CaCon_i", "eCa")  # Jaxley records NaN where a state is absent
    return cell, 0.025


def every_channel_on_its_own_subset():
    """Na, K, Km share eNa, eK and vt; two pairs of channels share a current; gates start in steady state."""
    rng = np.random.default_rng(3)
    cell = tree([3, 2, 1, 2], [-1, 0, 1, 1])
    for channel, view in [
        (Km(), cell.branch([1, 3])), (Na(), cell.branch([0, 1])), (CaT(), cell.branch([2, 3])), (K(), cell.branch([0, 2])),
        (HH(), cell.branch(3).comp(1)), (CaL(), cell.branch(0).comp([0, 2])), (Leak(), cell.branch([0, 3])),
    ]:
        view.insert(channel)
    shape(cell, rng)
    vary(cell, rng, Km_gKm=(1e-5, 1e-3), Km_taumax=(50, 900), Na_gNa=(0.02, 0.09), K_gK=(0.002, 0.02), eK=(-95, -80),
         eNa=(45, 60), vt=(-66, -55), CaT_vx=(0, 5), CaL_gCaL=(1e-4, 1e-3), HH_eLeak=(-60, -50), eCa=(100, 140))
    cell.init_states(delta_t=0.1)
    cell.branch(0).comp(0).stimulate(pulse(2.0), verbose=False)
    record(cell.branch(0).comp(0), "v", "i_K", "Na_m", "CaL_r")
    record(cell.branch(3).comp(1), "i_K", "i_Ca", "i_HH", "Km_p", "i_Leak")
    return cell, 0.1


def renamed_mechanisms():
    """Several mechanisms of one kind: `change_name` keeps the current's name, and every HH has the current i_HH."""
    rng = np.random.default_rng(4)
    cells = [tree([2, 2, 1], [-1, 0, 0]), tree([2, 1], [-1, 0])]
    cells[0].insert(Leak())
    cells[0].branch(1).insert(Leak().change_name("Leak_2"))
    cells[0].branch([0, 2]).insert(HH(name="MyHH"))
    cells[0].branch([0, 1]).insert(HH())
    cells[1].insert(Leak(name="Passive"))
    cells[1].insert(CaL().change_name("L_type"))
    cells[1].branch(0).insert(K(name="K_slow"))
    cells[1].insert(K())
    net = jx.Network(cells)
    net.cell(1).branch(1).insert(CaPump().change_name("Extrusion"))  # Jaxley wants pumps inserted into the network
    shape(net, rng)
    soma, other = net.cell(0).branch(0).comp(0), net.cell(1).branch(0).comp(0)
    connect(net.cell(0).branch(2).comp(0), other, TestSynapse().change_name("Beta"))
    connect(net.cell(1).branch(1).comp(0), soma, TestSynapse(name="Alpha"))
    connect(other, net.cell(0).branch(1).comp(1), TestSynapse(name="Alpha"))
    vary(net, rng, Leak_gLeak=(1e-4, 1e-3), Leak_2_gLeak=(1e-4, 1e-3), Leak_2_eLeak=(-80, -50), Passive_gLeak=(1e-4, 1e-3),
         MyHH_gNa=(0.05, 0.2), MyHH_m=(0, 0.5), L_type_gCaL=(1e-3, 1e-2), K_slow_gK=(1e-3, 1e-2), K_slow_n=(0.2, 0.6),
         Alpha_gC=(1e-3, 5e-3), Beta_gC=(1e-3, 5e-3), Alpha_c=(0, 1))
    soma.stimulate(pulse(0.5), verbose=False)
    record(soma, "v", "i_HH", "MyHH_h")
    record(net.cell(0).branch(1).comp(1), "i_Leak")
    record(other, "i_Passive", "i_K", "i_Ca")
    record(net.select(edges=[2]), "Alpha_c", "i_Alpha")
    return net, 0.025


def stimuli_and_clamps():
    """Stimuli add up at a compartment; v, gates in several compartments and a recorded current are clamped."""
    rng = np.random.default_rng(5)
    cell = tree([3, 2, 2], [-1, 0, 0])
    cell.branch([0, 1]).insert(HH())
    cell.insert(Leak())
    shape(cell, rng)
    cell.branch(0).comp(0).stimulate(pulse(0.4, 2, 25), verbose=False)
    cell.branch([1, 2]).comp(1).stimulate(np.stack([pulse(0.2, 5, 15), ramp(-0.1, 0.3)]), verbose=False)
    cell.branch(0).comp(0).stimulate(pulse(-0.25, 10, 40), verbose=False)
    cell.branch(2).comp(0).clamp("v", ramp(-75.0, -20.0), verbose=False)
    cell.branch(1).comp(0).clamp("v", np.full(40, -61.5), verbose=False)
    cell.branch(0).comp([0, 1]).clamp("HH_m", np.stack([ramp(0.1, 0.7), pulse(0.3)]), verbose=False)
    cell.branch(1).comp(1).clamp("HH_n", ramp(0.5, 0.2), verbose=False)
    cell.branch(0).comp(1).clamp("i_HH", ramp(0.0, 0.01), verbose=False)
    record(cell.branch(0), "v", "HH_m", "i_HH")
    record(cell.branch(2), "v", "i_Leak")
    record(cell.branch(1), "HH_n", "i_HH")
    return cell, 0.025


def clamped_synapses():
    """Clamped synapse states, and a clamped v exactly where the clipped exponential of a synapse bends."""
    rng = np.random.default_rng(6)
    net = jx.Network([tree([2, 1, 1], [-1, 0, 0]), tree([1], [-1]), tree([2], [-1])])
    net.insert(Leak())
    net.cell(2).insert(HH())
    shape(net, rng)
    places = [net.cell(0).branch(1).comp(0), net.cell(1).branch(0).comp(0), net.cell(2).branch(0).comp(1)]
    for pre, post in [(0, 1), (1, 2), (2, 0)]:
        connect(places[pre], places[post], IonotropicSynapse())
    for pre, post in [(0, 2), (1, 0), (2, 1), (1, 2), (0, 1)]:
        connect(places[pre], places[post], TestSynapse())
    vary(net, rng, IonotropicSynapse_gS=(1e-3, 5e-3), IonotropicSynapse_s=(0.1, 0.9), TestSynapse_gC=(1e-3, 5e-3))
    net.select(edges=[0]).set("IonotropicSynapse_v_th", -50.0)
    net.select(edges=[0]).set("IonotropicSynapse_delta", 1.0)
    places[0].clamp("v", np.full(40, -70.0), verbose=False)  # (v_th - v) / delta is 20
    net.select(edges=[1, 2]).clamp("IonotropicSynapse_s", np.stack([ramp(0.0, 1.0), pulse(0.8)]), verbose=False)
    net.select(edges=[3, 6]).clamp("TestSynapse_c", ramp(0.2, 0.9), verbose=False)  # state 3 of 5; 6 is out of range
    places[1].stimulate(pulse(0.2), verbose=False)
    record(net.select(edges=[0, 1]), "IonotropicSynapse_s", "i_IonotropicSynapse")
    record(net.select(edges=[3, 6]), "TestSynapse_c", "i_TestSynapse")
    record(places[2], "v", "HH_h")
    return net, 0.025


def chain_of_branchpoints():
    """Branches of one compartment in a row, a root with four children, a group, a branch cut anew, trainables."""
    rng = np.random.default_rng(7)
    cell = tree([1, 1, 1, 1, 4, 2, 1, 3, 1], [-1, 0, 1, 2, 3, 3, 0, 0, 0])
    cell.branch(7).set_ncomp(2)
    cell.branch([4, 5]).add_to_group("distal")
    cell.insert(Leak())
    cell.distal.insert(HH())
    shape(cell, rng)
    vary(cell, rng, radius=(0.05, 9.0), length=(1.0, 150.0), HH_gNa=(0.05, 0.2))
    cell.branch(3).make_trainable("radius", 2.5, verbose=False)
    cell.branch("all").make_trainable("Leak_gLeak", list(rng.uniform(1e-5, 1e-3, 9)), verbose=False)
    cell.branch(4).comp(2).make_trainable("HH_h", 0.55, verbose=False)
    cell.branch(6).comp(0).stimulate(pulse(0.4), verbose=False)
    record(cell.branch(4).comp(3), "v", "i_HH", "i_Leak")
    record(cell.branch(3).comp(0), "v")
    return cell, 0.0125


def clipped_exponentials():
    """Voltages from -260 to 160 mV: exponents of gates and synapses are cut off at 20."""
    rng = np.random.default_rng(8)
    net = jx.Network([tree([2, 1, 1], [-1, 0, 0]), tree([3], [-1])])
    for channel in (HH(), Na(), K(), CaL(), CaT()):
        net.insert(channel)
    vary(net, rng, vt=(-65, -55), CaT_u=(0.2, 0.9), CaL_q=(0.2, 0.9), Na_h=(0.1, 0.9), length=(20, 40), radius=(8, 14))
    net.set("v", np.array([-260.0, -150.5, 31.0, 160.0, 95.25, -15.5, -205.0]))
    net.set("axial_resistivity", 1e6)
    for i in range(3):
        near, far = net.cell(0).branch(i).comp(0), net.cell(1).branch(0)
        connect(far.comp(i), near, IonotropicSynapse())
        connect(near, far.comp(2 - i), TanhConductanceSynapse())
    net.set("IonotropicSynapse_delta", 6.0)
    record(net.cell(0).branch(0), "v", "HH_m")
    record(net.cell(1).branch(0), "CaT_u", "Na_h", "i_Ca")
    return net, 0.0125


def compartment_without_inputs():
    """No edges, no externals, no recordings."""
    comp = jx.Compartment()
    for mechanism in (CaPump(), K()):
        comp.insert(mechanism)
    comp.set("capacitance", 1.7)
    comp.set("CaCon_i", 3e-4)
    return comp, 0.1


def branch_with_gaps():
    """A Branch that is not in a Cell, with channels in some of its compartments and none in others."""
    rng = np.random.default_rng(9)
    branch = jx.Branch(jx.Compartment(), ncomp=7)
    branch.comp([1, 3, 5]).insert(HH())
    branch.comp([0, 3]).insert(Na())
    shape(branch, rng)
    branch.comp(6).stimulate(pulse(0.3), verbose=False)
    record(branch.comp(3), "v", "i_HH", "i_Na")
    return branch, 0.025


def many_branches():
    """Random trees with everything varied: a flat vector of several hundred entries, so no Jacobian."""
    rng = np.random.default_rng(10)
    cells = []
    for n in (30, 12, 1, 21):
        cell = tree([int(x) for x in rng.integers(1, 4, n)], [-1] + [int(rng.integers(0, i)) for i in range(1, n)])
        cell.insert(Leak())
        for kind in (Na, K, Km, CaL, CaT):
            cell.branch(sorted({0} | set(rng.integers(0, n, n // 3).tolist()))).insert(kind())
        cells.append(cell)
    net = jx.Network(cells)
    net.cell([0, 3]).branch(0).insert(CaPump())
    shape(net, rng)
    vary(net, rng, Leak_gLeak=(5e-5, 5e-4), Na_gNa=(0.01, 0.06), K_gK=(0.002, 0.01), vt=(-64.0, -56.0))
    net.init_states()
    for k in range(24):
        pre, post = (net.cell(int(c)).branch(0).comp(0) for c in rng.integers(0, 4, 2))
        connect(pre, post, (IonotropicSynapse, TestSynapse, TanhRateSynapse, TanhConductanceSynapse)[k % 4]())
    net.cell("all").branch(0).comp(0).stimulate(np.stack([pulse(a) for a in (0.5, 0.1, 0.3, -0.2)]), verbose=False)
    net.cell(1).branch(11).comp(0).clamp("v", ramp(-70.0, -45.0), verbose=False)
    record(net.cell("all").branch(0).comp(0), "v", "i_Ca")
    record(net.select(edges=[4, 8]), "IonotropicSynapse_s")
    return net, 0.025


def channels_that_set_the_voltage():
    """AdEx, Izhikevich, Rate and Fire write v, the last of a compartment for good; gates still see the v before."""
    rng = np.random.default_rng(11)
    cell = tree([2, 3, 1, 2], [-1, 0, 0, 2])
    cell.insert(Leak())
    cell.branch(0).insert(AdEx())
    cell.branch(1).insert(Izhikevich())
    cell.branch([2, 3]).insert(HH())
    cell.branch(2).insert(Fire())
    cell.branch(3).insert(Rate().change_name("Decay"))
    cell.branch(0).comp(1).insert(Fire(name="Reset"))  # after AdEx, so Reset's v holds
    cell.branch(1).comp(2).insert(AdEx().change_name("Exp"))
    shape(cell, rng)
    vary(cell, rng, AdEx_g_L=(6, 12), AdEx_delta_T=(1.5, 3), AdEx_tau_w=(5, 40), AdEx_a=(0.5, 2.5), AdEx_b=(5, 60),
         AdEx_v_reset=(-62, -55), AdEx_w=(-5, 10), Izhikevich_a=(0.02, 0.1), Izhikevich_b=(0.2, 0.25), Izhikevich_c=(-65, -50),
         Izhikevich_d=(2, 8), Decay_tau=(5, 30), Exp_b=(1, 9), Reset_vth=(-58, -52), Fire_vth=(-62, -60), HH_gNa=(0.05, 0.2))
    cell.set("axial_resistivity", 2e4)
    cell.init_states()
    cell.branch([0, 1]).comp(0).stimulate(np.stack([pulse(12.0), pulse(4.0, 5, 35)]), verbose=False)
    cell.branch(1).comp(1).clamp("Izhikevich_u", ramp(-14.0, -6.0), verbose=False)
    record(cell.branch(0), "v", "AdEx_w", "AdEx_spikes", "Reset_spikes", "i_AdEx")
    record(cell.branch(1), "v", "Izhikevich_u", "Izhikevich_izhikevich")
    record(cell.branch(2).comp(0), "v", "Fire_spikes", "Fire_fire", "HH_m")
    record(cell.branch(3), "v", "Rate_rate")
    return cell, 0.025


def network_of_resets():
    """Point neurons that fire by a reset, with synapses, which see the v after it; one has a dendrite."""
    rng = np.random.default_rng(12)
    net = jx.Network([tree([1], [-1]) for _ in range(4)] + [tree([2, 1, 1], [-1, 0, 0])])
    net.insert(Leak())
    net.cell([0, 4]).insert(Fire())
    net.cell(1).insert(AdEx())
    net.cell(2).insert(Izhikevich())
    net.cell(3).insert(Rate())
    soma = [net.cell(i).branch(0).comp(0) for i in range(5)]
    for pre, post, synapse in [(0, 1, IonotropicSynapse()), (1, 2, IonotropicSynapse()), (2, 3, TanhRateSynapse()),
                               (3, 0, TanhRateSynapse()), (1, 4, IonotropicSynapse()), (2, 0, TestSynapse())]:
        connect(soma[pre], soma[post], synapse)
    shape(net, rng)
    vary(net, rng, IonotropicSynapse_gS=(1e-3, 1e-2), TanhRateSynapse_gS=(1e-2, 5e-2), TestSynapse_gC=(1e-3, 5e-3),
         IonotropicSynapse_v_th=(-60, -50), TanhRateSynapse_x_offset=(-70, -60), Fire_vth=(-64, -58))
    net.init_states()
    net.cell("all").branch(0).comp(0).stimulate(np.stack([pulse(a) for a in (0.2, 3.0, 2.0, 0.3, 0.4)]), verbose=False)
    record(net.cell("all").branch(0).comp(0), "v")
    record(net.cell([0, 4]).branch(0).comp(0), "Fire_spikes")
    record(net.select(edges=[0, 1]), "IonotropicSynapse_s", "i_IonotropicSynapse")
    return net, 0.05


def calcium_by_faraday():
    """Two pumps move one concentration, together in one branch; a thin dendrite gains the most."""
    rng = np.random.default_rng(13)
    cell = tree([2, 3, 1, 2], [-1, 0, 0, 2])
    for mechanism, branches in [(Leak(), "all"), (CaL(), [0, 1, 3]), (CaT(), [1, 2]), (CaFaradayConcentrationChange(), [1, 2, 3]),
                                (CaPump(), [2, 3]), (CaNernstReversal(), [1, 3])]:
        cell.branch(branches).insert(mechanism)
    shape(cell, rng)
    vary(cell, rng, CaL_gCaL=(1e-3, 1e-2), CaT_gCaT=(1e-3, 1e-2), CaCon_i=(5e-5, 4e-4), CaPump_gamma=(0.05, 0.5),
         CaPump_decay=(5.0, 80.0), CaL_q=(0.0, 0.9), CaT_u=(0.0, 0.9), i_Ca=(-1e-4, 1e-4))
    cell.branch(1).comp(1).stimulate(pulse(0.8), verbose=False)
    record(cell.branch([1, 3]), "v", "i_Ca", "CaCon_i", "eCa")
    record(cell, "i_CaPump", "i_CaCurrent")
    return cell, 0.025


CATALOGUE = [
    three_branches_hh,
    network_with_every_synapse, calcium_on_a_subset, every_channel_on_its_own_subset, renamed_mechanisms, stimuli_and_clamps,
    clamped_synapses, chain_of_branchpoints, clipped_exponentials, compartment_without_inputs, branch_with_gaps, many_branches,
    channels_that_set_the_voltage, network_of_resets, calcium_by_faraday,
]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for make in CATALOGUE:
        module, delta_t = make()
        write(sys.argv[1], make.__name__, module, delta_t)


if __name__ == "__main__":
    main()
