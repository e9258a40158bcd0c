// What the events page's tests share: how events come to be stored, and where things stand on it.
// Events come straight from here; the SDK has no part in it.

import { expect, KEYS } from './fixtures.js';

/** Stores events and returns once they are. */
export async function send(demo, events, environment = 'dev') {
  const response = await fetch(`${demo.collector}/batch/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ api_key: KEYS[environment], batch: events }),
  });
  expect(response.status, await response.text()).toBe(200);
}

/** Sends a body that the collector refuses; gives its answer's status. */
export async function sendRefused(demo, body) {
  return (await fetch(`${demo.collector}/e/`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })).status;
}

export const ANONYMOUS_ID = 'ph_anonymous_8a1f6b0e-6f0c-4c59-9a55-0d4a1b1f0c11';

export const event = (name, distinctId, properties = {}) => ({ event: name, distinct_id: distinctId, properties });
export const at = (timestamp, name, distinctId, properties) => ({ ...event(name, distinctId, properties), timestamp });
export const many = (name, count) => Array.from({ length: count }, (_, number) => event(name, 'user_1', { number }));
export const identify = (id, anonymous) => event('$identify', id, { $anon_distinct_id: anonymous, $set: { email: `${id}@example.com` } });
/** Two identified persons, and an event that would merge them, with the warning that it did not. */
export const refusedMerge = () => [identify('user_1', 'device_1'), identify('user_2', 'device_2'), identify('user_1', 'user_2')];

export const row = (table, name) => table.page.locator(`[data-testid="event-row"][data-event="${name}"]`);
export const details = (table) => table.page.getByTestId('details');
/** What stands beside a field's name in the panel. */
export const field = (table, name) => details(table).locator(`dt:text-is("${name}") + dd`);
/** The parameters of the page's address. */
export const address = (table) => Object.fromEntries(new URL(table.page.url()).searchParams);
