//! The floor of the disk: COUNT times BYTES through `write`, then one `fsync`: `plain-write FILE COUNT BYTES`.

use std::{env, fs::File, io::Write};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, count, bytes] = &arguments[..] else { panic!("usage: plain-write FILE COUNT BYTES") };
    let (count, bytes): (usize, usize) = (count.parse().expect("a number"), bytes.parse().expect("a number"));
    let data: Vec<u8> = (0..bytes).map(|i| (i % 251) as u8).collect();
    let mut file = File::create(file)?;
    for _ in 0..count {
        file.write_all(&data)?;
    }
    file.sync_all()
}
