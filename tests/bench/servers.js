// What a measured page talks to: a site with its scripts, and a collector on another origin that
// answers at once and counts what arrives. Never looks at what an event says but its uuid.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A page is alone in its process, so that its clock shows more than tenths of milliseconds. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** What PostHog's server, too, tells posthog-js of itself: it takes gzip. */
const REMOTE_CONFIG = JSON.stringify({ supportedCompression: ['gzip-js'] });

const started = async (handler) => {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
};

/** Serves `scripts`, paths of files by their names, and a page for each, which loads it as it has to be: `pages` by their names. */
export async function site(scripts, pages) {
  return started((request, response) => {
    const name = request.url.slice(1);
    if (scripts[name]) response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(scripts[name]));
    else if (pages[name]) response.writeHead(200, { 'content-type': 'text/html', ...ISOLATED }).end(`<!doctype html>\n<title>A page</title>\n${pages[name]}\n`);
    else response.writeHead(404).end();
  });
}

/** Takes events as the collector does, and counts. */
export class Counter {
  #uuids = new Set();
  #arrived = [];
  #sockets = new Set();
  #closed = 0;
  #requests = 0;
  #bodies = 0;

  static async start() {
    const counter = new Counter();
    Object.assign(counter, await started((request, response) => counter.#take(request, response)));
    counter.server.on('connection', (socket) => {
      counter.#sockets.add(socket);
      socket.on('close', () => {
        counter.#sockets.delete(socket);
        counter.#closed += socket.bytesRead;
      });
    });
    return counter;
  }

  /** The count so far: different events, requests, the bytes of their bodies, and all bytes with what HTTP adds. */
  get count() {
    const open = [...this.#sockets].reduce((sum, socket) => sum + socket.bytesRead, 0);
    return { events: this.#uuids.size, requests: this.#requests, bodies: this.#bodies, bytes: this.#closed + open };
  }

  /** Waits until so many different events have arrived, at most so long; says whether they have. */
  async arrived(events, milliseconds) {
    if (this.#uuids.size >= events) return true;
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds, false)));
    const there = new Promise((resolve) => this.#arrived.push({ events, resolve }));
    const result = await Promise.race([there, late]);
    clearTimeout(timer);
    return result;
  }

  async #take(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const headers = { 'content-type': 'application/json', 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
    this.#requests += 1;
    this.#bodies += body.length;
    if (request.method !== 'POST') return response.writeHead(200, headers).end(REMOTE_CONFIG);
    for (const { uuid } of eventsOf(body)) this.#uuids.add(uuid);
    response.writeHead(200, headers).end('{"status":1}');
    for (const waiting of this.#arrived) if (this.#uuids.size >= waiting.events) waiting.resolve(true);
  }
}

/** The events of a request, in either client's form. */
function eventsOf(body) {
  const zipped = body[0] === 0x1f && body[1] === 0x8b;
  const json = JSON.parse(zipped ? gunzipSync(body) : body);
  return json.batch ?? [json].flat();
}
