//! What earlier runs have left in the folder.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow_array::UInt32Array;
use arrow_schema::{Fields, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pytree::error::{list, quote, write_places};

use crate::Outcome;

/// The extension of a file that is not whole.
pub const UNFINISHED: &str = "unfinished";

pub struct Folder {
    pub path: PathBuf,
    /// The columns of all files.
    pub schema: SchemaRef,
    /// What was set for all files, which have it as their metadata.
    pub settings: BTreeMap<String, String>,
}

impl Folder {
    /// Creates the folder, or reads the seeds in its files: those are no longer `missing`. Deletes the files that
    /// a run left unfinished.
    ///
    /// A file that this program did not write, or wrote with other settings, is an error, and nothing is deleted then.
    pub fn read(&self, rows: usize, missing: &mut [bool]) -> Outcome<()> {
        let path = &self.path;
        let at = |error| format!("{}: {error}", path.display());
        fs::create_dir_all(path).map_err(at)?;
        let entries = fs::read_dir(path).map_err(at)?.map(|entry| Ok(entry?.path()));
        let mut entries: Vec<PathBuf> = entries.collect::<Result<_, _>>().map_err(at)?;
        entries.sort();

        let (unfinished, others): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|path| path.extension().is_some_and(|extension| extension == UNFINISHED));
        let (mut owners, mut refused) = (BTreeMap::new(), Vec::new());
        for path in &others {
            let name = path.file_name().unwrap_or_default().display();
            match self.seeds(path, rows) {
                Ok(seeds) => {
                    for seed in seeds {
                        if let Some(other) = owners.insert(seed, path) {
                            let other = other.file_name().unwrap_or_default().display();
                            refused.push(format!("{name}: seed {seed} is also in {other}"));
                            break;
                        }
                    }
                }
                Err(error) => refused.push(format!("{name}: {error}")),
            }
        }
        if !refused.is_empty() {
            let subject = format!(
                "{} has files that are not of this ensemble; move them, or choose another folder",
                path.display()
            );
            return Err(Refused { subject, places: refused }.to_string().into());
        }
        for path in unfinished {
            fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        for seed in owners.into_keys() {
            if let Some(missing) = missing.get_mut(seed as usize) {
                *missing = false;
            }
        }
        Ok(())
    }

    /// The seeds in a file, each of which has all its `rows`.
    fn seeds(&self, path: &Path, rows: usize) -> Outcome<Vec<u32>> {
        let file = File::open(path)?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|error| format!("not a Parquet file, or damaged: {error}"))?;
        let [there, here] = [reader.schema().fields(), self.schema.fields()];
        if there != here {
            let same = there.iter().zip(here).take_while(|(there, here)| there == here).count();
            let name =
                |fields: &Fields| fields.get(same).map_or("none".into(), |f| quote(f.name()));
            let [there, here] = [there, here].map(name);
            return Err(format!("column {same} is {there} there, {here} in this run").into());
        }
        let pairs = reader.metadata().file_metadata().key_value_metadata();
        let pairs = pairs.into_iter().flatten();
        let found: BTreeMap<_, _> =
            pairs.map(|pair| (&*pair.key, pair.value.as_deref().unwrap_or_default())).collect();
        let differ = self.settings.iter().filter_map(|(key, here)| {
            let there = found.get(&**key).copied().unwrap_or("not set");
            let text = || format!("{key} is {} there, {} in this run", quote(there), quote(here));
            (there != here).then(text)
        });
        let differ: Vec<_> = differ.collect();
        if !differ.is_empty() {
            return Err(list(&differ, differ.len(), "; ").into());
        }
        let column = ProjectionMask::columns(reader.parquet_schema(), ["seed"]);
        let mut counts = BTreeMap::new();
        for batch in reader.with_projection(column).build()? {
            let batch = batch?;
            let seeds = batch.column(0).as_any().downcast_ref::<UInt32Array>();
            for seed in seeds.into_iter().flat_map(UInt32Array::values) {
                *counts.entry(*seed).or_insert(0) += 1;
            }
        }
        if let Some((seed, found)) = counts.iter().find(|(_, found)| **found != rows) {
            return Err(format!("damaged: seed {seed} has {found} rows, not {rows}").into());
        }
        Ok(counts.into_keys().collect())
    }
}

/// All files that were refused.
struct Refused {
    subject: String,
    places: Vec<String>,
}

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_places(f, &self.subject, &self.places)
    }
}
