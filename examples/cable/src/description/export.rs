use crate::description::setting::Setting;
use crate::error::{CableError, EdgeProblem};
use crate::place::Place;
use crate::states::{Params, States};
use ndarray::Array1;
use serde::Deserialize;
use serde::de::Deserializer;
use serde_with::rust::maps_duplicate_key_is_error;
use std::collections::BTreeMap;

/// A Jaxley module as data, in the format `jaxley-export/1`.
///
/// Node indices count compartments and branchpoints together. The fields say what the module
/// *claims*: whether the claims fit together is checked when a [`Cable`](crate::Cable) is built
/// from them.
///
/// ```
/// use cable::{Cable, Compartment, Leak};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut export = Compartment::new().insert(Leak)?.export("point", 0.025, 40);
/// assert_eq!(export.params["capacitance"], ndarray::array![1.0]); // uF/cm^2
/// export.params.remove("capacitance");
/// assert!(Cable::new(export).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct Export {
    /// The name of the module.
    pub name: String,
    /// The time step in ms.
    pub delta_t: f64,
    /// How many steps the externals are meant for.
    pub steps: usize,
    /// The number of nodes.
    pub nodes: usize,
    /// The nodes that are branchpoints.
    pub branchpoints: Vec<usize>,
    /// The directed edges between neighbouring nodes, in any order.
    pub edges: Vec<Edge>,
    /// For each edge, the rate (1/ms) at which its source pulls its sink; to a branchpoint, which has
    /// no membrane, the conductance (S um/cm) that weighs the source.
    pub axial_conductances: Vec<f64>,
    /// The parameters, in their [units](crate#keys-and-units): one value a node, NaN where a mechanism
    /// is absent and -1 at branchpoints, or one a synapse of the type.
    #[serde(deserialize_with = "arrays")]
    pub params: Params<f64>,
    /// The initial states without currents, in their [units](crate#keys-and-units), laid out as
    /// [`params`](Self::params).
    #[serde(deserialize_with = "arrays")]
    pub states: States<f64>,
    /// The keys whose arrays live on nodes.
    pub membrane_keys: Vec<String>,
    /// The names of the currents through the membrane (mA/cm^2; mM/ms of a pump).
    pub membrane_current_names: Vec<String>,
    /// The names of the currents through synapses (nA).
    pub synapse_current_names: Vec<String>,
    /// The channels and then the pumps, in the order in which they are updated.
    pub channels: Vec<Channel>,
    /// The synapse types, in the order in which they are updated.
    pub synapses: Vec<Synapse>,
    /// Stimuli under [`"i"`](External::STIMULUS) and clamps under the name of the state.
    #[serde(with = "maps_duplicate_key_is_error")]
    pub externals: BTreeMap<String, External>,
    /// What to record, initially and after every step.
    pub recordings: Vec<Recording>,
    /// The trainable parameters and initial states; a module from Jaxley comes without.
    #[serde(default)]
    pub trainables: Vec<Setting<f64>>,
}

/// A directed edge: `source` pulls `sink`. Every edge has a partner the other way.
///
/// ```
/// let branch = cable::Branch::new(&cable::Compartment::new(), 2)?;
/// let edges = branch.export("branch", 0.025, 0).edges;
/// let ends: Vec<_> = edges.iter().map(|edge| (edge.source, edge.sink, edge.kind)).collect();
/// assert_eq!(ends, [(0, 1, 0), (1, 0, 0)]);
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct Edge {
    /// The node that pulls.
    pub source: usize,
    /// The node that is pulled.
    pub sink: usize,
    /// 0 between compartments; 1 from a branchpoint to the branch that ends there and 2 to one that
    /// starts there; 3 and 4 back from them. The JSON calls it `type`.
    #[serde(rename = "type")]
    pub kind: u8,
}

impl Edge {
    /// Whether its sink is a branchpoint.
    pub(crate) fn leads_to_branchpoint(&self) -> bool {
        self.kind == 3 || self.kind == 4
    }

    /// The error that says what is wrong with this edge, the one at `index`.
    pub(crate) fn error(&self, index: usize, problem: EdgeProblem) -> CableError {
        CableError::Edge { index, source: self.source, sink: self.sink, problem }
    }
}

/// What channels, pumps and synapses have in common.
///
/// ```
/// use cable::{Compartment, Leak};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let export = Compartment::new().insert(Leak.change_name("Rest"))?.export("point", 0.025, 0);
/// let leak = &export.channels[0].mechanism;
/// assert_eq!((&*leak.kind, &*leak.name, &*leak.current), ("Leak", "Rest", "i_Leak"));
/// assert_eq!(leak.params, ["Rest_gLeak", "Rest_eLeak"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct Mechanism {
    /// Its class in Jaxley, which decides its equations.
    pub kind: String,
    /// Its name, which prefixes the keys of its own parameters and states.
    pub name: String,
    /// The name of its current, which several channels may share: they add up.
    pub current: String,
    /// The keys of its parameters, in any order.
    pub params: Vec<String>,
    /// The keys of its states, in any order.
    pub states: Vec<String>,
}

/// A channel or a pump.
///
/// ```
/// let mut branch = cable::Branch::new(&cable::Compartment::new(), 3)?;
/// branch.comp([0, 2])?.insert(cable::HH)?;
/// let channel = &branch.export("branch", 0.025, 0).channels[0];
/// assert_eq!((&*channel.mechanism.kind, &*channel.nodes), ("HH", &[0, 2][..]));
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct Channel {
    /// Its equations and keys.
    #[serde(flatten)]
    pub mechanism: Mechanism,
    /// The nodes it is inserted in.
    pub nodes: Vec<usize>,
}

/// A type of synapse. Its arrays have one value for each of its synapses, in the order of `pre` and
/// `post`.
///
/// ```
/// use cable::{Cell, Network, TestSynapse};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut net = Network::new(&vec![Cell::default(); 3])?;
/// let [pre, post] = [net.cell(0)?.selection(), net.cell(1..)?.selection()];
/// let export = net.fully_connect(&pre, &post, TestSynapse)?.export("net", 0.025, 0);
/// let synapse = &export.synapses[0];
/// assert_eq!((&*synapse.pre, &*synapse.post), (&[0, 0][..], &[1, 2][..]));
/// assert_eq!(export.params["TestSynapse_gC"].len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct Synapse {
    /// Its equations and keys.
    #[serde(flatten)]
    pub mechanism: Mechanism,
    /// The presynaptic node of each synapse.
    pub pre: Vec<usize>,
    /// The postsynaptic node of each synapse.
    pub post: Vec<usize>,
}

/// Stimuli or clamps of one name.
///
/// ```
/// use cable::{Branch, Compartment, External};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut export = Branch::new(&Compartment::new(), 2)?.export("branch", 0.025, 3);
/// let clamp = External { nodes: vec![1], values: vec![vec![-60.0, -55.0, -50.0]] }; // mV
/// export.externals.insert("v".to_owned(), clamp);
/// assert_eq!(cable::Cable::new(export)?.externals_at(2)?["v"], ndarray::array![-50.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct External {
    /// The nodes they act on. For a state of synapses, its synapses; as in Jaxley, an index that is
    /// past those of the type but not past those of all types together has no effect.
    pub nodes: Vec<usize>,
    /// One row for each of `nodes`, one value a step: nA for a stimulus, the
    /// [units](crate#keys-and-units) of the state for a clamp.
    pub values: Vec<Vec<f64>>,
}

/// A value that is recorded.
///
/// ```
/// use cable::{Compartment, Recording};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut export = Compartment::new().insert(cable::Leak)?.export("point", 0.025, 0);
/// export.recordings.push(Recording { state: "i_Leak".to_owned(), index: 0 }); // mA/cm^2
/// assert_eq!(cable::Cable::new(export)?.recordings().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct Recording {
    /// The key of a state or a current.
    pub state: String,
    /// The node, or the synapse, it is recorded at. As in Jaxley, an index that is past the synapses
    /// of the type but not past those of all types together reads the last one of the type.
    pub index: usize,
}

impl External {
    /// The name of the externals that are injected currents (nA, inward positive); any other name
    /// clamps that state.
    ///
    /// ```
    /// use cable::{Compartment, External};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let cable = Compartment::new().stimulate(vec![0.1; 4])?.build(0.025)?;
    /// assert_eq!(cable.externals()[External::STIMULUS].values, [[0.1; 4]]);
    /// # Ok(())
    /// # }
    /// ```
    pub const STIMULUS: &str = "i";

    pub(crate) fn wrong_count(name: &str, found: usize, expected: usize) -> CableError {
        CableError::Length {
            place: Place::External(name.to_owned()),
            found,
            expected,
            per: "nodes it acts on",
        }
    }
}

impl Export {
    /// The tag of the format that is read: what the JSON has under `format`.
    ///
    /// ```
    /// let text = format!(r#"{{"format": "{}"}}"#, cable::Export::FORMAT);
    /// let error = cable::Export::from_json(&text).unwrap_err();
    /// assert!(matches!(error, cable::CableError::Json(_))); // the rest is missing
    /// ```
    pub const FORMAT: &str = "jaxley-export/1";

    /// The key under which [`axial_conductances`](Self::axial_conductances) are a parameter.
    pub(crate) const AXIAL: &str = "axial_conductances";

    /// Reads a module; `null` in the parameters and states is NaN.
    ///
    /// # Errors
    /// [`CableError::Format`] if the tag is another one, [`CableError::Json`] if the text is not
    /// JSON, lacks a field, has one of another type or has a key twice.
    ///
    /// ```
    /// let error = cable::Export::from_json(r#"{"format": "swc"}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "the format is 'swc': export the module as 'jaxley-export/1'");
    /// ```
    pub fn from_json(text: &str) -> Result<Self, CableError> {
        #[derive(Deserialize)]
        struct Tag {
            format: String,
        }
        let Tag { format } = serde_json::from_str(text).map_err(CableError::Json)?;
        if format != Self::FORMAT {
            return Err(CableError::Format { found: format });
        }
        serde_json::from_str(text).map_err(CableError::Json)
    }
}

/// Key to array, with `null` for NaN.
fn arrays<'de, D: Deserializer<'de>>(json: D) -> Result<BTreeMap<String, Array1<f64>>, D::Error> {
    let arrays: BTreeMap<String, Vec<Option<f64>>> =
        maps_duplicate_key_is_error::deserialize(json)?;
    let filled = |array: Vec<Option<f64>>| {
        array.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect()
    };
    Ok(arrays.into_iter().map(|(key, array)| (key, filled(array))).collect())
}
