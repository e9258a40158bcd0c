//! What an answer means, and when to try again. Knows HTTP's statuses and the
//! back-off; never what is in a batch.

use crate::id::Ids;
use crate::time::Millis;

/// The wait before the second attempt, on average.
const FIRST: Millis = 1000;
/// The average wait grows up to here, unless the server asks for one: then the
/// shortest is ten minutes.
const LONGEST: Millis = 800 * 1000;
/// A server's `Retry-After` counts up to here.
const LONGEST_ASKED: Millis = 60 * 60 * 1000;

/// What the server, or the lack of one, said to a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It has the batch.
    Accepted,
    /// Not now: the same batch again, later.
    Later,
    /// Never this batch as it is: one of its events is at fault.
    Split,
    /// Nothing of this page: the key or the address is wrong.
    Stop,
}

/// Reads a status; 0 stands for a request without an answer. PostHog's rules
/// for its SDKs ask that 408 and 429 are tried again.
pub fn verdict(status: u32) -> Verdict {
    match status {
        200..=299 => Verdict::Accepted,
        400 | 413 => Verdict::Split,
        408 | 429 => Verdict::Later,
        401..=499 => Verdict::Stop,
        _ => Verdict::Later,
    }
}

/// How long to wait after so many attempts in a row that failed: twice as long
/// each time, a quarter more or less by chance, so that many
/// visitors do not come back at once. `asked` is the server's `Retry-After`,
/// or 0.
pub fn wait(failures: u32, asked: Millis, ids: &mut Ids) -> Millis {
    let average = (FIRST << (failures.clamp(1, 11) - 1)).min(LONGEST);
    let wait = average / 4 * 3 + ids.below(average / 2);
    wait.max(asked.min(LONGEST_ASKED))
}
