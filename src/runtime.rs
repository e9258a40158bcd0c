//! What the small build has instead of std: an allocator, and a panic that is a
//! trap. Knows nothing of analytics.

use talc::base::CHUNK_UNIT;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::wasm::WasmGrowAndClaim;

// Of talc's ways those that take the fewest bytes; realloc is another, by a
// feature of its own.
#[global_allocator]
static ALLOCATOR: TalcSyncCell<WasmGrowAndClaim, PowersOfTwo> =
    TalcSyncCell::new_wasm(WasmGrowAndClaim);

/// Free memory in a list for each power of two.
struct PowersOfTwo;

impl Binning for PowersOfTwo {
    type AvailabilityBitField = u32;

    fn size_to_bin(size: usize) -> u32 {
        // Of less than a unit there is no list: talc asks for the number before the first.
        31_u32.wrapping_sub((size / CHUNK_UNIT).leading_zeros())
    }
}

/// The shim catches the trap; there is no message, for formatting one costs
/// bytes.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
