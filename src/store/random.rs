//! Random names: of locks, servers and changes.

use std::io::Read;

/// 32 random hexadecimal digits.
pub fn random_id() -> String {
    let mut bytes = [0; 16];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    let mut seed = blake3::Hasher::new();
    seed.update(&bytes);
    if read.is_err() {
        let time = std::time::SystemTime::now();
        let text = format!("{time:?} {:?} {}", std::time::Instant::now(), std::process::id());
        seed.update(text.as_bytes());
    }
    seed.finalize().to_hex()[..32].to_owned()
}
