// How the tests of identity, and of pages that are kept, run in Firefox and WebKit: the same cases as
// in Chromium, by the programs that FIREFOX and WEBKIT_DRIVER name. `cargo xtask test browsers` starts them.

import { join } from 'node:path';
import base from '../playwright.config.js';

/** The browsers by the variable that names the program of each. */
const ENGINES = { firefox: 'FIREFOX', webkit: 'WEBKIT_DRIVER' };

export default {
  ...base,
  testDir: join(import.meta.dirname, '..', '..'),
  testMatch: ['*/identity-*.spec.js', '*/delivery-bfcache.spec.js'],
  // Two programs on two cores.
  projects: Object.keys(ENGINES)
    .filter((engine) => process.env[ENGINES[engine]])
    .map((engine) => ({ name: engine, use: { engine }, workers: 1 })),
};
