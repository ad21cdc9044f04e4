//! Sparse matrices in SciPy's `.npz` format: a zip of `.npy` files, as `scipy.sparse.save_npz` writes them.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use thiserror::Error;
use zip::{CompressionMethod, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::npy::{self, NpyError};
use crate::trajectory::{Array, ArrayData, Compressed, Coordinates, Indices, Sparse, SparseError, Structure};

/// Why there is no sparse matrix in a file. The messages finish the sentence "the file cannot be used: …".
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum NpzError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is no `.npz` file ({0})")]
    NotZip(ZipError),
    #[error("it holds no sparse matrix: there is no `{part}` in it; `scipy.sparse.save_npz` writes one")]
    Missing { part: &'static str },
    #[error("in its part `{part}`: {error}")]
    Part { part: &'static str, error: ZipError },
    #[error("in its part `{part}`: {error}")]
    Array { part: &'static str, error: NpyError },
    #[error("it would unpack {stored} bytes into {unpacked}; at most {most}")]
    TooLarge { stored: u64, unpacked: u64, most: u64 },
    #[error("its part `{part}` does not hold {wanted}")]
    Unfit { part: &'static str, wanted: &'static str },
    #[error("it holds a sparse array of {dimensions} dimensions; only matrices of 2 are known here")]
    Dimensions { dimensions: usize },
    #[error("its format `{format}` is not known; SciPy saves csr, csc, bsr, coo and dia")]
    Format { format: String },
    #[error(transparent)]
    Sparse(#[from] SparseError),
}

/// So much may be unpacked from any file, however small: long diagonals of equal numbers pack into nearly nothing.
const ALWAYS: u64 = 256 << 20;
/// And so many times its own size from a larger one.
const RATIO: u64 = 64;
/// All parts that matrices of some format have; others are not looked at.
const PARTS: [&str; 9] = ["format", "shape", "data", "indices", "indptr", "row", "col", "coords", "offsets"];

/// The most that is unpacked from a file of `stored` bytes.
fn most_unpacked(stored: u64) -> u64 {
    stored.saturating_mul(RATIO).max(ALWAYS)
}

/// Reads a whole file. SciPy's newer sparse arrays become matrices, as pypet knows only these.
pub fn read_sparse<R: Read + Seek>(mut reader: R) -> Result<Sparse, NpzError> {
    let stored = reader.seek(SeekFrom::End(0))?;
    reader.rewind()?;
    let mut archive = Archive(ZipArchive::new(reader).map_err(NpzError::NotZip)?);
    archive.check_size(stored)?;
    let format = archive.format()?;
    let shape = archive.shape()?;
    let structure = match format.as_str() {
        "csr" => Structure::Csr(archive.compressed()?),
        "csc" => Structure::Csc(archive.compressed()?),
        "bsr" => Structure::Bsr(archive.compressed()?),
        "coo" => Structure::Coo(archive.coordinates()?),
        "dia" => Structure::Dia(archive.indices("offsets")?),
        _ => return Err(NpzError::Format { format }),
    };
    Ok(Sparse::new(shape, archive.array("data")?, structure)?)
}

/// An opened file.
struct Archive<R>(ZipArchive<R>);

impl<R: Read + Seek> Archive<R> {
    /// Refuses a file whose parts together would take more memory than is sensible.
    fn check_size(&mut self, stored: u64) -> Result<(), NpzError> {
        let mut unpacked = 0u64;
        for part in PARTS {
            match self.0.by_name(&file_name(part)) {
                Ok(file) => unpacked = unpacked.saturating_add(file.size()),
                Err(ZipError::FileNotFound) => {}
                Err(error) => return Err(NpzError::Part { part, error }),
            }
        }
        let most = most_unpacked(stored);
        if unpacked > most { Err(NpzError::TooLarge { stored, unpacked, most }) } else { Ok(()) }
    }

    fn has(&self, part: &str) -> bool {
        self.0.index_for_name(&file_name(part)).is_some()
    }

    fn array(&mut self, part: &'static str) -> Result<Array, NpzError> {
        let file = self.0.by_name(&file_name(part)).map_err(|error| match error {
            ZipError::FileNotFound => NpzError::Missing { part },
            error => NpzError::Part { part, error },
        })?;
        // What is said of its size has been checked, so nothing beyond it is unpacked.
        let size = file.size();
        npy::read_array(file.take(size)).map_err(|error| NpzError::Array { part, error })
    }

    /// The format as SciPy's three letters.
    fn format(&mut self) -> Result<String, NpzError> {
        let (part, wanted) = ("format", "one word");
        // More would not be a word, and texts take more memory here than there.
        let short = |size: u64| if size <= 4096 { Ok(()) } else { Err(NpzError::Unfit { part, wanted }) };
        if let Ok(file) = self.0.by_name(&file_name(part)) {
            short(file.size())?;
        }
        match self.array(part)?.into_parts().1 {
            ArrayData::Text(mut words) if words.len() == 1 => Ok(words.swap_remove(0)),
            _ => Err(NpzError::Unfit { part, wanted }),
        }
    }

    fn shape(&mut self) -> Result<[u64; 2], NpzError> {
        let lengths = self.indices("shape")?.to_wide();
        let &[rows, columns] = lengths.as_slice() else {
            return Err(NpzError::Dimensions { dimensions: lengths.len() });
        };
        let length =
            |length: i64| u64::try_from(length).map_err(|_| NpzError::Unfit { part: "shape", wanted: "two lengths" });
        Ok([length(rows)?, length(columns)?])
    }

    /// Flat integers of 32 or 64 bits.
    fn indices(&mut self, part: &'static str) -> Result<Indices, NpzError> {
        let unfit = NpzError::Unfit { part, wanted: "a flat array of integers" };
        let array = self.array(part)?;
        if array.shape().len() != 1 { Err(unfit) } else { integers(array).ok_or(unfit) }
    }

    fn compressed(&mut self) -> Result<Compressed, NpzError> {
        Ok(Compressed { indices: self.indices("indices")?, indptr: self.indices("indptr")? })
    }

    /// Rows and columns on their own, or all coordinates in one array.
    fn coordinates(&mut self) -> Result<Coordinates, NpzError> {
        if !self.has("coords") {
            return Ok(Coordinates { row: self.indices("row")?, col: self.indices("col")? });
        }
        let unfit = || NpzError::Unfit { part: "coords", wanted: "two rows of integers" };
        let array = self.array("coords")?;
        let &[2, count] = array.shape() else { return Err(unfit()) };
        let split = |indices: Indices| match indices {
            Indices::Int32(mut row) => {
                let col = row.split_off(count as usize);
                Coordinates { row: Indices::Int32(row), col: Indices::Int32(col) }
            }
            Indices::Int64(mut row) => {
                let col = row.split_off(count as usize);
                Coordinates { row: Indices::Int64(row), col: Indices::Int64(col) }
            }
        };
        integers(array).map(split).ok_or_else(unfit)
    }
}

fn integers(array: Array) -> Option<Indices> {
    match array.into_parts().1 {
        ArrayData::Int32(v) => Some(Indices::Int32(v)),
        ArrayData::Int64(v) => Some(Indices::Int64(v)),
        // What SciPy writes where nothing is stored.
        ArrayData::Float64(v) if v.is_empty() => Some(Indices::Int32(Vec::new())),
        _ => None,
    }
}

fn file_name(part: &str) -> String {
    format!("{part}.npy")
}

/// The file that `scipy.sparse.load_npz` reads; `level` is that of gzip, 0 for none. Equal matrices give equal bytes.
pub fn write_sparse(sparse: &Sparse, level: u8) -> Vec<u8> {
    let files = files(sparse);
    let packed = packed(&files, level);
    let unpacked = files.iter().map(|(_, file)| file.len() as u64).sum::<u64>();
    // What packs too well would not be read again.
    if unpacked <= most_unpacked(packed.len() as u64) { packed } else { self::packed(&files, 0) }
}

/// All parts, in SciPy's order.
fn files(sparse: &Sparse) -> Vec<(&'static str, Vec<u8>)> {
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    for (part, indices) in sparse.structure().parts() {
        let (descr, bytes): (_, Vec<u8>) = match indices {
            Indices::Int32(v) => ("<i4", v.iter().flat_map(|index| index.to_le_bytes()).collect()),
            Indices::Int64(v) => ("<i8", v.iter().flat_map(|index| index.to_le_bytes()).collect()),
        };
        files.push((part, npy::file(descr, &[indices.len() as u64], &bytes)));
    }
    files.push(("format", npy::file("|S3", &[], sparse.format().as_bytes())));
    let shape: Vec<u8> = sparse.shape().iter().flat_map(|length| length.to_le_bytes()).collect();
    files.push(("shape", npy::file("<i8", &[2], &shape)));
    files.push(("data", npy::number_file(sparse.data()).expect("a sparse matrix holds no text")));
    files
}

fn packed(files: &[(&str, Vec<u8>)], level: u8) -> Vec<u8> {
    let method = if level == 0 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
    let options =
        SimpleFileOptions::default().compression_method(method).compression_level((level > 0).then_some(level.into()));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (part, file) in files {
        zip.start_file(file_name(part), options).expect("a new name");
        zip.write_all(file).expect("memory takes what is written, and a matrix is smaller than 4 GiB");
    }
    zip.finish().expect("memory takes what is written").into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trajectory::samples::sparse;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<Sparse, NpzError> {
        read_sparse(Cursor::new(bytes))
    }

    fn numbers(numbers: &[i64]) -> Vec<u8> {
        npy::number_file(&Array::flat(ArrayData::Int64(numbers.to_vec())).unwrap()).unwrap()
    }

    fn matrix() -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("indices", numbers(&[2, 0])),
            ("indptr", numbers(&[0, 1, 2])),
            ("format", npy::file("|S3", &[], b"csr")),
            ("shape", numbers(&[2, 3])),
            ("data", numbers(&[3, 4])),
        ]
    }

    fn with(part: &'static str, file: Vec<u8>) -> Vec<u8> {
        let mut files = matrix();
        files.retain(|(other, _)| *other != part);
        files.push((part, file));
        packed(&files, 6)
    }

    #[test]
    fn what_is_no_sparse_matrix_is_refused() {
        let without = |part: &str| {
            let files: Vec<_> = matrix().into_iter().filter(|(other, _)| *other != part).collect();
            packed(&files, 0)
        };
        let whole = packed(&matrix(), 6);
        assert!(read(&whole).is_ok());
        let coords = Array::new(vec![2, 2], ArrayData::Int64(vec![0, 1, 2, 0])).unwrap();
        let mut coo = matrix();
        coo[0] = ("coords", npy::number_file(&coords).unwrap());
        coo[2] = ("format", npy::file("|S3", &[], b"coo"));
        let coo = read(&packed(&coo, 0)).unwrap();
        assert_eq!(coo.structure().parts()[1].1.to_wide(), [2, 0], "SciPy may save all coordinates as one array");
        let messages = [
            read(b""),
            read(b"hello"),
            read(&whole[..whole.len() / 2]),
            read(&without("format")),
            read(&without("indptr")),
            read(&with("format", npy::file("|S3", &[], b"lil"))),
            read(&with("format", npy::file("|S1", &[5000], &[b'c'; 5000]))),
            read(&with("format", numbers(&[1]))),
            read(&with("shape", numbers(&[6]))),
            read(&with("shape", numbers(&[-2, 3]))),
            read(&with("shape", npy::file("|S3", &[], b"2,3"))),
            read(&with("indices", npy::number_file(&coords).unwrap())),
            read(&with("indices", numbers(&[2, 3]))),
            read(&with("data", npy::file("<f16", &[2], &[0; 32]))),
            read(&with("data", npy::file("<f8", &[1 << 60], &[]))),
            read(&with("data", b"hello".to_vec())),
        ]
        .map(|refused| refused.unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn bombs_are_refused_before_they_are_unpacked() {
        // As much as any file may hold, and a little more: zeros, which pack into a thousandth.
        let zeros = vec![0; ALWAYS as usize];
        let bomb = with("data", npy::file("|u1", &[ALWAYS], &zeros));
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        let refusal = read(&bomb).unwrap_err();
        assert!(matches!(refusal, NpzError::TooLarge { unpacked, .. } if unpacked > ALWAYS), "{refusal}");
        // The same with a lie about its size, where the local and the central header hold it.
        let honest = (ALWAYS as u32 + 128).to_le_bytes();
        let mut liar = bomb;
        let places: Vec<usize> = (0..liar.len() - 4).filter(|&at| liar[at..at + 4] == honest).collect();
        assert!(!places.is_empty(), "the size stands somewhere");
        for at in places {
            liar[at..at + 4].copy_from_slice(&1000u32.to_le_bytes());
        }
        let refusal = read(&liar).unwrap_err();
        assert!(matches!(refusal, NpzError::Array { part: "data", .. } | NpzError::Part { .. }), "{refusal}");
    }

    #[test]
    fn what_packs_too_well_is_left_unpacked() {
        let width = (ALWAYS / 8 + 1000) as usize;
        let data = Array::new(vec![1, width as u64], ArrayData::Float64(vec![0.0; width])).unwrap();
        let sparse = Sparse::new([1, width as u64], data, Structure::Dia(Indices::Int32(vec![0]))).unwrap();
        assert_eq!(read(&write_sparse(&sparse, 1)).unwrap(), sparse);
    }

    proptest! {
        #[test]
        fn any_matrix_reads_back(sparse in sparse(), level in 0u8..=9) {
            prop_assert_eq!(read(&write_sparse(&sparse, level)).unwrap(), sparse);
        }

        #[test]
        fn a_damaged_file_never_panics(
            sparse in sparse(),
            level in 0u8..2,
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let mut bytes = write_sparse(&sparse, level);
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            // Damage may hit what nobody reads; what is read is then the same or refused, by the checksums.
            if let Ok(read) = read(&bytes) {
                prop_assert_eq!(read.shape().len(), 2);
            }
        }
    }
}
