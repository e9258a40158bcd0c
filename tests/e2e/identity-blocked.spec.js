// Pages that may keep nothing, or not in the way they ask: the visitor is who they are for as long
// as the page lives, two accounts are two persons, and the page's console stays clean.

import { belongs, byName, capture, expect, live, login, open, test, told } from './identity.js';

/** What a page does by itself, where no driver reaches in. */
const LIFE = `
  posthog.capture('before');
  posthog.identify('alice', { alice: true });
  posthog.capture('bought');
  posthog.reset();
  posthog.capture('left');
  posthog.identify('bert', { bert: true });
  posthog.capture('bought_too');
  parent.postMessage(told, '*');`;

const LIVED = { before: 'alice', bought: 'alice', left: 'bert', bought_too: 'bert', logins: 2 };

/** A page around another, which keeps what that one's console was told. */
const around = (site, path, frame) =>
  site.page(path, { head: "<script>addEventListener('message', ({ data }) => (window.toldInside = data));</script>", body: frame });

/** Waits until the page inside has done all and gives what its console was told. */
async function toldInside(tab) {
  await expect.poll(() => tab.run(() => Array.isArray(window.toldInside))).toBe(true);
  return tab.run(() => window.toldInside);
}

test('a sandboxed frame, which may keep nothing', async ({ visitor, site, shop, demo }) => {
  const inside = shop({ path: '/inside', after: LIFE });
  const tab = await open(visitor, around(site, '/', `<iframe sandbox="allow-scripts" src="${inside}"></iframe>`));
  await belongs(demo, LIVED);
  expect(await toldInside(tab)).toEqual([]);
});

test("a frame on somebody else's site, whose storage is apart or none", async ({ visitor, site, shop, demo }) => {
  const inside = shop({ path: '/inside', after: LIFE });
  around(site, '/', `<iframe src="${inside}"></iframe>`);
  const tab = await open(visitor, `${site.at('www.shop.test')}/`);
  await belongs(demo, LIVED);
  expect(await toldInside(tab)).toEqual([]);
});

const denied = "throw new DOMException('denied', 'SecurityError')";

/** Ways to forbid storage, as scripts that run before all others. */
const BLOCKED = {
  'storage that can only be read': `Storage.prototype.setItem = () => { ${denied} };`,
  'storage that throws when it is looked at': `
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(window, name, { get() { ${denied} } });
    Object.defineProperty(document, 'cookie', { get() { ${denied} }, set() { ${denied} } });`,
  'no storage at all': "for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(window, name, { value: null });",
  'a database that throws when it is opened': `IDBFactory.prototype.open = () => { ${denied} };`,
  'a database that fails to open': `
    const open = IDBFactory.prototype.open;
    // A version below the one that is there is refused.
    IDBFactory.prototype.open = function (name) { open.call(this, name, 9); return open.call(this, name, 1); };`,
  'a database that never answers': 'IDBFactory.prototype.open = () => new EventTarget();',
  'a database whose transactions throw': `IDBDatabase.prototype.transaction = () => { ${denied} };`,
  'a database whose transactions never end': `
    Object.defineProperty(IDBTransaction.prototype, 'oncomplete', { set() {} });
    IDBTransaction.prototype.addEventListener = () => {};`,
};

for (const [what, before] of Object.entries(BLOCKED)) {
  test(`${what}: two accounts are two persons`, async ({ visitor, shop, demo }) => {
    // The witness looks at storage only when it is asked.
    const tab = await open(visitor, shop({ before }));
    await live(tab);
    await capture(tab, 'bought_too');
    await belongs(demo, LIVED);
    expect(await told(tab)).toEqual([]);
  });
}

test('where the database never answers, a login waits two seconds for it, and all behind it waits too', async ({ visitor, shop, demo }) => {
  const tab = await open(visitor, shop({ before: BLOCKED['a database that never answers'] }));
  await capture(tab, 'before');
  await login(tab, 'alice');
  await capture(tab, 'bought');
  await belongs(demo, { before: 'alice', bought: 'alice', logins: 1 });
  const { $identify: identified, bought } = await byName(demo);
  expect(Date.parse(identified.received_at) - Date.parse(identified.timestamp)).toBeGreaterThan(1_900);
  expect(Date.parse(bought.received_at)).toBeGreaterThanOrEqual(Date.parse(identified.received_at));
});
