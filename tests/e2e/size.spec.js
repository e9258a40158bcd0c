// The size gate: all that a page fetches before its first event and in its first 30 seconds, as
// a real browser fetches it, and the memory that the core takes.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { expect, KEYS, tag, test } from './fixtures.js';

/** Bytes of brotli allowed in all, for each form. */
const LIMIT = 24_000;
/** Pages of 64 KiB of wasm memory allowed after `init`. */
const MEMORY_LIMIT = 3;

const FORMS = {
  'script tag': (host) => tag(host),
  'ES module': (host) =>
    `<script type="module">import posthog from '/dist/index.js'; posthog.init('${KEYS.dev}', { api_host: '${host}' });</script>`,
};

test('what a page fetches, and the memory it takes, keep within their limits', async ({ browser, site, demo }) => {
  const forms = [];
  for (const [name, head] of Object.entries(FORMS)) {
    // A context of its own is a cold cache.
    const context = await browser.newContext();
    forms.push({ name, ...(await measured(await context.newPage(), site, demo, head(demo.collector))) });
    await context.close();
  }
  mkdirSync(process.env.BACKSTITCH_OUT, { recursive: true });
  const report = { limit: LIMIT, memory_limit: MEMORY_LIMIT, forms };
  writeFileSync(join(process.env.BACKSTITCH_OUT, 'size.json'), JSON.stringify(report));

  for (const { name, files, memory_pages } of forms) {
    expect(files.length, `files that the ${name} fetches`).toBeGreaterThan(0);
    expect(files.reduce((sum, file) => sum + file.brotli, 0), `bytes that the ${name} fetches`).toBeLessThanOrEqual(LIMIT);
    expect(memory_pages, `pages of memory that the ${name} takes`).toBeLessThanOrEqual(MEMORY_LIMIT);
    expect(memory_pages).toBeGreaterThan(0);
  }
});

async function measured(page, site, demo, head) {
  await page.clock.install();
  await page.addInitScript(keepInstances);
  const files = [];
  let sent = false;
  page.on('request', (request) => (sent ||= request.method() === 'POST'));
  page.on('request', (request) => {
    const ours = request.method() === 'GET' && !request.isNavigationRequest();
    if (ours) files.push({ request, before_first_event: !sent });
  });
  const first = page.waitForRequest((request) => request.method() === 'POST');
  await page.goto(site.page('/', { head }));
  await page.clock.runFor(100);
  await first;
  const memory_pages = await page.evaluate(() => window.wasmInstances.reduce((sum, { exports }) => sum + exports.memory.buffer.byteLength / 65_536, 0));
  await page.clock.runFor(30_000);
  const sizes = await Promise.all(
    files.map(async ({ request, before_first_event }) => {
      const body = await (await request.response()).body();
      return { name: new URL(request.url()).pathname, before_first_event, ...compressed(body) };
    }),
  );
  return { files: sizes, memory_pages };
}

/** Keeps every wasm instance that the page makes, in whichever way. */
function keepInstances() {
  window.wasmInstances = [];
  const keep = (instance) => (window.wasmInstances.push(instance), instance);
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct: (target, args) => keep(new target(...args)),
  });
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate(...args);
    keep(made.instance ?? made);
    return made;
  };
}

function compressed(body) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  return {
    raw: body.length,
    gzip: gzipSync(body, { level: 9 }).length,
    brotli: brotliCompressSync(body, { params }).length,
  };
}
