// Property values that a page could hand over by mistake or out of malice. Knows JavaScript alone.
// Runs in a page, so it names nothing outside itself.

/** Gives the values, as the source of a function for a page. */
export const VALUES = String(() => {
  const thrower = () => {
    throw new Error('from the page');
  };
  const cyclic = { name: 'cyclic' };
  cyclic.self = cyclic;
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  let deep = {};
  for (let depth = 0; depth < 10_000; depth += 1) deep = { deep };
  const own = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}}');
  return [
    cyclic,
    [cyclic, [cyclic]],
    10n,
    { big: 2n ** 70n },
    {
      get boom() {
        return thrower();
      },
    },
    () => 1,
    class A {},
    Symbol('s'),
    { [Symbol('key')]: 1 },
    document.body,
    document.getElementById('form'),
    window,
    new Event('click'),
    new Proxy({}, { get: thrower, ownKeys: thrower, has: thrower, getOwnPropertyDescriptor: thrower }),
    revoked.proxy,
    { toJSON: thrower },
    { toJSON: () => undefined },
    { toJSON: () => cyclic },
    { toString: thrower, valueOf: thrower },
    'x'.repeat(1_000_000),
    '\u0000'.repeat(50_000),
    '\ud800',
    { '\udfff': '\ud800x\udc00' },
    own,
    new Date(),
    new Date(NaN),
    new Map([['key', 1]]),
    new Set([1]),
    new WeakMap(),
    new Uint8Array(8),
    new ArrayBuffer(8),
    NaN,
    Infinity,
    -0,
    new Error('e'),
    /x/g,
    Promise.resolve(1),
    Object.create(null),
    Object.create({ inherited: 1 }),
    Array(3),
    deep,
    undefined,
    null,
  ];
});
