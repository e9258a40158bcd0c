// A visitor in the browser that a run is about, the pages of a shop that they visit, and whom the
// collector says each event belongs to. Knows no rule of identity but the one that always holds:
// two accounts are never one person.

import { BRISK, expect, KEYS, tag, test as base } from './fixtures.js';
import * as puppeteer from './browsers/puppeteer.js';
import * as webkit from './browsers/webkit.js';

export { BRISK, expect, KEYS };

/** The accounts that log in. */
const ACCOUNTS = ['alice', 'bert'];

/** Runs first on every page: keeps what the console is told, and gives what tests ask for there. */
export const WITNESS = `
  window.told = [];
  for (const level of ['warn', 'error']) {
    const say = console[level];
    console[level] = (...words) => { told.push(words.join(' ')); say.apply(console, words); };
  }
  addEventListener('error', (event) => told.push('thrown: ' + event.message));
  addEventListener('unhandledrejection', (event) => told.push('rejected: ' + event.reason));
  /** Who the visitor is by each record of one library that tabs share, as this tab is shown them now. */
  window.shared = (library) => {
    const cookies = document.cookie.split('; ').map((cookie) => cookie.split('=').map(decodeURIComponent));
    let local = [];
    try { local = Object.entries({ ...localStorage }); } catch {}
    const identity = (text) => {
      try { const { distinct_id, epoch } = JSON.parse(text); return [distinct_id, epoch]; } catch { return []; }
    };
    const records = (all) => all.filter(([name]) => name.startsWith(library)).map(([name, text]) => [name, ...identity(text)]);
    return { local: records(local).filter(([, id]) => id), cookies: records(cookies) };
  };`;

export const test = base.extend({
  /** The browser: chromium, firefox or webkit. */
  engine: ['chromium', { option: true, scope: 'worker' }],

  /** It runs as long as its worker. */
  program: [
    async ({ engine }, use) => {
      const program = await (engine === 'webkit' ? webkit : puppeteer).Program.start(engine);
      await use(program);
      await program.stop();
    },
    { scope: 'worker' },
  ],

  /** Somebody who was never here. */
  visitor: async ({ program, site }, use) => {
    const visitor = await program.visitor(site.origin);
    await use(visitor);
    await visitor.leave();
  },

  /** Puts a page of the shop on the site and gives its address; `before` and `after` the SDK's tag there may be scripts. */
  shop: async ({ site, demo }, use) => {
    await use(({ path = '/', options = {}, before = '', after = '', body = '', headers = {} } = {}) => {
      const sdk = tag(demo.collector, { capture_pageview: false, ...options });
      return site.page(path, { head: `<script>${WITNESS}${before}</script>\n${sdk}\n<script>${after}</script>`, body, headers });
    });
  },
});

/** Says that a case can't be driven in some browsers, and why. */
export function notIn(engines, reason) {
  test.skip(({ engine }) => engines.includes(engine), reason);
}

/** Opens a tab at an address. */
export async function open(visitor, address) {
  const tab = await visitor.tab();
  await tab.goto(address);
  return tab;
}

/** Leaves a page that the browser can keep for another one. */
export async function leave(tab, address) {
  await tab.run(() => (window.isKept = true));
  await tab.goto(address);
}

/** Back to the page as it was left, not to one that is loaded anew. */
export async function back(tab) {
  await tab.back();
  const [isKept, reasons] = await tab.run(() => {
    const [navigation] = performance.getEntriesByType('navigation');
    return [window.isKept, JSON.stringify(navigation.notRestoredReasons)];
  });
  expect(isKept, `kept; if not, because of ${reasons}`).toBe(true);
}

export const capture = (tab, ...names) => tab.run((all) => all.forEach((name) => posthog.capture(name)), names);
export const login = (tab, account) => tab.run((id) => posthog.identify(id, { [id]: true }), account);
export const logout = (tab) => tab.run(() => posthog.reset());

/** One account, a logout, and another account. */
export async function live(tab) {
  await capture(tab, 'before');
  await login(tab, 'alice');
  await capture(tab, 'bought');
  await logout(tab);
  await capture(tab, 'left');
  await login(tab, 'bert');
}

export const distinctId = (tab) => tab.run(() => posthog.get_distinct_id());
/** What the page's console was told so far. */
export const told = (tab) => tab.run(() => window.told);

/** How the names of the records begin by which each library knows a visitor. */
const OURS = 'backstitch_';
export const THEIRS = 'ph_';

/**
 * Waits until the browser shows one tab whom another has written to their storage, or to the
 * cookies alone. A record of the other library may come later still: nothing shows two at once.
 */
export async function caughtUp(tab, writer, { library = OURS, place } = {}) {
  const shown = (page) => page.run((name, part) => (part ? window.shared(name)[part] : window.shared(name)), library, place);
  const written = await shown(writer);
  await expect.poll(() => shown(tab), { intervals: [5] }).toEqual(written);
}

/**
 * Waits until exactly these events are stored and belong to these accounts, null for nobody; of
 * the SDK's own events the logins are counted. `table` is `{event: account, logins: number}`.
 */
export async function belongs(demo, table) {
  await expect.poll(() => owners(demo)).toEqual({ logins: 0, ...table });
  await nothingShared(demo);
}

/** Whom each captured event belongs to now. */
async function owners(demo) {
  const table = { logins: 0 };
  for (const { event, person } of await demo.stored()) {
    if (event === '$identify') table.logins += 1;
    // A name that comes twice is an event that was captured twice.
    else if (!event.startsWith('$')) table[event] = event in table ? 'twice' : person.name;
  }
  return table;
}

/** No person has the id or the properties of two accounts, and who has those of one is identified. */
export async function nothingShared(demo) {
  const persons = new Set((await demo.stored()).map(({ person }) => person.uuid));
  for (const uuid of persons) {
    const { distinct_ids: ids, properties, is_identified: isIdentified } = await demo.api(`dev/persons/${uuid}`);
    const accounts = ids.map(({ distinct_id: id }) => id).filter((id) => ACCOUNTS.includes(id));
    expect(accounts.length, `${accounts} are one person`).toBeLessThan(2);
    expect(ACCOUNTS.filter((account) => account in properties)).toEqual(accounts);
    expect(isIdentified).toBe(accounts.length === 1);
  }
}

/** The stored events by name. */
export async function byName(demo) {
  return Object.fromEntries((await demo.stored()).map((event) => [event.event, event]));
}
