// PostHog's clients for servers as they are published: every release and mode leaves the same
// table as a browser.

import { join } from 'node:path';
import { expect, leavesTwoAccounts, run, test } from './fixtures.js';
import { packagesOf, PYTHON, RELEASES } from './python.js';

/** The path by which the events of a mode come. */
const PATHS = { v0: '/batch/', v1: '/i/v1/analytics/events' };

/** What a client has asked for with a body, each path once. */
const asked = (wire) => [...new Set(wire.requests.filter(({ method }) => method === 'POST').map(({ url }) => url))];

for (const { version, mode } of RELEASES) {
  test(`posthog-python ${version} in ${mode} mode`, async ({ collector, wire }) => {
    const environment = { ...packagesOf(version), POSTHOG_CAPTURE_MODE: mode };
    await run(PYTHON, [join(import.meta.dirname, 'server-flow.py')], wire.address, environment);
    await leavesTwoAccounts(collector);
    expect(asked(wire)).toEqual([PATHS[mode]]);
    for (const { properties } of await collector.events()) expect(properties.$lib_version).toBe(version);
  });
}

for (const mode of Object.keys(PATHS)) {
  test(`posthog-node in ${mode} mode`, async ({ collector, wire }) => {
    await run(process.execPath, [join(import.meta.dirname, 'server-flow.js')], wire.address, { POSTHOG_CAPTURE_MODE: mode });
    await leavesTwoAccounts(collector);
    expect(asked(wire)).toEqual([PATHS[mode]]);
  });
}
