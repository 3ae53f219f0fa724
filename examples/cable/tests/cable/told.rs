use cable::CableError;

/// What an error says.
#[track_caller]
pub fn text<T>(result: Result<T, CableError>) -> String {
    result.err().expect("an error").to_string()
}
