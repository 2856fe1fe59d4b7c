//! A file that is in its place whole, or not at all.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Stdout, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use flate2::{Compression, write::GzEncoder};

/// A file that is written beside its place and then put there; without that nothing of it stays.
pub(super) struct Draft {
    path: PathBuf,
    /// Where it is until then; nothing for standard output.
    part: Option<PathBuf>,
    to: To,
}

enum To {
    Plain(BufWriter<File>),
    Packed(GzEncoder<BufWriter<File>>),
    Standard(Stdout),
}

/// Whether this stands for standard output.
pub(super) fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// A new file, for its owner alone unless the one that it will replace is for others too: it may hold what is known of people.
fn begin(part: &Path, place: &Path) -> io::Result<File> {
    // Left by a run that was cut off; in containers the number of the process is often the same.
    fs::remove_file(part)
        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    // Nothing that is there is followed or written to.
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(part)?;
    if let Ok(there) = fs::metadata(place) {
        file.set_permissions(there.permissions())?;
    }
    Ok(file)
}

impl Draft {
    /// Begins a file; with `may_pack` one whose name ends in .gz is compressed.
    pub fn open(path: &Path, may_pack: bool) -> anyhow::Result<Self> {
        if is_standard(path) {
            return Ok(Self { path: path.to_owned(), part: None, to: To::Standard(io::stdout()) });
        }
        let shown = path.display();
        // A folder, or a device, whose place is not to be taken.
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            bail!("{shown}: this is no file");
        }
        let mut name = path.file_name().with_context(|| format!("{shown}: this is no file"))?.to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let file = BufWriter::new(begin(&part, path).with_context(|| shown.to_string())?);
        let to = if may_pack && path.extension().is_some_and(|extension| extension == "gz") {
            To::Packed(GzEncoder::new(file, Compression::default()))
        } else {
            To::Plain(file)
        };
        Ok(Self { path: path.to_owned(), part: Some(part), to })
    }

    /// Ends what is written: all of it is on the disk.
    pub fn close(&mut self) -> anyhow::Result<()> {
        let closed = match &mut self.to {
            To::Plain(file) => file.flush().and_then(|()| file.get_ref().sync_all()),
            To::Packed(packed) => packed
                .try_finish()
                .and_then(|()| packed.get_mut().flush())
                .and_then(|()| packed.get_ref().get_ref().sync_all()),
            To::Standard(out) => out.flush(),
        };
        closed.with_context(|| self.path.display().to_string())
    }

    /// Puts it into its place, instead of what is there.
    pub fn publish(mut self) -> anyhow::Result<()> {
        if let Some(part) = &self.part {
            fs::rename(part, &self.path).with_context(|| self.path.display().to_string())?;
            self.part = None;
        }
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::Plain(file) => file.write(bytes),
            To::Packed(packed) => packed.write(bytes),
            To::Standard(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Plain(file) => file.flush(),
            To::Packed(packed) => packed.flush(),
            To::Standard(out) => out.flush(),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // What keeps it from being removed has kept it from being written before, and that was told.
            let _ = fs::remove_file(part);
        }
    }
}
