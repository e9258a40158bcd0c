//! The suites by name, in the order in which they run: what is quick and tells most comes first.
//!
//! Knows which suite is which. Must never count by itself.

use clap::ValueEnum;

use super::tally::Tally;
use super::{Depth, browser, clients, fuzz, model, native, other_browsers, simulation};
use crate::workspace::Workspace;
use crate::{licences, package, tidy};

/// A part of the tests that can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Suite {
    /// The tree's own rules.
    Tidy,
    /// rustfmt.
    Format,
    /// The licences of all dependencies.
    Licences,
    /// clippy, natively and for the browser.
    Lint,
    /// All tests that need no browser.
    Native,
    /// The identity rules, on every interleaving of a few actions and on long random walks.
    Model,
    /// Delivery, in worlds that fail in every way, under `--all`: some of them still find a flaw.
    Simulation,
    /// The collector's fuzz targets, under `--all`.
    Fuzz,
    /// The build of the SDK.
    Package,
    /// The core's exports in a headless browser.
    Wasm,
    /// The built SDK, the collector and the pages in a real browser.
    E2e,
    /// PostHog's own clients against the collector.
    Clients,
    /// Identity in Firefox and WebKit, under `--all`.
    Browsers,
}

impl Suite {
    /// The chosen suites, or every one, in their order and each once. What is chosen runs at any
    /// depth; otherwise the simulation, fuzzing and further browsers are for [`Depth::All`].
    pub fn ordered(chosen: &[Self], depth: Depth) -> Vec<Self> {
        let is_due = |suite: &Self| match suite {
            Self::Simulation | Self::Fuzz | Self::Browsers => depth == Depth::All,
            _ => true,
        };
        Self::value_variants()
            .iter()
            .copied()
            .filter(|suite| (chosen.is_empty() && is_due(suite)) || chosen.contains(suite))
            .collect()
    }

    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// What it says before it runs.
    pub fn title(self) -> &'static str {
        match self {
            Self::Tidy => "tidy: the tree's own rules",
            Self::Format => "format: rustfmt",
            Self::Licences => "licences: what the dependencies allow",
            Self::Lint => "lint: clippy",
            Self::Native => "native: all tests that need no browser",
            Self::Model => "model: identity, in every interleaving of what tabs and networks do",
            Self::Simulation => {
                "simulation: delivery, by tabs, a network and a server that fail, from seeds"
            }
            Self::Fuzz => "fuzz: the collector's decoder, by cargo-fuzz",
            Self::Package => "package: the SDK as people get it",
            Self::Wasm => "wasm: the core's exports in a headless browser",
            Self::E2e => "e2e: the built SDK, the collector and the pages in a real browser",
            Self::Clients => "clients: PostHog's own, unchanged, against the collector",
            Self::Browsers => "browsers: who a visitor is, in Firefox and WebKit",
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// When it could not be run; a failing test is counted instead.
    pub fn run(self, workspace: &Workspace, depth: Depth) -> anyhow::Result<Tally> {
        match self {
            Self::Tidy => tidy::check(&workspace.root).map(|(passed, failed)| Tally {
                passed,
                failed,
                skipped: 0,
            }),
            Self::Format => native::format(workspace),
            Self::Licences => licences::check(&workspace.root).map(|(passed, failed)| Tally {
                passed,
                failed,
                skipped: 0,
            }),
            Self::Lint => native::lint(workspace),
            Self::Native => native::tests(workspace, depth),
            Self::Model => model::run(workspace, depth),
            Self::Simulation => simulation::run(workspace, depth),
            Self::Fuzz => fuzz::run(workspace),
            Self::Package => package::run(workspace, false).map(|()| Tally::PASSED),
            Self::Wasm => browser::wasm(workspace),
            Self::E2e => browser::e2e(workspace, depth),
            Self::Clients => clients::run(workspace),
            Self::Browsers => other_browsers::run(workspace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_run_in_their_order_whatever_order_they_are_named_in() {
        assert_eq!(
            Suite::ordered(&[Suite::E2e, Suite::Tidy, Suite::E2e], Depth::Usual),
            [Suite::Tidy, Suite::E2e]
        );
        assert_eq!(
            Suite::ordered(&[], Depth::All),
            Suite::value_variants().to_vec()
        );
        for costly in [Suite::Simulation, Suite::Fuzz, Suite::Browsers] {
            assert!(!Suite::ordered(&[], Depth::Usual).contains(&costly));
            assert!(Suite::ordered(&[costly], Depth::Usual).contains(&costly));
        }
    }
}
