// posthog-js of several versions on a page of a test's own site. Knows how each is named in
// package.json, and the file of it that pages load. Changes nothing in it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY } from './fixtures.js';

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

/** The types of request that a transport makes, as a browser names them. */
export const REQUEST_TYPE = { fetch: 'fetch', XHR: 'xhr', sendBeacon: 'ping' };

/**
 * Opens a page with posthog-js of a version, started with `options`. `before` is JavaScript that
 * runs first.
 */
export async function open(page, site, collector, version, options = {}, before = '') {
  site.file('/array.js', readFileSync(join(import.meta.dirname, 'node_modules', VERSIONS[version], 'dist', 'array.js'), 'utf8'));
  const config = {
    api_host: collector.address,
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

/** Keeps the requests that carry events, as `{type, body, contentType, url}`. */
export function eventRequests(page, collector) {
  const requests = [];
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin !== collector.address || request.method() !== 'POST') return;
    if (!['/e/', '/i/v0/e/'].includes(pathname)) return;
    const type = request.resourceType();
    requests.push({ type, url: request.url(), contentType: request.headers()['content-type'], body: request.postDataBuffer() });
  });
  return requests;
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
