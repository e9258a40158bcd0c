// The numbers that the core and the shim call things by. A file of their own, for then the build
// writes each number where its name stands.

// What the core is told, as in src/exports.rs.
export const START = 0
export const CAPTURE = 1
export const IDENTIFY = 2
export const DESCRIBE = 3
export const RESET = 4
export const DISTINCT_ID = 5
export const SYNC = 6
export const KEPT = 7
export const CLAIMED = 8
export const ANSWERED = 9
export const WAKE = 10
export const ONLINE = 11
export const HIDE = 12
export const TAKE_OVER = 13
export const STORED = 14
export const ADOPTED = 15
export const FLUSH = 16
export const OPT_OUT = 17

// The records, as in src/effect.rs.
export const SHARED = 1
export const OWN = 2
// The same once more, where subdomains share them.
export const SHARED_COOKIE = 3
export const OWN_COOKIE = 4
export const TAB = 5
export const WINDOW = 6
export const UNSENT = 7
export const STATE = 8
// And those that the core never writes.
export const CONSENT = 9
export const PRIMARY = 10
