// What every test of a client can ask for: a collector and a site of its own, and the table that
// two accounts on one device must leave, whichever client captured them.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test as base } from '../e2e/fixtures.js';
import { Wire } from '../e2e/wire.js';
import { Collector, KEY } from './collector.js';

export { expect, KEY };

export const test = base.extend({
  /** A running collector. */
  collector: async ({ data }, use, info) => {
    const collector = await Collector.start(data);
    await use(collector);
    await collector.stop();
    if (info.status !== info.expectedStatus) await info.attach('collector', { body: collector.output });
  },

  /** The recorded way to the collector. */
  wire: async ({ collector }, use) => {
    const wire = await Wire.start(collector.address);
    await use(wire);
    await wire.stop();
  },
});

/** What has been captured before the first login, once it is stored. */
export const BEFORE_LOGIN = ['pageview'];

/** All that the two accounts' flow captures. */
export const CAPTURED = ['browsed', 'login_success', 'login_success', 'pageview'];

/** Waits until exactly these events are stored. */
export const stored = (collector, names) => expect.poll(() => collector.names()).toEqual(names);

/**
 * Waits for the table: somebody looked at a page, logged in as user_1, logged out, looked around,
 * and logged in as user_2. Two persons, each with an anonymous id of its own, and every event at
 * the one it belongs to.
 */
export async function leavesTwoAccounts(collector) {
  await stored(collector, CAPTURED);
  const events = await collector.events();
  const idOf = (name) => events.find(({ event }) => event === name).distinct_id;
  const [first, second] = [idOf('pageview'), idOf('browsed')];
  expect(new Set([first, second, 'user_1', 'user_2']).size).toBe(4);

  const rows = events.map(({ event, distinct_id, person }) => [event, distinct_id, person.name]);
  expect(rows.sort()).toEqual(
    [
      ['browsed', second, 'user_2'],
      ['login_success', 'user_1', 'user_1'],
      ['login_success', 'user_2', 'user_2'],
      ['pageview', first, 'user_1'],
    ].sort(),
  );
  for (const [name, anonymous] of [['user_1', first], ['user_2', second]]) {
    const person = await collector.personOf(events.find(({ distinct_id }) => distinct_id === name));
    expect(person.distinct_ids.map(({ distinct_id }) => distinct_id).sort()).toEqual([anonymous, name].sort());
    expect(person.is_identified, name).toBe(true);
  }
  for (const log of ['refusals', 'dev/refusals']) expect((await collector.api(log)).refusals).toEqual([]);
}

/** Runs a program that is a client of a host, to its end. */
export function run(program, args, host, environment = {}) {
  const env = { ...process.env, POSTHOG_API_KEY: KEY, POSTHOG_HOST: host, ...environment };
  return promisify(execFile)(program, args, { env });
}
