// How the end-to-end tests run. `cargo xtask test e2e` starts them and names the browser, the
// built files and the demo's program in the environment; nothing is downloaded or built here.

import { defineConfig } from '@playwright/test';
import { join } from 'node:path';
import { CHROMIUM_SWITCHES } from './browsers/chromium-switches.js';

const root = process.getuid?.() === 0;

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.js',
  outputDir: join(process.env.BACKSTITCH_OUT ?? '.', 'test-results'),
  // One test alone ends in seconds; on a machine that builds beside it, it may take longer.
  timeout: 60_000,
  expect: { timeout: 20_000 },
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  // A test that passes only when tried again has found something.
  retries: 0,
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: process.env.CHROME,
      // Chromium's sandbox refuses to run as root.
      chromiumSandbox: !root,
      args: CHROMIUM_SWITCHES,
    },
  },
});
