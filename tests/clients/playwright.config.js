// How the tests of PostHog's clients run: as the end-to-end tests do, whose Playwright they use.
// `cargo xtask test clients` starts them and names in the environment, besides what those need,
// the collector's program, Python, and the folder of its packages.

import base from '../e2e/playwright.config.js';

export default {
  ...base,
  testDir: import.meta.dirname,
};
