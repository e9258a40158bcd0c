// What a page captures, asserted on where it arrives. The environment names the programs:
// COLLECTOR (else `backstitch-collector` on the PATH), SDK (the folder of Backstitch's script, else
// pkg/dist of this repository) and CHROME (else the Chromium that Playwright has installed).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { Collector } from './collector.js';

const HERE = import.meta.dirname;
const { COLLECTOR = 'backstitch-collector', SDK = join(HERE, '..', '..', 'pkg', 'dist'), CHROME } = process.env;

let browser, collector, site, address;

before(async () => {
  collector = await Collector.start(COLLECTOR, SDK, 'phc_ci');
  const html = await readFile(join(HERE, 'page', 'index.html'), 'utf8');
  site = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(html.replaceAll('{{api_host}}', collector.address));
  });
  await once(site.listen(0, '127.0.0.1'), 'listening');
  address = `http://127.0.0.1:${site.address().port}/`;
  // A CI job often runs as root, which Chromium's sandbox does not.
  browser = await chromium.launch({ executablePath: CHROME, chromiumSandbox: process.getuid?.() !== 0 });
});

after(async () => {
  await browser?.close();
  site?.close();
  site?.closeAllConnections();
  await collector?.stop();
});

test('who signs up is one person, with what they did before', async () => {
  const page = await browser.newPage();
  await page.goto(address);
  await page.click('#sign-up');

  const [signedUp] = await collector.events(1, { event: 'signed_up' });
  assert.equal(signedUp.distinct_id, 'user_123');
  assert.equal(signedUp.properties.plan, 'pro');

  const [pageview] = await collector.events(1, { event: '$pageview', internal: true });
  assert.notEqual(pageview.distinct_id, 'user_123');
  assert.equal(pageview.person.uuid, signedUp.person.uuid);
});
