use cable::CableError;

/// The text of an error.
#[track_caller]
pub fn text<T>(result: Result<T, CableError>) -> String {
    result.err().expect("an error").to_string()
}
