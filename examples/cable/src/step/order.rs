use crate::arrays::table::ArrayTable;
use crate::mechanism::code::Code;
use crate::mechanism::sites::{Column, Sites};
use crate::number::element::At;
use crate::step::voltages::Voltages;
use std::ops::Range;

/// What a step does, in its order: the one place that says so. Values, derivatives and the reverse
/// pass all run through it.
///
/// The values of a step are the numbers of all states and currents, in the order of their
/// [`ArrayTable`], and after them what exists only within a step.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// How many numbers the states and currents have.
    pub states: usize,
    /// How many numbers there are in all.
    pub len: usize,
    pub mechanisms: Vec<Placed>,
    /// The sums of the membrane currents of each name, and where they are stored.
    pub sums: Vec<(Range<usize>, usize)>,
    /// What is summed up anew in every step.
    pub cleared: Range<usize>,
    /// The concentrations that pumps drive.
    pub ions: Vec<Ion>,
    /// Where the voltages before the step are kept, if a channel sets the voltage.
    pub kept: Option<usize>,
    pub voltages: Voltages,
    /// The start of the membrane areas (um^2) among the parameters.
    pub area: usize,
    /// The currents of given states: Jaxley's `append_channel_currents_to_states`.
    pub append: Vec<Op>,
    pub step: Vec<Op>,
}

/// A mechanism of the module.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub code: &'static Code,
    pub sites: Sites,
    pub synapse: bool,
}

impl Placed {
    /// The inputs of the equation of the current.
    pub fn current_inputs(&self) -> Vec<Column<'_>> {
        if self.synapse { self.sites.synapse_inputs() } else { self.sites.membrane_inputs() }
    }
}

/// The concentration of an ion at all nodes, and what drives it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ion {
    pub concentration: usize,
    pub slope: usize,
    pub constant: usize,
}

/// A part of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// Keeps the voltages, which move the states of all mechanisms.
    Keep,
    /// Moves the states of a mechanism.
    Update(usize),
    /// Sets sums and drives to 0.
    Clear,
    /// Adds the current of a mechanism, and what it drives. The current of a synapse is set.
    Currents(usize),
    /// Stores the sums of the membrane currents. A pump has read those of the step before.
    Store,
    /// Moves a concentration by implicit Euler, each node by itself.
    Relax(usize),
    /// Adds the stimuli to what drives the voltages.
    Stimulate,
    /// Sets the clamped voltages, or all other clamped states.
    Clamp { voltage: bool },
    /// Moves the voltages.
    Solve,
}

/// A mechanism before its sums and drives have a place: `driven` and `current` are arrays of the
/// table of states.
pub(crate) struct Unplaced {
    pub code: &'static Code,
    pub own: Vec<usize>,
    pub ends: Option<[Vec<usize>; 2]>,
    pub states: Vec<usize>,
    pub params: Vec<usize>,
    pub driven: usize,
    pub current: usize,
}

impl Order {
    /// Of these channels and pumps, and these synapses, in their order. `currents` are the arrays of
    /// the membrane currents that a module lists.
    pub fn new(
        states: &ArrayTable,
        area: usize,
        membranes: Vec<Unplaced>,
        synapses: Vec<Unplaced>,
        currents: &[usize],
        voltage: usize,
        mut voltages: Voltages,
    ) -> Self {
        let nodes = voltages.nodes;
        let start = |array: usize| states.start(array);
        let mut next = states.numbers();
        let mut take = || {
            let taken = next;
            next += nodes;
            taken
        };
        let (slope, constant) = (take(), take());
        (voltages.v, voltages.slope, voltages.constant) = (start(voltage), slope, constant);
        let cleared = slope;
        let mut summed: Vec<usize> = currents.to_vec();
        summed.extend(membranes.iter().map(|membrane| membrane.current));
        summed.sort_unstable();
        summed.dedup();
        let sums: Vec<_> = summed.iter().map(|_| take()).collect();
        let mut driven: Vec<usize> = membranes.iter().map(|membrane| membrane.driven).collect();
        driven.sort_unstable();
        driven.dedup();
        driven.retain(|&array| array != voltage);
        let ion =
            |&array: &usize| Ion { concentration: start(array), slope: take(), constant: take() };
        let ions: Vec<_> = driven.iter().map(ion).collect();
        let cleared = cleared..next;
        // A channel that sets the voltage has it among its states.
        let sets_voltage = membranes.iter().any(|membrane| membrane.states.contains(&voltage));
        let kept = sets_voltage.then(|| {
            next += nodes;
            next - nodes
        });

        let place = |unplaced: Unplaced, synapse: bool| {
            let Unplaced { code, own, ends, states, params, driven: on, current } = unplaced;
            let [pre, post] = ends.unwrap_or_else(|| [own.clone(), own.clone()]);
            let ion = driven.binary_search(&on).ok().map(|ion| ions[ion]);
            let sum = summed.binary_search(&current).ok().filter(|_| !synapse);
            let runs = [&own, &pre, &post].map(|each| At::new(each).run);
            let sites = Sites {
                runs,
                own,
                pre,
                post,
                states: states.into_iter().map(start).collect(),
                params,
                // A synapse follows the voltages that channels have set.
                v: kept.filter(|_| !synapse).unwrap_or(voltages.v),
                driven: start(on),
                area,
                current: sum.map_or_else(|| start(current), |sum| sums[sum]),
                slope: ion.map_or(slope, |ion| ion.slope),
                constant: ion.map_or(constant, |ion| ion.constant),
                scale: if synapse || ion.is_some() { 1.0 } else { 1000.0 },
            };
            Placed { code, sites, synapse }
        };
        let membrane_count = membranes.len();
        let placed = membranes.into_iter().map(|membrane| place(membrane, false));
        let mut mechanisms: Vec<_> = placed.collect();
        mechanisms.extend(synapses.into_iter().map(|synapse| place(synapse, true)));

        let (membranes, synapses) = (0..membrane_count, membrane_count..mechanisms.len());
        let moves = |at: &usize| !mechanisms[*at].sites.states.is_empty();
        let currents = [Op::Clear].into_iter().chain(membranes.clone().map(Op::Currents));
        let currents: Vec<_> = currents.chain([Op::Store]).collect();
        let append = currents.iter().copied().chain(synapses.clone().map(Op::Currents));
        let append = append.collect();
        let mut step = Vec::new();
        step.extend(kept.map(|_| Op::Keep));
        step.extend(membranes.filter(moves).map(Op::Update));
        step.extend(currents);
        step.extend((0..ions.len()).map(Op::Relax));
        for synapse in synapses {
            step.extend(Some(synapse).filter(moves).map(Op::Update));
            step.push(Op::Currents(synapse));
        }
        step.extend([Op::Stimulate, Op::Clamp { voltage: false }, Op::Solve]);
        step.push(Op::Clamp { voltage: true });
        let sums = sums.into_iter().zip(summed);
        let sums = sums.map(|(sum, array)| (sum..sum + nodes, start(array))).collect();
        let states = states.numbers();
        Self {
            states,
            len: next,
            mechanisms,
            sums,
            cleared,
            ions,
            kept,
            voltages,
            area,
            append,
            step,
        }
    }

    /// Whether a mechanism has a current among its states.
    pub fn reads_currents(&self) -> bool {
        let contacts = self.mechanisms.iter().filter(|placed| placed.synapse);
        let currents = contacts.map(|placed| placed.sites.current);
        let currents: Vec<_> = currents.chain(self.sums.iter().map(|(_, at)| *at)).collect();
        let mut states = self.mechanisms.iter().flat_map(|placed| &placed.sites.states);
        states.any(|state| currents.contains(state))
    }
}
