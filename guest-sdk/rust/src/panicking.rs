//! A panic in wasm is a bare trap: whatever shall be known of it has to be said before.

use crate::bindings::host::exploration::single_run::report_panic;

/// Where the panic happened.
fn place<'info>(location: Option<&'info core::panic::Location<'info>>) -> (&'info str, u32) {
    location.map_or(("", 0), |at| (at.file(), at.line()))
}

/// Sets the hook of `std`.
#[cfg(feature = "std")]
pub(crate) fn tell_before_the_trap() {
    std::panic::set_hook(Box::new(|info| {
        let (file, line) = place(info.location());
        report_panic(info.payload_as_str().unwrap_or("the panic carries no text"), file, line);
    }));
}

/// What `core` calls where there is no `std`. Nothing is allocated: memory may be what has run out.
#[cfg(not(feature = "std"))]
#[panic_handler]
fn tell_and_trap(info: &core::panic::PanicInfo<'_>) -> ! {
    use core::fmt::Write;

    let mut text = Text { bytes: [0; LONGEST], length: 0 };
    // A message that is too long is cut.
    let _ = write!(text, "{}", info.message());
    let (file, line) = place(info.location());
    report_panic(text.as_str(), file, line);
    core::arch::wasm32::unreachable()
}

/// Bytes of a message that are told.
#[cfg(not(feature = "std"))]
const LONGEST: usize = 1024;

#[cfg(not(feature = "std"))]
struct Text {
    bytes: [u8; LONGEST],
    length: usize,
}

#[cfg(not(feature = "std"))]
impl Text {
    fn as_str(&self) -> &str {
        self.bytes[..self.length].utf8_chunks().next().map_or("", |chunk| chunk.valid())
    }
}

#[cfg(not(feature = "std"))]
impl core::fmt::Write for Text {
    fn write_str(&mut self, more: &str) -> core::fmt::Result {
        let room = &mut self.bytes[self.length..];
        let taken = room.len().min(more.len());
        room[..taken].copy_from_slice(&more.as_bytes()[..taken]);
        self.length += taken;
        if taken == more.len() { Ok(()) } else { Err(core::fmt::Error) }
    }
}
