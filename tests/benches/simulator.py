"""The speed table of `cable`, beside Jaxley on the same cells.

    pip install jaxley
    python3 tests/benches/simulator.py             # all rows; words in the names of rows: those alone

Each cell is built in Jaxley and written as a file, which `cargo bench -p tests --bench simulator -- serve` reads. Then
a sample of ours, a sample of Jaxley's jitted function, and again; before that, both compute once, for compilation,
and what they compute is compared. Float64, on as many cores as each of them takes: ours takes one. Other programs that run
at the same time make all figures useless.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/data"))

import export_jaxley  # switches JAX to float64
import jax
import jax.numpy as jnp
import jaxley as jx
import numpy as np
from jaxley.channels import HH, Leak
from jaxley.connect import connect
from jaxley.integrate import build_init_and_step_fn
from jaxley.synapses import IonotropicSynapse
from jaxley.utils.dynamics import build_dynamic_state_utils

SAMPLES = 15
BENCH = ["cargo", "bench", "--quiet", "-p", "tests", "--bench", "simulator", "--", "serve"]
DELTA_T = 0.025


def ca1(ncomp):
    """The CA1 cell with HH and Leak everywhere, that is about to fire."""
    cell = jx.read_swc(str(ROOT / "tests/data/ca1.swc"), ncomp=ncomp)
    cell.insert(HH())
    cell.insert(Leak())
    cell.set("v", -65.0)
    cell.init_states()
    soma = cell.branch(0).loc(0.5)
    soma.stimulate(export_jaxley.pulse(1.0, 0, 101, 201), verbose=False)
    soma.record(verbose=False)
    return cell


def network():
    """1,000 cells of one compartment with HH, and two synapses onto each."""
    net = jx.Network([jx.Cell() for _ in range(1000)])
    net.insert(HH())
    for shift in (1, 17):
        for pre, post in ((range(1000 - shift), range(shift, 1000)), (range(1000 - shift, 1000), range(shift))):
            connect(net.cell(list(pre)).branch(0).comp(0), net.cell(list(post)).branch(0).comp(0), IonotropicSynapse())
    net.set("IonotropicSynapse_gS", 1e-4)
    net.set("v", np.linspace(-70.0, -50.0, 1000))
    net.init_states()
    net.cell(0).stimulate(export_jaxley.pulse(0.01, 0, 100, 100), verbose=False)
    net.cell(0).record(verbose=False)
    return net


def trainables(number):
    """So many conductances of the CA1 cell with one compartment a branch."""
    nodes = np.arange(155)
    keys = ("HH_gNa", "HH_gK", "HH_gLeak") if number == 465 else ("HH_gNa",)
    groups = [[int(node) for node in group] for group in np.array_split(nodes, number // len(keys))]
    values = {"HH_gNa": 0.12, "HH_gK": 0.036, "HH_gLeak": 0.0003}
    return [{"key": key, "indices": groups, "values": [values[key]] * len(groups)} for key in keys]


def step_of(module):
    """Jaxley's `step_dynamics`, its utilities, and the vector after 20 steps."""
    module.to_jax()
    inds = module.external_inds.copy()
    init_fn, step_fn = build_init_and_step_fn(module)
    remove, add, flatten, unflatten = build_dynamic_state_utils(module)
    states, params = init_fn(module.get_parameters(), delta_t=DELTA_T)

    def step(vector, now):
        states = add(unflatten(vector), params, DELTA_T)
        return flatten(remove(step_fn(states, params, now, inds, delta_t=DELTA_T)))

    at = lambda k: {key: jnp.asarray(values)[:, k] for key, values in module.externals.items()}
    first, vector = at(0), flatten(remove(dict(states)))
    jitted = jax.jit(step)
    for k in range(20):
        vector = jitted(vector, at(k))
    round_trip = lambda vector: flatten(remove(add(unflatten(vector), params, DELTA_T)))
    return (lambda vector: step(vector, first)), round_trip, vector


def run_of(module, settings):
    """The loss of a run, and the values it is a function of: the mean square of v + 60 mV."""
    module.to_jax()

    def loss(values):
        found = [{"key": s["key"], "indices": np.asarray(i), "val": v} for s, i, v in zip(settings, indices, values)]
        return jnp.mean((jx.integrate(module, param_state=found) + 60.0) ** 2)

    # Groups of one length: a node that is named twice takes the same value twice.
    longest = lambda s: max(len(group) for group in s["indices"])
    indices = [[group + group[-1:] * (longest(s) - len(group)) for group in s["indices"]] for s in settings]
    return loss, [jnp.asarray(s["values"]) for s in settings]


def rows():
    """Of each row the name, the aim, the module, its trainables, the operation, and Jaxley's function without arguments.

    A function gives the number that ours has to give as well.
    """
    large = ca1(4)
    step, round_trip, vector = step_of(large)
    direction = jnp.cos(0.7 * jnp.arange(vector.size))
    both = lambda f: (jax.jit(f), (vector,))
    operations = {
        "step": (f"`step_dynamics`, {vector.size:,} states", 0.42, both(step)),
        "round_trip": ("round trip without a step", 1 / 12, both(round_trip)),
        "jacobian_into": ("Jacobian, dense, into a matrix", None, both(jax.jacfwd(step))),
        "jacobian": ("Jacobian, dense, a new one", None, both(jax.jacfwd(step))),
        "jvp": ("`jvp` of a step", None, both(lambda vector: jax.jvp(step, (vector,), (direction,))[1])),
        "vjp": ("`vjp` of a step", None, both(lambda vector: jax.vjp(step, vector)[1](direction)[0])),
    }
    for operation, (name, aim, (function, arguments)) in operations.items():
        yield name, aim, large, [], operation, function, arguments
    small = ca1(1)
    loss, values = run_of(small, trainables(1))
    yield "simulation, 155 compartments, 201 steps", None, small, trainables(1), "simulate", jax.jit(loss), (values,)
    for number in (1, 10, 100, 465):
        loss, values = run_of(small, trainables(number))
        gradient = jax.jit(lambda values, loss=loss: jax.grad(loss)(values))
        name = f"gradient of it, {number} parameter{'s' * (number > 1)}"
        yield name, 0.5, small, trainables(number), "gradient", gradient, (values,)
    net = network()
    loss, values = run_of(net, [])
    name = "100 steps of 1,000 HH cells with 2 synapses each"
    yield name, 0.5, net, [], "simulate", jax.jit(loss), (values,)


def total(tree):
    return sum(float(jnp.sum(leaf)) for leaf in jax.tree.leaves(tree))


def seconds(function, arguments, sample=0.02):
    """The time of one call, of as many as take 20 ms."""
    calls = 1
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            jax.block_until_ready(function(*arguments))
        elapsed = time.perf_counter() - start
        if elapsed >= sample:
            return elapsed / calls
        calls *= 2


def text(seconds):
    value, unit = next((seconds * 10**power, unit) for power, unit in ((6, "us"), (3, "ms"), (0, "s"))
                       if seconds * 10**power < 1000 or not power)  # fmt: skip
    return f"{value:.3g} {unit}"


def main():
    server = subprocess.Popen(BENCH, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ours(**request):
        print(json.dumps(request), file=server.stdin, flush=True)
        return [float(word) for word in server.stdout.readline().split()]

    print(f"cable beside Jaxley {jx.__version__}, JAX {jax.__version__}, jitted, without its compilation\n")
    print("| what | ours | Jaxley | ours / Jaxley | aim | | Jaxley compiles for |")
    print("|---|---|---|---|---|---|---|")
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, aim, module, settings, operation, function, arguments) in enumerate(rows()):
            if wanted and not any(word in name for word in wanted):
                continue
            path = Path(folder) / f"{number}.json"
            steps = next(iter(module.externals.values())).shape[1]
            content = {**export_jaxley.export(module, name, DELTA_T, steps), "trainables": settings}
            path.write_text(json.dumps(content, allow_nan=False))
            request = {"module": str(path), "operation": operation}
            start = time.perf_counter()
            expected = total(function(*arguments))
            compiled = time.perf_counter() - start
            _, found = ours(**request)
            assert abs(found - expected) <= 1e-6 * abs(expected), f"{name}: {found} instead of {expected}"
            samples = [(ours(**request)[0], seconds(function, arguments)) for _ in range(SAMPLES)]
            medians = [statistics.median(times) for times in zip(*samples)]
            ratio = statistics.median(own / other for own, other in samples)
            missed = "missed" if aim is not None and ratio > aim else ""
            aim = "" if aim is None else f"{aim:.2g}"
            times = " | ".join(text(median) for median in medians)
            print(f"| {name} | {times} | {ratio:.3f} | {aim} | {missed} | {text(compiled)} |", flush=True)
    server.stdin.close()
    server.wait()


if __name__ == "__main__":
    main()
