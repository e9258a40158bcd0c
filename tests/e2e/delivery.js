// What the tests of delivery look at: what reached the server how often, and what a browser keeps.
// Knows the wire's requests and the kinds of stores; never how the SDK uses one.

import { expect } from './fixtures.js';

/** Answers with a status, to every request. */
export const refusing = (status, headers, body) => () => ({ status, headers, body });

/** Captures events of these names in one task. */
export const capture = (page, ...names) => page.evaluate((all) => all.forEach((name) => posthog.capture(name)), names);

/** So many names, in order. */
export const numbered = (name, count) => Array.from({ length: count }, (_, index) => `${name}_${String(index).padStart(4, '0')}`);

/** What a page runs first for which it is later: so much that what others left is nobody's any more. */
export const LATER = `{ const now = Date.now; Date.now = () => now() + 30_000; }`;

/** Ends the page's process as a lack of memory does. */
export async function crash(page) {
  const crashed = page.waitForEvent('crash');
  const devtools = await page.context().newCDPSession(page);
  // It can give no answer.
  devtools.send('Page.crash').catch(() => {});
  await crashed;
}

/** Every attempt at an event was the same event: with one uuid, at one time. */
export function sameOnEveryAttempt(wire) {
  const first = new Map();
  for (const event of wire.events) {
    const { uuid } = event;
    if (first.has(uuid)) expect(event).toEqual(first.get(uuid));
    else first.set(uuid, event);
  }
  return [...first.values()];
}

/** Waits until exactly these events are stored, each once, and in this order at the server's door. */
export async function arrived(demo, wire, names) {
  await expect.poll(() => demo.names()).toEqual([...names].sort());
  expect(sameOnEveryAttempt(wire).map(({ event }) => event)).toEqual(names);
}

/** No event went over the wire twice. */
export function noCopies(wire) {
  const uuids = wire.events.map(({ uuid }) => uuid);
  expect(uuids.length - new Set(uuids).size, 'copies').toBe(0);
}

/** All that a browser keeps for a page's origin, by the kind of store: keys and contents. Kinds that hold nothing are not there. */
export async function stores(page) {
  const cookies = await page.context().cookies();
  const kept = await page.evaluate(async () => {
    const answer = (request) => new Promise((done, failed) => ((request.onsuccess = () => done(request.result)), (request.onerror = failed)));
    const databases = {};
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name));
      databases[name] = {};
      for (const store of database.objectStoreNames) {
        databases[name][store] = await answer(database.transaction(store).objectStore(store).getAll());
      }
      database.close();
    }
    const files = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
    const workers = await navigator.serviceWorker.getRegistrations();
    return {
      localStorage: { ...localStorage },
      sessionStorage: { ...sessionStorage },
      databases,
      caches: await caches.keys(),
      files,
      workers: workers.map(({ scope }) => scope),
      name: window.name,
      history: history.state ?? '',
    };
  });
  return Object.fromEntries(Object.entries({ cookies, ...kept }).filter(([, held]) => Object.keys(held).length !== 0));
}
