//! What the small build has instead of std: an allocator, and a panic that is a
//! trap. Knows nothing of analytics.

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

/// The shim catches the trap; there is no message, for formatting one costs
/// bytes.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
