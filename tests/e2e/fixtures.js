// What every test can ask for: a running demo, a site of its own, the wire in between, and the
// events page. Each test has its own, so none sees another's events.

import { test as base, expect } from '@playwright/test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Demo, KEYS } from './demo.js';
import { Site } from './site.js';
import { Wire } from './wire.js';

export { expect, KEYS };

export const ANONYMOUS = /^ph_anonymous_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The two ways in which the core runs. */
export const MODES = ['with WebAssembly', 'without WebAssembly'];

/** Takes WebAssembly from a page, if the mode is to be without it. */
export async function inMode(mode, page) {
  if (mode === MODES[1]) await page.addInitScript(() => delete window.WebAssembly);
}

/** What tests say to `init` so as not to wait seconds for each batch; its default is tested. */
export const BRISK = { request_queue_config: { flush_interval_ms: 250 } };

/** The tag as a site has it. `options` go to `init` beside the host. */
export function tag(host, options = {}, key = KEYS.dev) {
  const init = JSON.stringify({ api_host: host, ...BRISK, ...options });
  return `<script src="/dist/backstitch.js"></script>\n<script>posthog.init(${JSON.stringify(key)}, ${init});</script>`;
}

export const test = base.extend({
  /** A folder that is gone after the test. */
  data: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'backstitch-'));
    await use(folder);
    await rm(folder, { recursive: true });
  },

  /** What the collector asks its readers for; null for nothing. */
  token: [null, { option: true }],

  /** A demo, which must leave nothing behind when it is stopped. */
  demo: async ({ data, token }, use, info) => {
    const demo = await Demo.start(data, [], token === null ? {} : { BACKSTITCH_API_TOKEN: token });
    try {
      await use(demo);
    } finally {
      await demo.end('SIGINT');
    }
    if (info.status !== info.expectedStatus) await info.attach('demo', { body: demo.output });
    expect(demo.left(), 'processes that the demo left').toEqual([]);
  },

  /** A site with the SDK under /dist/. */
  site: async ({}, use) => {
    const site = await Site.start();
    await use(site);
    await site.stop();
  },

  /** The recorded way to the demo's collector. */
  wire: async ({ demo }, use) => {
    const wire = await Wire.start(demo.collector);
    await use(wire);
    await wire.stop();
  },

  /** The events page in a tab of its own, which stays open and fills live. */
  table: async ({ demo, context }, use) => {
    const page = await context.newPage();
    await page.goto(demo.events);
    await use(new Table(page));
  },

  /** Whatever the page under test complained of, by kind. */
  complaints: async ({ page }, use) => {
    const complaints = { errors: [], warnings: [] };
    page.on('pageerror', (error) => complaints.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'warning') complaints.warnings.push(message.text());
    });
    await use(complaints);
  },
});

/** The events page's table as a person reads it. */
class Table {
  constructor(page) {
    this.page = page;
  }

  /** The rows as `[event, distinct_id, person]`, newest first. */
  rows() {
    return this.page.getByTestId('event-row').evaluateAll((rows) =>
      rows.map((row) => ['event', 'distinct_id', 'person'].map((col) => row.querySelector(`[data-col="${col}"]`).textContent)),
    );
  }

  /** Waits until the table shows exactly these rows. */
  async shows(rows) {
    await expect.poll(() => this.rows()).toEqual(rows);
  }

  /** Clicks the switch for the SDK's own events. */
  async toggleInternal() {
    await this.page.getByTestId('internal-toggle').click();
  }
}
