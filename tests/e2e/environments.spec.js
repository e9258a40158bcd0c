// Which environment a page belongs to: what its host says, and nothing on a host that none claims.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentAt } from '../../www/environments.js';
import { BRISK, expect, KEYS, test } from './fixtures.js';
import { NAMED_HOSTS, onHost } from './hosts.js';

test.use(NAMED_HOSTS);

/** Which of the environments with these hosts a page at `address` is in; undefined for none. */
function chosen(address, hosts) {
  const environments = Object.fromEntries(Object.entries(hosts).map(([name, hosts]) => [name, { name, hosts }]));
  return environmentAt(new URL(address), environments)?.name;
}

test('a host is claimed by the pattern that fits best', () => {
  const hosts = {
    prod: ['example.com', '*.example.com'],
    staging: ['staging.example.com', '*.staging.example.com'],
    dev: ['localhost', '127.0.0.1', 'example.com:8080', '[::1]'],
    local: 'localhost:3000',
  };
  const cases = {
    'https://example.com/': 'prod',
    'https://EXAMPLE.com/': 'prod',
    'https://www.example.com/': 'prod',
    'https://a.b.example.com/': 'prod',
    'https://staging.example.com/': 'staging',
    'https://a.staging.example.com:8443/': 'staging',
    'https://example.com:444/': 'prod',
    'http://example.com:8080/': 'dev',
    'http://localhost/': 'dev',
    'http://localhost:5000/': 'dev',
    'http://localhost:3000/': 'local',
    'http://127.0.0.1:1234/': 'dev',
    'http://[::1]:1234/': 'dev',
    'https://notexample.com/': undefined,
    'https://example.com.evil/': undefined,
    'https://com/': undefined,
    'file:///a.html': undefined,
  };
  for (const [address, expected] of Object.entries(cases)) expect(chosen(address, hosts), address).toBe(expected);
});

test('a wildcard stands for at least one label, and letters of either case are the same', () => {
  expect(chosen('https://example.com', { a: ['*.example.com'] })).toBe(undefined);
  expect(chosen('https://www.example.com', { a: [' *.EXAMPLE.com '] })).toBe('a');
  expect(chosen('https://www.example.com', { a: ['*'], b: ['*.com'] })).toBe('b');
  expect(chosen('https://www.example.com', { a: ['*'] })).toBe('a');
});

test('a host that several claim equally is none\'s, whatever stands around them', () => {
  expect(chosen('https://example.com', { a: ['example.com'], b: ['example.com'] })).toBe(undefined);
  expect(chosen('https://example.com', { a: ['example.com'], b: ['example.com'], c: ['*'] })).toBe(undefined);
  expect(chosen('https://example.com', { a: ['example.com', 'EXAMPLE.com'] })).toBe('a');
  expect(chosen('https://a.example.com', { a: ['*.example.com'], b: ['*.example.com'], c: ['a.example.com'] })).toBe('c');
  expect(chosen('https://example.com', { a: undefined, b: [] })).toBe(undefined);
});

/** The environments of a site whose common options name the collector. */
const environments = {
  prod: { token: KEYS.prod, hosts: ['shop.example', '*.shop.example'] },
  staging: { token: ` ${KEYS.staging} `, hosts: ['staging.shop.example'] },
};

const script = '<script src="/dist/backstitch.js"></script>';
const call = (...given) => `<script>window.returned = posthog.init(${given.map((value) => JSON.stringify(value) ?? 'undefined')});</script>`;

test('one tag serves every environment', async ({ page, site, demo }) => {
  const options = { api_host: demo.collector, ...BRISK };
  const ways = [[{ environments, ...options }], [undefined, { environments, ...options }], ['', { environments, ...options }]];
  for (const given of ways) {
    site.page('/', { head: script + call(...given) });
    await page.goto(onHost(site, 'www.shop.example'));
    expect(await page.evaluate(() => posthog.config.token)).toBe(KEYS.prod);
    await page.goto(onHost(site, 'staging.shop.example'));
    expect(await page.evaluate(() => posthog.config.token)).toBe(KEYS.staging);
  }
  await expect.poll(() => demo.names('prod')).toEqual(Array(3).fill('$pageview'));
  await expect.poll(() => demo.names('staging')).toEqual(Array(3).fill('$pageview'));
});

test('an environment\'s own options go over the common ones', async ({ page, site, demo, wire }) => {
  const own = { ...environments.prod, api_host: wire.address, capture_pageview: false };
  site.page('/', { head: script + call({ environments: { prod: own }, api_host: 'https://elsewhere.invalid', ...BRISK }) });
  await page.goto(onHost(site, 'shop.example'));
  await page.evaluate(() => posthog.capture('here'));
  await expect.poll(() => wire.sent).toEqual([['here']]);
  await expect.poll(() => demo.names('prod')).toEqual(['here']);
});

test('a host that none claims sends and keeps nothing, and one line says so', async ({ page, site, wire, complaints }) => {
  await page.clock.install();
  // A token beside the environments is no way around them.
  site.page('/', { head: script + call(KEYS.dev, { environments, api_host: wire.address }) });
  await page.goto(onHost(site, 'other.example'));
  await page.evaluate(() => {
    posthog.capture('here');
    posthog.identify('user_1');
  });
  await page.clock.runFor(10_000);
  expect(wire.requests).toEqual([]);
  expect(await page.evaluate(() => [posthog.__loaded, posthog.get_distinct_id()])).toEqual([false, undefined]);
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([0, 0, '']);
  expect(complaints.warnings).toEqual([expect.stringContaining('error 13')]);
  expect(complaints.warnings[0]).toContain(`other.example:${new URL(site.origin).port}`);
  expect(complaints.errors).toEqual([]);
});

test('named instances have environments of their own', async ({ page, site, demo }) => {
  const options = { api_host: demo.collector, capture_pageview: false, ...BRISK };
  const other = { here: { token: KEYS.dev, hosts: ['*'] } };
  site.page('/', { head: script + call({ environments, ...options }) + call({ environments: other, ...options }, undefined, 'other') });
  await page.goto(onHost(site, 'shop.example'));
  await page.evaluate(() => {
    posthog.capture('main');
    posthog.other.capture('named');
  });
  await expect.poll(() => demo.names('prod')).toEqual(['main']);
  await expect.poll(() => demo.names('dev')).toEqual(['named']);
});

test('the snippet hands environments on', async ({ page, site, demo }) => {
  const stub = readFileSync(join(process.env.BACKSTITCH_DIST, 'snippet.js'), 'utf8').replace('"/backstitch.js"', '"/dist/backstitch.js"');
  const init = call({ environments, api_host: demo.collector, ...BRISK });
  site.page('/', { head: `<script>${stub}</script>${init}<script>posthog.people.set('plan', 'pro'); posthog.identify('user_1');</script>` });
  await page.goto(onHost(site, 'shop.example'));
  await expect.poll(() => demo.names('prod')).toEqual(['$identify', '$pageview', '$set']);
});
