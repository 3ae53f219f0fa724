//! The file that a rank writes.

use std::fmt::Display;
use std::fs::{self, File};
use std::path::PathBuf;

use arrow_array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::Outcome;
use crate::folder::{Folder, UNFINISHED};

/// A file that is written under a name of its own, and gets its name when it is whole.
pub struct Part {
    writer: ArrowWriter<File>,
    unfinished: PathBuf,
    finished: PathBuf,
}

/// The rows of a row group, which is in memory until it is full.
const ROWS: usize = 1 << 16;

impl Part {
    /// Creates the file of a rank. Its name also has the first seed in it, which no other file has, because a later run
    /// of the same rank has other seeds.
    pub fn create(folder: &Folder, rank: u32, seed: u32) -> Outcome<Self> {
        let finished = folder.path.join(format!("rank-{rank}-from-seed-{seed}.parquet"));
        let unfinished = finished.with_extension(UNFINISHED);
        let pairs = folder.settings.iter();
        let pairs = pairs.map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
        let properties = WriterProperties::builder()
            .set_key_value_metadata(Some(pairs))
            .set_max_row_group_row_count(Some(ROWS))
            .build();
        let at = |error: &dyn Display| format!("{}: {error}", unfinished.display());
        let file = File::create(&unfinished).map_err(|error| at(&error))?;
        let writer = ArrowWriter::try_new(file, folder.schema.clone(), Some(properties))
            .map_err(|error| at(&error))?;
        Ok(Part { writer, unfinished, finished })
    }

    pub fn write(&mut self, rows: &RecordBatch) -> Outcome<()> {
        let written = self.writer.write(rows);
        Ok(written.map_err(|error| format!("{}: {error}", self.unfinished.display()))?)
    }

    /// Writes what is in memory, and renames the file.
    pub fn finish(self) -> Outcome<()> {
        let at = |error: &dyn Display| format!("{}: {error}", self.unfinished.display());
        let file = self.writer.into_inner().map_err(|error| at(&error))?;
        file.sync_all().map_err(|error| at(&error))?;
        fs::rename(&self.unfinished, &self.finished).map_err(|error| at(&error))?;
        Ok(())
    }
}
