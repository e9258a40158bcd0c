// The way from one run's pages to the collector, and all that can be wrong with it. Knows which
// events reached the collector, and how often. Never knows a client, and never changes what passes.

import { createServer, request as forward } from 'node:http';
import { EventEmitter, once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { eventsOf, isCompressed } from './batch.js';

/** What can be wrong with a server that is there; a server that is not there is `down()`. */
export const FAULTS = {
  /** It answers as a load balancer does for a server that is gone: without leave for other origins. */
  unavailable: ({ response }) => response.writeHead(503).end(),
  /** It asks for a pause, so that a page can read how long. */
  limited: (seconds) => ({ response }) => {
    const open = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After' };
    response.writeHead(429, { ...open, 'retry-after': seconds }).end();
  },
  /** So many times it takes a request, does what it asks, and is gone before it has answered. */
  dropped: (times) => {
    let left = times;
    return async ({ request, pass, heal }) => {
      if ((left -= 1) <= 0) heal();
      await pass();
      request.socket.destroy();
    };
  },
  /** It takes the request and does nothing. */
  hanging: () => {},
};

/** Emits `attempt` with the events of each request that asks to store some, and `reached` when the collector has answered it. */
export class FaultProxy extends EventEmitter {
  /** What is wrong; nothing if null. */
  fault = null;
  /** How many milliseconds each answer is on its way. */
  latency = 0;
  /** The requests with events: when each came, with what, whether compressed, and the collector's answer, if it came so far. */
  attempts = [];
  /** How often each event reached the collector, by its uuid. */
  reached = new Map();
  /** The events of which two attempts bore two timestamps, by their uuids. */
  moved = new Set();
  #timestamps = new Map();

  static async start(collector) {
    const proxy = new FaultProxy();
    proxy.setMaxListeners(0);
    proxy.collector = new URL(collector);
    await proxy.#listen(0);
    return proxy;
  }

  async #listen(port) {
    // Browsers keep connections: one that is closed under a request would be a fault of its own.
    this.server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => this.#take(request, response));
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.address = `http://127.0.0.1:${this.port}`;
  }

  /** From now on connections are refused. */
  async down() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  /** The server is there again, at the same address. */
  up() {
    return this.#listen(this.port);
  }

  /** How many events reached the collector once more than they had to. */
  get copies() {
    return [...this.reached.values()].reduce((sum, times) => sum + times - 1, 0);
  }

  async stop() {
    if (this.server.listening) await this.down();
  }

  async #take(request, response) {
    const body = await whole(request);
    // Cut off on its way here: no server would have taken it.
    if (!body) return;
    const events = request.method === 'POST' ? eventsOf(body) : [];
    const attempt = { at: Date.now(), events, compressed: isCompressed(body), status: null };
    if (events.length) {
      this.attempts.push(attempt);
      for (const { uuid, timestamp } of events) {
        if (this.#timestamps.has(uuid) && this.#timestamps.get(uuid) !== timestamp) this.moved.add(uuid);
        this.#timestamps.set(uuid, timestamp);
      }
      this.emit('attempt', events);
    }
    const pass = () => this.#forward(request, body, attempt);
    // A preflight is answered by what stands before a server.
    if (this.fault && request.method !== 'OPTIONS') {
      await this.fault({ request, response, pass, heal: () => (this.fault = null) });
      return;
    }
    const answer = await pass();
    if (!answer) return void request.socket.destroy();
    if (this.latency) await after(this.latency);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /** The collector's answer; nothing if there is none. */
  async #forward({ method, url, headers }, body, attempt) {
    const { hostname, port, host } = this.collector;
    const onward = forward({ hostname, port, method, path: url, headers: { ...headers, host } });
    onward.end(body);
    try {
      const [answer] = await once(onward, 'response');
      // What it refuses as a whole, it has nothing of.
      attempt.status = answer.statusCode;
      if (answer.statusCode < 300) this.#count(attempt.events);
      return { status: answer.statusCode, headers: answer.headers, body: await whole(answer) };
    } catch {
      return undefined;
    }
  }

  #count(events) {
    for (const { uuid } of events) this.reached.set(uuid, (this.reached.get(uuid) ?? 0) + 1);
    this.emit('reached', events);
  }
}

async function whole(message) {
  const parts = [];
  try {
    for await (const part of message) parts.push(part);
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}
