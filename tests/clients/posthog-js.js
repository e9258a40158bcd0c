// posthog-js of several versions on a page of a test's own site. Knows how each is named in
// package.json, and the file of it that pages load. Changes nothing in it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY } from './collector.js';

/** The tested versions, oldest first, with the folder of each. */
export const VERSIONS = {
  '1.100.0': 'posthog-js-1-100',
  '1.200.0': 'posthog-js-1-200',
  '1.300.0': 'posthog-js-1-300',
  '1.380.0': 'posthog-js-1-380',
  '1.418.0': 'posthog-js-1-418',
  '1.449.2': 'posthog-js-1-449',
};

/** The newest of them. */
export const NEWEST = Object.keys(VERSIONS).at(-1);

/** The type of the requests that a version makes by a transport, as a browser names it. */
export function requestType(version, transport) {
  // The oldest takes the option, and makes them all by XHR.
  return version === '1.100.0' || transport === 'XHR' ? 'xhr' : 'fetch';
}

/**
 * Opens a page with posthog-js of a version that sends to `host`, started with `options`. `before`
 * is JavaScript that runs first.
 */
export async function open(page, site, host, version, options = {}, before = '') {
  site.file('/array.js', readFileSync(join(import.meta.dirname, 'node_modules', VERSIONS[version], 'dist', 'array.js'), 'utf8'));
  const config = {
    api_host: host,
    // Else it sends nothing from a browser that is automated.
    opt_out_useragent_filter: true,
    // Older versions do not know it, and take seconds.
    request_queue_config: { flush_interval_ms: 250 },
    ...options,
  };
  const head = `<script>${before}</script><script src="/array.js"></script>
    <script>posthog.init('${KEY}', ${JSON.stringify(config)});</script>`;
  await page.goto(site.page('/', { head }));
  await page.waitForFunction(() => posthog.__loaded);
}

/** Whether a request to this address carries events. */
export const carriesEvents = (url) => ['/e/', '/i/v0/e/'].includes(new URL(url, 'http://collector').pathname);

/** Keeps the types of the requests that carry events. */
export function eventRequestTypes(page) {
  const types = new Set();
  page.on('request', (request) => {
    if (request.method() === 'POST' && carriesEvents(request.url())) types.add(request.resourceType());
  });
  return types;
}

/** What a visitor does after the first look: one account, then another. */
export const TWO_ACCOUNTS = `
  posthog.identify('user_1', { email: 'user_1@example.com' });
  posthog.capture('login_success');
  posthog.reset();
  posthog.capture('browsed');
  posthog.identify('user_2');
  posthog.capture('login_success');
`;
