//! The frame of the programs that print JSON: standard output has the result and nothing else,
//! errors go to standard error, and the exit code is 1, or 2 for wrong usage.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::Value;

/// Reads the arguments, and prints what `program` returns for them.
pub fn run<A>(
    usage: &str,
    arguments: impl FnOnce(&mut lexopt::Parser) -> Result<A, lexopt::Error>,
    program: impl FnOnce(&A) -> Result<Value, Box<dyn Error + Send + Sync>>,
) -> ExitCode {
    let arguments = match arguments(&mut lexopt::Parser::from_env()) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("error: {error}\n{usage}");
            return ExitCode::from(2);
        }
    };
    match program(&arguments).and_then(|output| Ok(print(&output)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(output: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, output)?;
    writeln!(out)
}

/// The text of a file, without a byte order mark.
pub fn read(path: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    if path.is_empty() {
        return Err("the path is empty: give the path of a JSON file".into());
    }
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}
