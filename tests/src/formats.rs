use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What is read from each format that `value` is written in: JSON and a binary one.
///
/// # Panics
/// If it cannot be written or read.
pub fn read_back<T: Serialize + DeserializeOwned>(value: &T) -> [T; 2] {
    let text = serde_json::to_string(value).unwrap();
    let bytes = postcard::to_stdvec(value).unwrap();
    [serde_json::from_str(&text).unwrap(), postcard::from_bytes(&bytes).unwrap()]
}

/// The hash of `value`.
pub fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Checks that `value` comes back from each format.
///
/// # Panics
/// If it does not.
pub fn comes_back<T: Serialize + DeserializeOwned + Debug + PartialEq + Hash>(value: &T) {
    for read in read_back(value) {
        assert_eq!(&read, value);
        assert_eq!(value, &read);
        assert_eq!(hash(&read), hash(value));
        // It is written alike, so that it may go on from hand to hand.
        assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(value).unwrap());
    }
}

/// How the definition of a struct `Dense` is written: of two leaves, a static and a skipped field.
pub fn definition() -> Value {
    json!({"struct": {
        "name": "Dense",
        "fields": {"named": ["w", "b"]},
        "statics": ["activation"],
        "skipped": ["name"],
    }})
}
