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

/** Waits until exactly these events are stored. */
export const stored = (collector, names) => expect.poll(() => collector.names()).toEqual(names);

/**
 * Waits for the table: somebody looked at a page, logged in as user_1, logged out, looked around,
 * and logged in as user_2. Two persons, each with an anonymous id of its own, and every event at
 * the one it belongs to.
 */
export async function leavesTwoAccounts(collector) {
  const isAccount = (id) => ['user_1', 'user_2'].includes(id);
  const rows = async () => {
    const events = await collector.events();
    return events.map(({ event, distinct_id, person }) => [event, isAccount(distinct_id) ? distinct_id : 'anonymous', person.name]).sort();
  };
  await expect.poll(rows).toEqual([
    ['browsed', 'anonymous', 'user_2'],
    ['login_success', 'user_1', 'user_1'],
    ['login_success', 'user_2', 'user_2'],
    ['pageview', 'anonymous', 'user_1'],
  ]);
  const events = await collector.events();
  const find = (event, name) => events.find((found) => found.event === event && found.person.name === name);
  for (const [name, before] of [['user_1', 'pageview'], ['user_2', 'browsed']]) {
    const person = await collector.personOf(find('login_success', name));
    const anonymous = find(before, name).distinct_id;
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
