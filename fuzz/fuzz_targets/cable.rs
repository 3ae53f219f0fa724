//! Any text as an SWC file and as the JSON of a module, and descriptions of modules that were built
//! here with some of their entries changed: there is an error, or the module takes a step.
#![no_main]

use arbitrary::{Result, Unstructured};
use cable::channels::{
    AdEx, CaFaradayConcentrationChange, CaL, CaNernstReversal, CaPump, CaT, ChannelKind, Fire, HH,
    Izhikevich, K, Km, Leak, Na, Rate,
};
use cable::morphology::distance_pathwise;
use cable::synapses::{
    IonotropicSynapse, SynapseKind, TanhConductanceSynapse, TanhRateSynapse, TestSynapse,
};
use cable::{
    Branch, Build, Cable, CableError, Cell, Compartment, EdgeKind, Export, Network, Parameters,
    Setting, Solver, States, StepDynamics, Swc, build_init_and_step_fn,
};
use dynamics::build_dynamic_state_utils;
use fuzz::short;
use libfuzzer_sys::fuzz_target;
use ndarray::Array1;
use pytree::grad::{Duals, try_value_and_grad};

/// What a text begins with that says how a module is to be built and its description changed. Neither
/// an SWC file nor JSON does.
const EDITED: &[u8] = b"edited: ";

const SOLVERS: [Solver; 4] =
    [Solver::BwdEuler, Solver::CrankNicolson, Solver::FwdEuler, Solver::ExpEuler];

fn channels() -> [ChannelKind; 14] {
    [
        ChannelKind::of(HH),
        ChannelKind::of(Leak),
        ChannelKind::of(Na),
        ChannelKind::of(K),
        ChannelKind::of(Km),
        ChannelKind::of(CaL),
        ChannelKind::of(CaT),
        ChannelKind::of(CaPump),
        ChannelKind::of(CaNernstReversal),
        ChannelKind::of(CaFaradayConcentrationChange),
        ChannelKind::of(AdEx),
        ChannelKind::of(Izhikevich),
        ChannelKind::of(Rate),
        ChannelKind::of(Fire),
    ]
}

fn synapses() -> [SynapseKind; 4] {
    [
        SynapseKind::of(IonotropicSynapse),
        SynapseKind::of(TestSynapse),
        SynapseKind::of(TanhRateSynapse),
        SynapseKind::of(TanhConductanceSynapse),
    ]
}

fuzz_target!(|data: &[u8]| {
    if let Some(edits) = data.strip_prefix(EDITED) {
        edited(&mut Unstructured::new(edits)).ok();
        return;
    }
    let text = String::from_utf8_lossy(data);
    traced(&text).unwrap_or_else(|error| short(&error));
    Cable::from_json(&text)
        .and_then(|cable| step(&cable).map(drop))
        .unwrap_or_else(|error| short(&error));
});

/// The cell of an SWC file takes a step to finite states. The length of the text decides the options, so
/// that a comment at its end can change them.
fn traced(text: &str) -> std::result::Result<(), CableError> {
    let has = |bit: usize| text.len() >> bit & 1 == 1;
    let mut swc = Swc::new(text)?;
    let options: [fn(Swc) -> std::result::Result<Swc, CableError>; 8] = [
        |swc| swc.min_radius(0.1),
        |swc| swc.max_branch_len(30.0),
        |swc| Ok(swc.split_at_interruptions()),
        |swc| Ok(swc.join_duplicates()),
        |swc| Ok(swc.tree_of_soma()),
        |swc| Ok(swc.relevant_type_ids([1, 3])),
        |swc| Ok(swc.root_parent(0).ignore_types([2])),
        |swc| swc.scale(1e-3),
    ];
    for (_, option) in options.into_iter().enumerate().filter(|&(bit, _)| has(bit)) {
        swc = option(swc)?;
    }
    let mut cell = swc.cell_by(|branch| 1 + branch.length().min(3.0) as usize)?;
    let len = cell.view().nodes().len();
    assert_eq!((cell.view().xyzr().len(), cell.view().centers()?.len()), (len, len));
    assert_eq!(distance_pathwise(&cell.view().branch(0)?.comp(0)?, &cell.view())?.len(), len);
    let same = |cell: &mut Cell, ncomp| cell.branch(0)?.set_ncomp(ncomp).map(drop);
    let (before, ncomp) = (cell.get("area")?, cell.view().branch(0)?.nodes().len());
    same(&mut cell, 5)
        .and_then(|()| same(&mut cell, ncomp))
        .map(|()| assert_eq!(cell.get("area").ok(), Some(before)))?;
    cell.insert(Leak)?.insert(HH)?.stimulate(vec![0.1])?.record("v")?;
    let cable = cell.build(0.025)?;
    finite(&cable, &step(&cable)?);
    Ok(())
}

/// Where a mechanism is absent, its states are NaN before the step too.
fn finite(cable: &Cable, after: &[States<f64>]) {
    let before = cable.init().expect("a module that took a step");
    for (states, (key, before)) in
        after.iter().flat_map(|after| before.iter().map(move |b| (after, b)))
    {
        let lost = before.iter().zip(&states[key]).any(|(b, a)| b.is_finite() && !a.is_finite());
        assert!(!lost, "{key}: {before}, {}", states[key]);
    }
}

/// The states after a step of each stable solver. Explicit Euler and the derivatives are tried too.
fn step(cable: &Cable) -> std::result::Result<Vec<States<f64>>, CableError> {
    let externals = cable.externals_at(0)?;
    let mut after = Vec::new();
    for solver in SOLVERS {
        let module = build_init_and_step_fn(cable, solver);
        let (mut states, params) = module.init(&cable.get_parameters(), &vec![])?;
        module.step(&mut states, &params, &externals, cable.delta_t())?;
        assert_eq!(cable.record(&states)?.len(), cable.recordings().len());
        if solver != Solver::FwdEuler {
            after.push(states);
        }
    }
    if cable.nodes() > 100 || cable.steps() > 100 {
        return Ok(after);
    }
    derivatives(cable, false).map(|()| after)
}

/// The derivatives of a run in both modes, and of a step by each solver. If they are `exact`, as those of a module with
/// ordinary numbers are, they agree with each other.
fn derivatives(cable: &Cable, exact: bool) -> std::result::Result<(), CableError> {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * (1.0 + a.abs() + b.abs());
    let parameters = cable.get_parameters();
    let utils = build_dynamic_state_utils(cable)?;
    let vector = utils.flatten(&utils.remove_observables(&cable.init()?)?)?;
    let directions = [f64::sin, f64::cos];
    let [right, left] =
        directions.map(|f| (0..vector.len()).map(|i| f(i as f64)).collect::<Array1<_>>());
    for solver in SOLVERS {
        let run = build_init_and_step_fn(cable, solver);
        let loss = |parameters: &Parameters<Duals>| {
            build_init_and_step_fn(cable, solver).integrate(parameters, &vec![]).map(|v| v.sum())
        };
        let forward = try_value_and_grad(loss, &parameters);
        let reverse = run.value_and_grad(&parameters, |_, v| v.iter().copied().sum());
        match (forward, reverse) {
            (Ok(forward), Ok(reverse)) if exact => {
                assert!(near(forward.0, reverse.0), "{solver:?}: {forward:?}, {reverse:?}");
                for (forward, reverse) in forward.1.iter().zip(&reverse.1) {
                    let mut pairs = forward.values().flatten().zip(reverse.values().flatten());
                    let agree = pairs.all(|(a, b)| near(*a, *b));
                    assert!(agree, "{solver:?}: {forward:?}, {reverse:?}");
                }
            }
            (forward, reverse) => {
                // Both refuse a module without recordings or steps.
                assert!(!exact || forward.is_err() && reverse.is_err(), "{forward:?}, {reverse:?}");
                forward.map_or_else(|error| short(&error), drop);
                reverse.map_or_else(|error| short(&error), drop);
            }
        }

        let step = StepDynamics::new(&utils, cable.externals_at(0)?).with_solver(solver);
        assert_eq!(step.apply(&vector)?.len(), vector.len());
        let (_, linear) = step.linearize(&vector)?;
        let (product, transposed) = (linear.jvp(&right)?, linear.vjp(&left)?);
        let dense = linear.to_dense();
        for (ours, dense) in [(product, dense.dot(&right)), (transposed, dense.t().dot(&left))] {
            assert_eq!(ours.len(), vector.len());
            let agree = ours.iter().zip(&dense).all(|(a, b)| near(*a, *b));
            assert!(agree || !exact, "{solver:?}: {ours}, {dense}");
        }
    }
    Ok(())
}

/// A random network, its description, and what is made of the description after some edits.
fn edited(u: &mut Unstructured<'_>) -> Result<()> {
    let mut export = network(u)?.export("fuzz", 0.025, u.int_in_range(0..=2)?);
    let unchanged = u.is_empty();
    while !u.is_empty() {
        edit(u, &mut export)?;
    }
    match Cable::new(export).and_then(|cable| Ok((step(&cable)?, cable))) {
        Ok((after, cable)) if unchanged => {
            finite(&cable, &after);
            derivatives(&cable, true).expect("the derivatives of what was built here");
        }
        Err(error) if unchanged => panic!("what was built here: {error}"),
        made => made.map_or_else(|error| short(&error), drop),
    }
    Ok(())
}

fn network(u: &mut Unstructured<'_>) -> Result<Network> {
    const MADE: &str = "the parts of a network fit together";
    let mut cells = Vec::new();
    for _ in 0..u.int_in_range(1..=3)? {
        let branch = Branch::new(&Compartment::new(), u.int_in_range(1..=3)?).expect(MADE);
        let mut parents = vec![-1];
        for child in 0..u.int_in_range(0..=3)? {
            parents.push(u.int_in_range(0..=child)?);
        }
        cells.push(Cell::new(&branch, &parents).expect(MADE));
    }
    let last = cells.len() - 1;
    let mut net = Network::new(&cells).expect(MADE);
    for _ in 0..u.int_in_range(0..=4)? {
        let kind = *u.choose(&channels())?;
        let cell = u.int_in_range(0..=last)?;
        net.cell(cell).and_then(|mut cell| cell.insert(kind).map(drop)).expect(MADE);
    }
    for _ in 0..u.int_in_range(0..=4)? {
        let kind = *u.choose(&synapses())?;
        let [pre, post] = [u.int_in_range(0..=last)?, u.int_in_range(0..=last)?];
        let [pre, post] = [pre, post].map(|cell| net.cell(cell).expect(MADE).selection());
        net.fully_connect(&pre, &post, kind).expect(MADE);
    }
    if u.arbitrary()? {
        net.record("v").expect(MADE).stimulate(vec![0.1, 0.2]).expect(MADE);
    }
    if u.arbitrary()? {
        net.make_trainable(u.choose(&["v", "radius", "capacitance"])?).expect(MADE);
    }
    Ok(net)
}

/// Changes one entry of a list, or one number or name.
fn edit(u: &mut Unstructured<'_>, export: &mut Export) -> Result<()> {
    match u.int_in_range(0..=5)? {
        0 => list(u, &mut indices(export), index)?,
        1 => list(u, &mut names(export), name)?,
        2 => {
            let arrays = export.params.values_mut().chain(export.states.values_mut());
            let mut arrays: Vec<&mut Array1<f64>> = arrays.collect();
            let mut values: Vec<_> = arrays.iter().map(|array| array.to_vec()).collect();
            list(u, &mut values.iter_mut().collect::<Vec<_>>(), number)?;
            for (array, values) in arrays.iter_mut().zip(values) {
                **array = values.into();
            }
        }
        3 => list(u, &mut numbers(export), number)?,
        4 => {
            let arrays = if u.arbitrary()? { &mut export.params } else { &mut export.states };
            let keys: Vec<_> = arrays.keys().cloned().collect();
            if let Some(array) =
                keys.get(u.choose_index(keys.len().max(1))?).and_then(|key| arrays.remove(key))
            {
                if u.arbitrary()? {
                    arrays.insert(name(u)?, array);
                }
            }
        }
        _ => single(u, export)?,
    }
    Ok(())
}

/// Sets an entry of one of the lists, puts one in or takes one out.
fn list<T>(
    u: &mut Unstructured<'_>,
    lists: &mut [&mut Vec<T>],
    entry: fn(&mut Unstructured<'_>) -> Result<T>,
) -> Result<()> {
    if lists.is_empty() {
        return Ok(());
    }
    let list = &mut *lists[u.choose_index(lists.len())?];
    let at = u.int_in_range(0..=list.len())?;
    match (u.int_in_range(0..=2)?, list.get_mut(at)) {
        (0, _) => list.insert(at, entry(u)?),
        (1, Some(_)) => drop(list.remove(at)),
        (_, Some(old)) => *old = entry(u)?,
        _ => list.clear(),
    }
    Ok(())
}

fn indices(export: &mut Export) -> Vec<&mut Vec<usize>> {
    let channels = export.channels.iter_mut().map(|channel| &mut channel.nodes);
    let synapses =
        export.synapses.iter_mut().flat_map(|synapse| [&mut synapse.pre, &mut synapse.post]);
    let externals = export.externals.values_mut().map(|external| &mut external.nodes);
    let trained = export.trainables.iter_mut().flat_map(|setting| &mut setting.indices);
    let lists = channels.chain(synapses).chain(externals).chain(trained);
    lists.chain([&mut export.branchpoints]).collect()
}

fn names(export: &mut Export) -> Vec<&mut Vec<String>> {
    let channels = export.channels.iter_mut().map(|channel| &mut channel.mechanism);
    let synapses = export.synapses.iter_mut().map(|synapse| &mut synapse.mechanism);
    let keys = channels.chain(synapses);
    let keys = keys.flat_map(|mechanism| [&mut mechanism.params, &mut mechanism.states]);
    let own = [
        &mut export.membrane_keys,
        &mut export.membrane_current_names,
        &mut export.synapse_current_names,
    ];
    keys.chain(own).collect()
}

fn numbers(export: &mut Export) -> Vec<&mut Vec<f64>> {
    let externals = export.externals.values_mut().flat_map(|external| &mut external.values);
    let trained = export.trainables.iter_mut().map(|setting| &mut setting.values);
    externals.chain(trained).chain([&mut export.axial_conductances]).collect()
}

/// Changes a number or a name that is in no list of its kind.
fn single(u: &mut Unstructured<'_>, export: &mut Export) -> Result<()> {
    let at = |u: &mut Unstructured<'_>, len: usize| u.choose_index(len.max(1));
    match u.int_in_range(0..=8)? {
        0 => export.nodes = index(u)?,
        1 => export.steps = u.int_in_range(0..=3)?,
        2 => export.delta_t = number(u)?,
        3 => {
            let at = at(u, export.edges.len())?;
            let Some(edge) = export.edges.get_mut(at) else { return Ok(()) };
            match u.int_in_range(0..=3)? {
                0 => edge.source = index(u)?,
                1 => edge.sink = index(u)?,
                2 => edge.kind = EdgeKind::try_from(u.int_in_range(0..=4)?).expect("a kind"),
                _ => drop(export.edges.remove(at)),
            }
        }
        4 => export.recordings.push(cable::Recording { state: name(u)?, index: index(u)? }),
        5 => {
            let values = vec![number(u)?; u.int_in_range(0..=3)?];
            let clamp = cable::External { nodes: vec![index(u)?], values: vec![values] };
            export.externals.insert(name(u)?, clamp);
        }
        6 => {
            let indices = vec![vec![index(u)?]];
            export.trainables.push(Setting { key: name(u)?, indices, values: vec![number(u)?] });
        }
        kind => {
            let channels = export.channels.iter_mut().map(|channel| &mut channel.mechanism);
            let synapses = export.synapses.iter_mut().map(|synapse| &mut synapse.mechanism);
            let mut mechanisms: Vec<_> = channels.chain(synapses).collect();
            let at = at(u, mechanisms.len())?;
            let Some(mechanism) = mechanisms.get_mut(at) else { return Ok(()) };
            match (kind, u.arbitrary()?) {
                (7, _) => mechanism.current = name(u)?,
                (_, true) => mechanism.kind = name(u)?,
                (_, false) => mechanism.name = name(u)?,
            }
        }
    }
    Ok(())
}

fn index(u: &mut Unstructured<'_>) -> Result<usize> {
    if u.ratio(7, 8)? { u.int_in_range(0..=12) } else { u.arbitrary() }
}

fn number(u: &mut Unstructured<'_>) -> Result<f64> {
    const ODD: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1e-50,
        1e50,
        -1e50,
        5e-324,
        f64::MAX,
        f64::INFINITY,
        f64::NAN,
        -40.0,
    ];
    if u.ratio(3, 4)? { u.choose(&ODD).copied() } else { u.arbitrary() }
}

/// A key, a name or a kind that modules have, or any other.
fn name(u: &mut Unstructured<'_>) -> Result<String> {
    const KNOWN: [&str; 20] = [
        "v",
        "i",
        "radius",
        "length",
        "area",
        "volume",
        "capacitance",
        "axial_conductances",
        "eCa",
        "i_Ca",
        "CaCon_i",
        "HH",
        "HH_m",
        "i_HH",
        "Leak",
        "Leak_gLeak",
        "TestSynapse",
        "TestSynapse_c",
        "i_TestSynapse",
        "",
    ];
    if u.ratio(7, 8)? { u.choose(&KNOWN).map(ToString::to_string) } else { u.arbitrary() }
}
