// The wire between a page and the collector: passes every request on and keeps what went over
// it, byte for byte, preflights too; and can be cut, or fail as a server does. Never changes what passes.

import { createServer, request as forward } from 'node:http';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';

/** A page of another origin may read such an answer. */
const READABLE = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' };

export class Wire {
  /** All requests so far: `{method, url, headers, body}`, with the body as bytes. */
  requests = [];
  /** Gives what a request is answered with instead of being passed on, if anything, from its events: `{status, headers, body}`. */
  instead = null;
  /** Whether requests are taken and never answered. */
  silent = false;
  /** Whether the connection is dropped once the collector has taken a request. */
  drops = false;

  static async start(collector) {
    const wire = new Wire();
    wire.collector = new URL(collector);
    await wire.#listen(0);
    return wire;
  }

  async #listen(port) {
    this.server = createServer((request, response) => this.#pass(request, response));
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.address = `http://127.0.0.1:${this.port}`;
  }

  /** The events' requests, with their JSON. */
  get batches() {
    return this.requests.filter(({ method }) => method === 'POST').map((r) => ({ ...r, json: decoded(r.body) }));
  }

  /** The names of the events of each request, in the order of sending. */
  get sent() {
    return this.batches.map(({ json }) => json.batch.map((event) => event.event));
  }

  /** The events of all requests, in the order of sending. */
  get events() {
    return this.batches.flatMap(({ json }) => json.batch);
  }

  /** From now on connections are refused, as by a server that is down. */
  async cut() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** The server is there again, at the same address. */
  async mend() {
    await this.#listen(this.port);
  }

  async stop() {
    if (this.server.listening) await this.cut();
  }

  async #pass(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const { method, url, headers } = request;
    this.requests.push({ method, url, headers, body });
    if (this.silent) return;
    const instead = method === 'POST' && this.instead?.(decoded(body).batch);
    if (instead) {
      response.writeHead(instead.status, { ...READABLE, ...instead.headers }).end(instead.body);
      return;
    }
    const { hostname, port, host } = this.collector;
    const onward = forward({ hostname, port, method, path: url, headers: { ...headers, host } }, (answer) => {
      if (this.drops) {
        response.destroy();
        return;
      }
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  }
}

function decoded(body) {
  const zipped = body[0] === 0x1f && body[1] === 0x8b;
  return JSON.parse(zipped ? gunzipSync(body) : body);
}
