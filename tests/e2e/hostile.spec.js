// Hostile input and hostile pages: what can be kept arrives, the rest is marked, and its neighbours
// are whole.

import { expect, inMode, MODES, tag, test } from './fixtures.js';

/** The events of a page, as far as what it captured says. */
async function captured(demo, last) {
  await expect.poll(() => demo.names(), { timeout: 20_000 }).toContain(last);
  return (await demo.stored()).map(({ event, properties }) => ({ event, ...properties }));
}

/** Captures every value, each under its name and before an event with nothing odd. */
function captureValues() {
  const thrower = () => {
    throw new Error('from the page');
  };
  const cyclic = { name: 'cyclic' };
  cyclic.self = cyclic;
  cyclic.list = [1, cyclic, { deep: cyclic }];
  const shared = { n: 1 };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  let deep = 'bottom';
  for (let depth = 0; depth < 20_000; depth += 1) deep = { deep };
  let lessDeep = 'bottom';
  for (let depth = 0; depth < 300; depth += 1) lessDeep = [{ lessDeep }];
  const graph = [];
  for (let n = 0; n < 100_000; n += 1) graph.push({ n, graph, before: graph[n - 1] });
  let doubled = [1n];
  for (let depth = 0; depth < 50; depth += 1) doubled = [doubled, doubled];
  const element = document.createElement('div');
  element.__reactFiber$x = { stateNode: element, graph };
  const values = {
    cyclic,
    twice: { a: shared, b: shared, c: 1n },
    bigints: { id: 12345678901234567890n, list: [{ n: -1n }] },
    getter: { a: 1, deep: { get b() { return thrower(); }, c: 2 }, list: Object.defineProperty([1, 2], 0, { get: thrower }) },
    functions: { a: () => 1, b: Symbol('b'), list: [() => 1, Symbol('c'), undefined, 1], c: 1n },
    toJSON: { a: { toJSON: thrower }, b: { toJSON: () => ({ c: 1 }) }, d: { toJSON: () => undefined }, e: { toJSON: 1, f: 2 } },
    elements: { target: element, list: [document.body], page: window, link: Object.assign(document.createElement('a'), { href: 'https://a.test/b' }) },
    proxies: { a: revoked.proxy, b: new Proxy({}, { get: thrower, ownKeys: thrower }), c: new Proxy({ x: 1 }, {}), d: new Proxy([1], {}) },
    collections: { map: new Map([['a', 1], [2, new Set(['x', { y: 1n }])]]), set: new Set(), weak: new WeakMap(), query: new URLSearchParams('a=1') },
    errors: { error: new TypeError('no such thing'), pattern: /x+/g, promise: Promise.resolve() },
    empty: { object: {}, list: [], bare: Object.create(null), own: new (class Own {})() },
    dates: { good: new Date(0), bad: new Date(NaN), e: 1n, list: [new Date(1e12)] },
    numbers: { nan: NaN, infinite: -Infinity, zero: -0, e: 1n, large: 2 ** 60 },
    holes: { list: [1, , 3], e: 1n },
    surrogates: { high: 'a\ud83d', low: '\ude00b', pair: '😀', ['key\udfff']: 1, nul: '\0\t\n', path: 'C:\\ud800' },
    proto: JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":1}'),
    protoBesides: { ...JSON.parse('{"__proto__":{"polluted":1}}'), e: 1n },
    long: { text: 'x'.repeat(1_000_000), key: { ['k'.repeat(70_000)]: 1 }, cut: 'x'.repeat(65_534) + '😀' },
    rows: { rows: Array.from({ length: 3000 }, (_, n) => ({ n, text: 'some text of a row', none: {} })) },
    deep: { deep, lessDeep },
    graph: { graph, after: { n: [1] } },
    doubled: { doubled, sparse: new Array(4e9), after: { n: [1] } },
    instances: { empty: new Uint8Array(2), money: new (class Money { #cents = 5; toString() { return `${this.#cents} cents`; } })() },
  };
  const returned = {};
  for (const [name, value] of Object.entries(values)) {
    returned[name] = posthog.capture(name, value);
    posthog.capture(`after ${name}`, { list: [{ name }], when: new Date(0) });
  }
  window.returned = returned;
  posthog.capture('last', { polluted: String({}.polluted) });
}

for (const mode of MODES) {
  test(`what can be kept of hostile input arrives, ${mode}`, async ({ page, site, demo, complaints }) => {
    await inMode(mode, page);
    await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
    await page.evaluate(() => void posthog.capture('first'));
    await captured(demo, 'first');
    await page.evaluate(captureValues);
    const events = (await captured(demo, 'last')).slice(1);
    const hostile = Object.fromEntries(events.map((event) => [event.event, event]));
    const wanted = {
      cyclic: { name: 'cyclic', self: '[Circular]', list: [1, '[Circular]', { deep: '[Circular]' }] },
      twice: { a: { n: 1 }, b: { n: 1 }, c: '1' },
      bigints: { id: '12345678901234567890', list: [{ n: '-1' }] },
      getter: { a: 1, deep: { b: '[Unserializable]', c: 2 }, list: ['[Unserializable]', 2] },
      functions: { a: undefined, b: undefined, list: [null, null, null, 1], c: '1' },
      toJSON: { a: '[Unserializable]', b: { c: 1 }, d: undefined },
      elements: { target: '[object HTMLDivElement]', list: ['[object HTMLBodyElement]'], page: '[object Window]', link: 'https://a.test/b' },
      proxies: { a: '[Unserializable]', b: '[Unserializable]', c: { x: 1 }, d: [1] },
      collections: { map: { a: 1, 2: ['x', { y: '1' }] }, set: [], weak: '[object WeakMap]', query: 'a=1' },
      errors: { error: 'TypeError: no such thing', pattern: '/x+/g', promise: '[object Promise]' },
      empty: { object: {}, list: [], bare: {}, own: {} },
      dates: { good: '1970-01-01T00:00:00.000Z', bad: null, list: ['2001-09-09T01:46:40.000Z'] },
      numbers: { nan: null, infinite: null, zero: 0, large: 2 ** 60 },
      holes: { list: [1, null, 3] },
      surrogates: { high: 'a\ufffd', low: '\ufffdb', pair: '😀', 'key\ufffd': 1, nul: '\0\t\n', path: 'C:\\ud800' },
      proto: { constructor: { prototype: { polluted: 1 } }, a: 1 },
      long: { text: 'x'.repeat(65_535), key: { ['k'.repeat(65_535)]: 1 }, cut: 'x'.repeat(65_534) + '\ufffd' },
      rows: { rows: Array.from({ length: 3000 }, (_, n) => ({ n, text: 'some text of a row', none: {} })) },
      graph: { after: { n: [1] } },
      doubled: { after: { n: [1] } },
      instances: { empty: { 0: 0, 1: 0 }, money: '5 cents' },
    };
    for (const [name, properties] of Object.entries(wanted)) {
      for (const [key, value] of Object.entries(properties)) expect.soft(hostile[name]?.[key], `${name}.${key}`).toEqual(value);
    }
    for (const name of ['proto', 'protoBesides']) {
      expect.soft(Object.getOwnPropertyDescriptor(JSON.parse(JSON.stringify(hostile[name])), '__proto__')?.value, name).toEqual({ polluted: 1 });
    }
    // Bounded, and what is left out is marked.
    const marked = (value) => JSON.stringify(value).includes('"[Truncated]"');
    for (const value of [hostile.deep.deep, hostile.deep.lessDeep, hostile.graph.graph, hostile.doubled.doubled, hostile.doubled.sparse]) {
      expect.soft(marked(value)).toBe(true);
      expect.soft(JSON.stringify(value).length).toBeLessThan(140_000);
    }
    // All neighbours, whole and in the order of their capture.
    const names = Object.keys(hostile).filter((name) => name !== 'last' && !name.startsWith('after '));
    expect(names.length).toBe(23);
    expect(events.map(({ event }) => event)).toEqual([...names.flatMap((name) => [name, `after ${name}`]), 'last']);
    for (const name of names) expect(hostile[`after ${name}`]).toMatchObject({ list: [{ name }], when: '1970-01-01T00:00:00.000Z' });
    expect(hostile.last.polluted).toBe('undefined');
    // The event that capture returns has such a key for its own, too; and half a pair, which a collector may repair, does not leave.
    const own = await page.evaluate(() => {
      const { proto, surrogates } = window.returned;
      return [Object.keys(proto.properties).includes('__proto__'), 'polluted' in proto.properties, surrogates.properties.high === 'a\ufffd'];
    });
    expect(own).toEqual([true, false, true]);
    expect(complaints).toEqual({ errors: [], warnings: [] });
  });
}

/** What pages do to what the SDK stands on. */
const PATCHES = {
  'toJSON for arrays and all else, as Prototype gave them': () => {
    const patch = (prototype, toJSON) => Object.defineProperty(prototype, 'toJSON', { value: toJSON, configurable: true, writable: true, enumerable: true });
    patch(Array.prototype, function () { return `[${this.join(', ')}]`; });
    patch(Date.prototype, function () { return `"${this.getUTCFullYear()}-01-01T00:00:00Z"`; });
    for (const { prototype } of [Object, String, Number, Boolean, Function]) patch(prototype, () => 'patched');
  },
  'toJSON for arrays alone': () => {
    Array.prototype.toJSON = function () { return `[${this.join(', ')}]`; };
  },
  'toJSON for dates alone': () => {
    Date.prototype.toJSON = function () { return `"${this.getUTCFullYear()}-01-01T00:00:00Z"`; };
  },
  'functions of their own in place of all that pages replace': () => {
    // They do the same, each in a way of its own: with a frame more, no name, and other `this`.
    const wrap = (object, names) => {
      for (const name of names) {
        const native = object[name];
        object[name] = function (...given) { return Reflect.apply(native, this, given); };
      }
    };
    wrap(JSON, ['stringify', 'parse']);
    wrap(Object, ['keys', 'entries', 'fromEntries', 'assign', 'values']);
    wrap(Array.prototype, ['map', 'filter', 'push', 'join', 'concat', 'includes', 'indexOf', 'slice', 'splice', 'shift', 'pop', 'forEach', 'find', 'reduce', 'keys']);
    wrap(String.prototype, ['split', 'replace', 'slice', 'trim', 'includes', 'startsWith', 'endsWith']);
    wrap(Function.prototype, ['bind']);
    wrap(window, ['fetch', 'setTimeout', 'clearTimeout', 'addEventListener']);
    wrap(Storage.prototype, ['getItem', 'setItem']);
    wrap(Promise.prototype, ['then']);
  },
  'members of all arrays and objects': () => {
    for (const prototype of [Array.prototype, Object.prototype]) {
      prototype.last = function () { return this[this.length - 1]; };
      prototype.extra = { toJSON: () => 'extra' };
    }
  },
  'zones': () => {
    // What zone.js puts in place of the browser's own: all tasks of a page, counted and run in a zone.
    window.zone = { tasks: 0 };
    const run = (task) => function (...given) {
      window.zone.tasks += 1;
      return typeof task === 'function' ? task.apply(this, given) : task?.handleEvent(...given);
    };
    for (const name of ['setTimeout', 'setInterval', 'queueMicrotask', 'requestAnimationFrame']) {
      const native = window[name];
      window[name] = function (task, ...more) { return native.call(this ?? window, run(task), ...more); };
    }
    const { addEventListener } = EventTarget.prototype;
    EventTarget.prototype.addEventListener = function (name, task, ...more) { return addEventListener.call(this ?? window, name, task && run(task), ...more); };
    const Native = Promise;
    class ZoneAwarePromise {
      static resolve(value) { return value instanceof ZoneAwarePromise ? value : new ZoneAwarePromise((resolve) => resolve(value)); }
      static reject(error) { return new ZoneAwarePromise((resolve, reject) => reject(error)); }
      constructor(work) { this.native = new Native(work); }
      then(done, failed) { return ZoneAwarePromise.resolve(this.native.then(done && run(done), failed && run(failed))); }
      catch(failed) { return this.then(null, failed); }
      finally(work) { return ZoneAwarePromise.resolve(this.native.finally(work)); }
    }
    for (const name of ['all', 'race', 'any', 'allSettled']) ZoneAwarePromise[name] = (list) => ZoneAwarePromise.resolve(Native[name](list));
    window.Promise = ZoneAwarePromise;
    const { fetch } = window;
    window.fetch = (...given) => ZoneAwarePromise.resolve(fetch(...given));
  },
};

/** Those that are only made good where the page makes them after the SDK was there. */
const LATER = {
  'a JSON that throws': () => {
    JSON.stringify = JSON.parse = () => { throw new Error('no JSON'); };
  },
  'Object methods that throw': () => {
    for (const name of ['keys', 'entries', 'fromEntries', 'values', 'assign']) Object[name] = () => { throw new Error(name); };
  },
};

/** Those that are known by a first try, where the page makes them before. */
const BEFORE = {
  'a JSON.stringify that writes lines': () => {
    const { stringify } = JSON;
    JSON.stringify = (value, replacer, space = '\t') => stringify(value, replacer, space);
  },
  'a JSON.stringify that leaves control characters': () => {
    const { stringify } = JSON;
    JSON.stringify = (value) => stringify(value)?.replace(/\\n/g, '\n').replace(/\\t/g, '\t').replace(/\\u0000/g, '\0');
  },
};

function captureAll() {
  posthog.capture('first', { list: [1, 'two', { three: [3] }], when: new Date(0), none: {}, f: () => 1, query: [['a', 'b']], lines: 'a\nb' });
  posthog.identify('user', { roles: ['admin', { since: new Date(0) }], n: 1 });
  posthog.capture('odd', { list: [1n, [new Date(0)]], map: new Map([['a', [1]]]), f: () => 1, half: '\ud800' });
  posthog.group('company', 'acme', { sites: ['a', 'b'] });
}

const when = '1970-01-01T00:00:00.000Z';

async function arrivesWhole(page, demo, complaints) {
  // What was captured before the patch is another matter.
  const events = (await captured(demo, '$groupidentify')).filter(({ event }) => event !== 'before');
  expect(events.map(({ event }) => event)).toEqual(['first', '$identify', 'odd', '$groupidentify']);
  const [first, identify, odd, group] = events;
  expect(first).toMatchObject({ list: [1, 'two', { three: [3] }], when, none: {}, query: [['a', 'b']], lines: expect.stringMatching(/^a\n?b$/), $pathname: '/' });
  expect(first).not.toHaveProperty('f');
  expect(identify.$set ?? (await demo.person('user')).properties).toMatchObject({ roles: ['admin', { since: when }], n: 1 });
  expect(odd).toMatchObject({ list: ['1', [when]], map: { a: [1] }, half: '\ufffd', distinct_id: 'user' });
  expect(odd).not.toHaveProperty('f');
  expect(group).toMatchObject({ $group_type: 'company', $group_key: 'acme', $group_set: { sites: ['a', 'b'] }, $session_id: first.$session_id });
  // What is stored is read again as it was.
  await page.reload();
  await page.evaluate(() => void posthog.capture('again'));
  const again = (await captured(demo, 'again')).at(-1);
  expect(again).toMatchObject({ event: 'again', distinct_id: 'user', $session_id: first.$session_id, $groups: { company: 'acme' } });
  expect(complaints).toEqual({ errors: [], warnings: [] });
}

for (const [named, patch] of Object.entries({ ...PATCHES, ...BEFORE })) {
  test(`${named}, given before, change nothing`, async ({ page, site, demo, complaints }) => {
    const script = (script) => `<script>(${script})()</script>`;
    await page.goto(site.page('/', { head: script(patch) + tag(demo.collector, { capture_pageview: false }), body: script(`() => {
      if (!sessionStorage.asked) posthog.push(${captureAll});
      sessionStorage.asked = true;
    }`) }));
    await arrivesWhole(page, demo, complaints);
  });
}

for (const [named, patch] of Object.entries({ ...PATCHES, ...LATER })) {
  test(`${named}, given after, change nothing`, async ({ page, site, demo, complaints }) => {
    await page.goto(site.page('/', { head: tag(demo.collector, { capture_pageview: false }) }));
    await page.evaluate(() => void posthog.capture('before'));
    await captured(demo, 'before');
    await page.evaluate(patch);
    await page.evaluate(captureAll);
    await arrivesWhole(page, demo, complaints);
  });
}
