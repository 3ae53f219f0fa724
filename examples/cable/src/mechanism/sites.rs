use crate::number::element::At;

/// Where a mechanism is, and where its numbers are: the states among the values of a step, the
/// parameters among all parameters.
#[derive(Clone, Debug)]
pub(crate) struct Sites {
    /// The index of each site in the mechanism's own arrays: a node, or the number of a synapse.
    pub own: Vec<usize>,
    /// The node whose voltage moves the states: for a synapse the presynaptic one.
    pub pre: Vec<usize>,
    /// The node into which the current flows: for a synapse the postsynaptic one.
    pub post: Vec<usize>,
    /// Where those of the three start that follow each other.
    pub runs: [Option<usize>; 3],
    /// The start of each state, in the order of the equations.
    pub states: Vec<usize>,
    /// The start of each parameter, in the order of the equations.
    pub params: Vec<usize>,
    /// The start of the voltages that move the states.
    pub v: usize,
    /// The start of what the current drives: the voltage, or the concentration of an ion.
    pub driven: usize,
    /// The start of the membrane areas (um^2), which spread the current of a synapse.
    pub area: usize,
    /// The start of the current.
    pub current: usize,
    /// The start of the slopes of the drive; see [`Voltages`](crate::step::voltages::Voltages).
    pub slope: usize,
    /// The start of its constants.
    pub constant: usize,
    /// What the drive counts the current by: 1000 uA in a mA.
    pub scale: f64,
}

/// One of the inputs or outputs of equations: numbers at some of the sites.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column<'a> {
    pub space: Space,
    pub start: usize,
    pub at: At<'a>,
}

/// Where numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Values,
    Params,
}

impl Sites {
    fn own(&self) -> At<'_> {
        At { run: self.runs[0], each: &self.own }
    }

    fn pre(&self) -> At<'_> {
        At { run: self.runs[1], each: &self.pre }
    }

    fn post(&self) -> At<'_> {
        At { run: self.runs[2], each: &self.post }
    }

    /// The inputs of the equations of the states, in the order of the [kernel](super::kernel).
    pub fn update_inputs(&self) -> Vec<Column<'_>> {
        self.inputs([(self.v, self.pre())], &[])
    }

    /// The states, which the equations of the states replace.
    pub fn update_outputs(&self) -> Vec<Column<'_>> {
        self.states.iter().map(|&start| value(start, self.own())).collect()
    }

    /// The inputs of the equation of the current of a channel or pump.
    pub fn membrane_inputs(&self) -> Vec<Column<'_>> {
        self.inputs([(self.driven, self.post())], &[])
    }

    /// The inputs of the equation of the current of a synapse.
    pub fn synapse_inputs(&self) -> Vec<Column<'_>> {
        let area = Column { space: Space::Params, start: self.area, at: self.post() };
        self.inputs([(self.driven, self.pre()), (self.driven, self.post())], &[area])
    }

    /// What a current adds to: itself, the slope and the constant of the drive.
    pub fn current_outputs(&self) -> Vec<Column<'_>> {
        vec![
            value(self.current, self.own()),
            value(self.slope, self.post()),
            value(self.constant, self.post()),
        ]
    }

    fn inputs<'a, const N: usize>(
        &'a self,
        voltages: [(usize, At<'a>); N],
        more: &[Column<'a>],
    ) -> Vec<Column<'a>> {
        let states = self.states.iter().map(|&start| value(start, self.own()));
        let voltages = voltages.into_iter().map(|(start, at)| value(start, at));
        let params = self.params.iter();
        let params = params.map(|&start| Column { space: Space::Params, start, at: self.own() });
        states.chain(voltages).chain(params).chain(more.iter().copied()).collect()
    }
}

fn value(start: usize, at: At<'_>) -> Column<'_> {
    Column { space: Space::Values, start, at }
}
