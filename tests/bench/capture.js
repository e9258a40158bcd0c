// What a capture() costs a page, beside posthog-js slim as npm has it: both in one run, each time on
// a fresh page of a fresh profile, in turn. Knows how each is started. Never judges a figure.
//
// `cargo xtask bench capture` starts it. The loop is timed by the page's own clock. All main-thread
// time is Chromium's (TaskDuration of Performance.getMetrics; ThreadTime is what of it had a processor),
// from the first call until every event has arrived and the page has rested for two seconds, less what
// the same page takes at rest.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHROMIUM_SWITCHES } from '../e2e/browsers/chromium-switches.js';
import { MainThread } from './main-thread.js';
import { Counter, site } from './servers.js';

// Of the end-to-end tests' packages.
const { chromium } = createRequire(new URL('../e2e/', import.meta.url))('@playwright/test');

/** How often everything is measured. */
const ROUNDS = Number(parseArgs({ options: { rounds: { type: 'string', default: '5' } } }).values.rounds);

/** How long the events of a page may take to arrive. */
const PATIENCE_MS = 60_000;

const SLIM = join(import.meta.dirname, '..', 'clients', 'node_modules', 'posthog-js-1-449', 'dist', 'module.slim.js');
const OURS = join(process.env.BACKSTITCH_DIST, 'index.js');

/** The clients, by the names that they have in the table: the file, and options of `init` beside the defaults. */
const CLIENTS = {
  backstitch: { file: OURS, options: {} },
  // All that it does besides capturing is off, and so is the limit that would have it drop events.
  'posthog-js slim': {
    file: SLIM,
    options: {
      opt_out_useragent_filter: true,
      advanced_disable_flags: true,
      autocapture: false,
      capture_pageleave: false,
      disable_session_recording: true,
    },
  },
};

/** How events are captured, and what the issue asks for of all main-thread time. */
const WAYS = {
  'in one task': { events: 1000, target: 1 / 40 },
  'in separate tasks': { events: 200, target: 1 / 12 },
};

/** Loads a client, captures an event, and makes `window.run`, which captures others. Runs in the page, as text. */
const head = (file, host, options) => `<script type="module">
import posthog from '/${file}'
posthog.init('phc_bench', { api_host: '${host}', ...${JSON.stringify(options)} })
const capture = (number) => posthog.capture('order_placed', {
  order_id: 'order_' + number, plan: 'business', amount: 129.9, currency: 'EUR', items: 3, first: false, coupon: null,
  category: 'garden tools', tags: ['spring', 'sale'], note: 'leave it at the back door',
})
capture(0)
const tasks = {
  'in one task': (events, done) => {
    const start = performance.now()
    for (let number = 1; number <= events; number++) capture(number)
    done(performance.now() - start)
  },
  'in separate tasks': (events, done) => {
    const { port1, port2 } = new MessageChannel()
    let number = 0
    let spent = 0
    port1.onmessage = () => {
      const start = performance.now()
      capture(++number)
      spent += performance.now() - start
      number < events ? port2.postMessage(0) : done(spent)
    }
    port2.postMessage(0)
  },
}
// In a task of its own, not in the one that the browser runs for whoever asks.
window.run = (way, events) => new Promise((done) => setTimeout(() => tasks[way](events, done)))
</script>`;

/** Measures one way of capturing on a fresh page of a client. */
async function measured(browser, name, way) {
  const { file, options } = CLIENTS[name];
  const { events } = WAYS[way];
  const counter = await Counter.start();
  const limits = { capture_pageview: false, rate_limiting: { events_per_second: 1e6, events_burst_limit: 1e6 } };
  const shown = await site({ 'client.js': file }, { page: head('client.js', counter.origin, { ...limits, ...options }) });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${shown.origin}/page`);
    // What comes only once, a session for one, is no event's cost.
    if (!(await counter.arrived(1, PATIENCE_MS))) throw new Error(`${name}: the first event did not arrive`);
    const thread = await MainThread.of(page);
    await thread.rest();
    const before = counter.count;
    let loop;
    let complete;
    const caused = await thread.during(async () => {
      loop = await page.evaluate(([way, events]) => window.run(way, events), [way, events]);
      complete = await counter.arrived(1 + events, PATIENCE_MS);
    });
    const after = counter.count;
    const lost = 1 + events - after.events;
    if (!complete && name === 'backstitch') throw new Error(`${name}: ${lost} of ${events} events captured ${way} did not arrive`);
    const per = (part) => ((after[part] - before[part]) * 1000) / events;
    return {
      loop: (loop * 1000) / events,
      all: (caused.tasks * 1000) / events,
      processor: (caused.processor * 1000) / events,
      bodies: per('bodies'),
      bytes: per('bytes'),
      requests: per('requests'),
      lost,
    };
  } finally {
    await context.close();
    for (const { server } of [shown, counter]) {
      server.closeAllConnections();
      server.close();
    }
  }
}

const browser = await chromium.launch({
  executablePath: process.env.CHROME,
  chromiumSandbox: process.getuid?.() !== 0,
  args: CHROMIUM_SWITCHES,
});

/** The figures of the table: the name, and the member of a measurement. */
const FIGURES = [
  ['the loop, µs an event', 'loop'],
  ['all main-thread time, µs an event', 'all'],
  ['of it with a processor', 'processor'],
  ['request bodies, bytes per 1,000 events', 'bodies'],
  ['the same with headers', 'bytes'],
  ['requests per 1,000 events', 'requests'],
];

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[values.length >> 1];
const written = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));
const ratio = (value) => (value < 1 ? `1/${Number((1 / value).toFixed(1))}` : value.toFixed(1));

const WIDTHS = [-40, 24, 24, 8, 14];
const padded = (cell, width) => (width < 0 ? cell.padEnd(-width) : cell.padStart(width));
const row = (...cells) => console.log(cells.map((cell, at) => padded(cell, WIDTHS[at])).join('').trimEnd());

/** Prints a figure of each client, with the smallest and the largest, ours divided by slim's, and what that should be. */
function show(label, member, results, target) {
  const values = Object.values(results).map((rounds) => rounds.map((result) => result[member]));
  const cells = values.map((value) => `${written(median(value))} (${written(sorted(value)[0])}–${written(sorted(value).at(-1))})`);
  row(`  ${label}`, ...cells, ratio(median(values[0]) / median(values[1])), target);
}

try {
  const results = {};
  for (const way of Object.keys(WAYS)) results[way] = Object.fromEntries(Object.keys(CLIENTS).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of Object.keys(WAYS)) {
      const names = Object.keys(CLIENTS);
      // Neither is always the first.
      if (round % 2) names.reverse();
      for (const name of names) results[way][name].push(await measured(browser, name, way));
    }
    console.error(`  round ${round + 1} of ${ROUNDS}`);
  }
  console.log(`capture() of an event with 10 properties: median of ${ROUNDS} (smallest–largest)`);
  for (const [way, { events, target }] of Object.entries(WAYS)) {
    console.log();
    row(`${events.toLocaleString('en')} ${way}`, ...Object.keys(CLIENTS), 'ratio', 'target');
    const targets = { all: `at most ${ratio(target)}`, bodies: 'at most 1', bytes: 'at most 1' };
    for (const [label, member] of FIGURES) show(label, member, results[way], targets[member] ?? '');
    const lost = results[way]['posthog-js slim'].map((result) => result.lost);
    if (Math.max(...lost)) console.log(`  posthog-js slim lost ${lost.join(', ')} of its events`);
  }
} finally {
  await browser.close();
}
