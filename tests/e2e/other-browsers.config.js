// How the tests of identity run in Firefox and WebKit: the same cases as in Chromium, by the
// programs that FIREFOX and WEBKIT_DRIVER name. `cargo xtask test browsers` starts them.

import base from './playwright.config.js';

export default {
  ...base,
  testDir: '..',
  testMatch: '*/identity-*.spec.js',
  projects: ['firefox', 'webkit'].map((engine) => ({ name: engine, use: { engine }, workers: 1 })),
};
