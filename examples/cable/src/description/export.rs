use crate::description::edge::Edge;
use crate::description::setting::Setting;
use crate::error::{CableError, ErrorKind, Short};
use crate::states::{Params, States};
use ndarray::Array1;
use serde::Deserialize;
use serde::de::Deserializer;
use serde_with::rust::maps_duplicate_key_is_error;
use std::collections::{BTreeMap, BTreeSet};

/// A Jaxley module as data, in the format `jaxley-export/1`.
///
/// Node indices count compartments and branchpoints together. Nothing is checked until a
/// [`Cable`](crate::Cable) is built from the description.
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Build, Cable, Compartment};
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
#[serde(expecting = "a module: an object with the fields of the format jaxley-export/1")]
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
    /// For each edge, the rate (1/ms) at which its source pulls its sink; to a branchpoint, which
    /// has no membrane, the conductance (S um/cm) that weighs the source.
    pub axial_conductances: Vec<f64>,
    /// The parameters, in their [units](crate#keys-and-units): one value a node, NaN where a
    /// mechanism is absent and -1 at branchpoints, or one a synapse of the type.
    #[serde(deserialize_with = "arrays")]
    pub params: Params<f64>,
    /// The initial states without currents, in their [units](crate#keys-and-units), laid out as
    /// [`params`](Self::params).
    #[serde(deserialize_with = "arrays")]
    pub states: States<f64>,
    /// The keys whose arrays have one value a node.
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

/// What describes a channel, a pump and a synapse alike.
///
/// ```
/// use cable::channels::Leak;
/// use cable::{Build, Compartment};
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
#[serde(expecting = "a mechanism: an object with kind, name, current, params and states")]
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
/// use cable::Build;
/// let mut branch = cable::Branch::new(&cable::Compartment::new(), 3)?;
/// branch.comp([0, 2])?.insert(cable::channels::HH)?;
/// let channel = &branch.export("branch", 0.025, 0).channels[0];
/// assert_eq!((&*channel.mechanism.kind, &*channel.nodes), ("HH", &[0, 2][..]));
/// # Ok::<(), cable::CableError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(expecting = "a channel: an object with kind, name, current, params, states and nodes")]
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
/// use cable::synapses::TestSynapse;
/// use cable::{Build, Cell, Network};
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
#[serde(expecting = "a synapse: an object with kind, name, current, params, states, pre and post")]
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
/// use cable::{Branch, Build, Compartment, External};
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
#[serde(expecting = "an external: an object with nodes and values")]
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
/// use cable::{Build, Compartment, Recording};
///
/// # fn main() -> Result<(), cable::CableError> {
/// let mut export = Compartment::new().insert(cable::channels::Leak)?.export("point", 0.025, 0);
/// export.recordings.push(Recording { state: "i_Leak".to_owned(), index: 0 }); // mA/cm^2
/// assert_eq!(cable::Cable::new(export)?.recordings().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(expecting = "a recording: an object with state and index")]
pub struct Recording {
    /// The key of a state or a current.
    pub state: String,
    /// The node, or the synapse, it is recorded at. As in Jaxley, an index that is past the
    /// synapses of the type but not past those of all types together reads the last one of the
    /// type.
    pub index: usize,
}

impl External {
    /// The name of the externals that are injected currents (nA, inward positive); any other name
    /// clamps that state.
    ///
    /// ```
    /// use cable::{Build, Compartment, External};
    ///
    /// # fn main() -> Result<(), cable::CableError> {
    /// let cable = Compartment::new().stimulate(vec![0.1; 4])?.build(0.025)?;
    /// assert_eq!(cable.externals()[External::STIMULUS].values, [[0.1; 4]]);
    /// # Ok(())
    /// # }
    /// ```
    pub const STIMULUS: &str = "i";

    /// What the rows of an external count.
    pub(crate) const PER: &str = "nodes it acts on";
}

impl Export {
    /// The tag of the format that is read: what the JSON has under `format`.
    ///
    /// ```
    /// let text = format!(r#"{{"format": "{}"}}"#, cable::Export::FORMAT);
    /// let error = cable::Export::from_json(&text).unwrap_err();
    /// assert!(error.to_string().contains("missing field `name`"));
    /// ```
    pub const FORMAT: &str = "jaxley-export/1";

    /// The key under which [`axial_conductances`](Self::axial_conductances) are a parameter.
    pub(crate) const AXIAL: &str = "axial_conductances";

    /// Reads a module; `null` in the parameters and states is NaN. A byte order mark is skipped.
    ///
    /// # Errors
    /// [`ErrorKind::Text`](crate::ErrorKind::Text) if the text is not JSON, lacks a field, has a
    /// field of another type or a key twice, or if its tag is not [`FORMAT`](Self::FORMAT).
    ///
    /// ```
    /// let error = cable::Export::from_json(r#"{"format": "swc"}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "the format is 'swc': export the module as 'jaxley-export/1'");
    /// ```
    pub fn from_json(text: &str) -> Result<Self, CableError> {
        #[derive(Deserialize)]
        #[serde(expecting = "a module: an object with the fields of the format jaxley-export/1")]
        struct Tag {
            format: String,
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_ascii().is_empty() {
            let text = "not a readable module, the text is empty: give the text of a JSON file";
            return Err(CableError::new(ErrorKind::Text, text));
        }
        let Tag { format } = serde_json::from_str(text).map_err(unreadable)?;
        if format != Self::FORMAT {
            let found = Short(&format);
            let text = format!("the format is '{found}': export the module as '{}'", Self::FORMAT);
            return Err(CableError::new(ErrorKind::Text, text));
        }
        serde_json::from_str(text).map_err(unreadable)
    }

    /// The keys whose arrays belong to nodes.
    pub(crate) fn membrane_key_set(&self) -> BTreeSet<&str> {
        self.membrane_keys.iter().map(String::as_str).collect()
    }
}

/// The error of a text that is not a module.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unreadable(error: serde_json::Error) -> CableError {
    let path = error.is_syntax() && (error.line(), error.column()) == (1, 1);
    let hint = if path { "give the text of a JSON file, not its path" } else { "correct the JSON" };
    // serde_json quotes a text of another type whole, before it says what it expected and where.
    let text = error.to_string();
    let len = text.chars().count();
    let text = if len <= 400 {
        text
    } else {
        let end = text.char_indices().nth(len - 250).map_or(0, |(at, _)| at);
        format!("{} {}", Short(&text), &text[end..])
    };
    CableError::new(ErrorKind::Text, format!("not a readable module, {hint}: {text}"))
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
