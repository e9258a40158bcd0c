//! Who guesses the token is slowed down.
//!
//! Knows: that a client with too many wrong tokens waits its turn before the next one is looked at,
//! one at a time, so that asking often or hanging up early gains nothing. Nobody is locked out: the
//! right token is let in after the wait, and clears the count. Must never know: the token.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;
use tokio::sync::Mutex as Turn;

/// Wrong tokens that cost nothing: people mistype.
const FREE: u32 = 10;

/// What each further one costs.
const PAUSE: Duration = Duration::from_secs(1);

/// How many clients are remembered; the one whose first wrong token is longest ago is forgotten.
const MAX_CLIENTS: usize = 1_000;

#[derive(Debug, Default)]
struct Client {
    wrong: u32,
    turn: Arc<Turn<()>>,
}

/// Clients that have sent wrong tokens.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<IndexMap<IpAddr, Client>>);

impl Attempts {
    /// Looks whether a token is right, after the wait that the client has earned.
    pub async fn check(&self, client: IpAddr, is_right: impl FnOnce() -> bool) -> bool {
        let client = network(client);
        let turn = self.turn(client);
        let _turn = match &turn {
            Some(turn) => {
                let turn = turn.lock().await;
                tokio::time::sleep(PAUSE).await;
                Some(turn)
            }
            None => None,
        };
        let is_right = is_right();
        let mut clients = self.lock();
        if is_right {
            clients.shift_remove(&client);
        } else {
            if clients.len() == MAX_CLIENTS && !clients.contains_key(&client) {
                clients.shift_remove_index(0);
            }
            let client = clients.entry(client).or_default();
            client.wrong = client.wrong.saturating_add(1);
        }
        is_right
    }

    fn turn(&self, client: IpAddr) -> Option<Arc<Turn<()>>> {
        let clients = self.lock();
        let client = clients.get(&client).filter(|client| client.wrong >= FREE)?;
        Some(Arc::clone(&client.turn))
    }

    fn lock(&self) -> MutexGuard<'_, IndexMap<IpAddr, Client>> {
        // No step of the above leaves the map half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One client has a whole IPv6 network to send from.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.into(),
            None => Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX)).into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::time::Instant;

    use super::*;

    const GUESSER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[tokio::test(start_paused = true)]
    async fn guesses_take_turns_and_the_right_token_is_let_in() {
        let attempts = Attempts::default();
        let start = Instant::now();
        for _ in 0..FREE {
            assert!(!attempts.check(GUESSER, || false).await);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        join_all((0..5).map(|_| attempts.check(GUESSER, || false))).await;
        assert!(start.elapsed() >= 5 * PAUSE, "{:?}", start.elapsed());

        let start = Instant::now();
        let other = IpAddr::from([192, 0, 2, 2]);
        assert!(attempts.check(other, || true).await);
        assert_eq!(start.elapsed(), Duration::ZERO, "others do not wait");
        assert!(attempts.check(GUESSER, || true).await);
        let start = Instant::now();
        assert!(!attempts.check(GUESSER, || false).await);
        assert_eq!(start.elapsed(), Duration::ZERO, "the count is cleared");
    }

    #[tokio::test]
    async fn the_memory_is_bounded_and_a_network_is_one_client() {
        let attempts = Attempts::default();
        for number in 0..=MAX_CLIENTS as u32 {
            attempts.check(IpAddr::V4(number.into()), || false).await;
        }
        assert_eq!(attempts.lock().len(), MAX_CLIENTS);
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), GUESSER);
    }
}
