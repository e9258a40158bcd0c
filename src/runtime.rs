//! What the small build has instead of std: an allocator, and a panic that is a
//! trap. Knows nothing of analytics.

use lol_alloc::{FreeListAllocator, LockedAllocator};

#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> =
    LockedAllocator::new(FreeListAllocator::new());

/// The shim catches the trap; there is no message, for formatting one costs
/// bytes.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
