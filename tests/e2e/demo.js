// The demo as a child process: its addresses, its collector's answers, and what is left of it.
// Knows `cargo xtask demo`'s command line and the lines that it prints. Never looks at a page.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { once } from 'node:events';

/** The keys of the demo's environments. */
export const KEYS = {
  dev: 'phc_backstitch_dev',
  staging: 'phc_backstitch_staging',
  prod: 'phc_backstitch_prod',
};

export class Demo {
  /**
   * Starts the demo on free ports, unless `args` name others, and waits until it has printed its addresses.
   * `args` are further options of the command, `env` further variables of its environment.
   */
  static async start(data, args = [], env = {}) {
    const program = process.env.BACKSTITCH_XTASK;
    if (!program) throw new Error('BACKSTITCH_XTASK is not set: run these tests by `cargo xtask test e2e`');
    const ports = ['--port', '--shop-port'].filter((option) => !args.includes(option)).flatMap((option) => [option, '0']);
    const fixed = ['demo', '--no-build', '--no-open', ...ports, '--data', data, '--stop-with-stdin'];
    // A process group of its own, so that what is left of it can be found; and an input that ends
    // with these tests, should they be killed.
    const child = spawn(program, [...fixed, ...args], { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const demo = new Demo(child);
    await demo.#ready();
    return demo;
  }

  constructor(child) {
    this.child = child;
    this.output = '';
    // Not `exit`: what it wrote last may come after that.
    this.exited = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += text;
        child.emit('heard');
      });
    }
  }

  async #ready() {
    while (!(this.shop = this.#address('shop')) || !(this.events = this.#address('events'))) {
      const [code] = await Promise.race([once(this.child, 'heard'), this.exited]);
      if (this.child.exitCode !== null) throw new Error(`the demo ended with ${code}:\n${this.output}`);
    }
    this.collector = new URL(this.events).origin;
  }

  #address(name) {
    // The line must be there in full before it is read.
    return new RegExp(`^${name} +(http://\\S+)\\n`, 'm').exec(this.output)?.[1];
  }

  /** What the collector's API answers, parsed. `query` may be a string or an object. */
  async api(path, query = {}) {
    const response = await fetch(`${this.collector}/api/${path}?${new URLSearchParams(query)}`);
    const body = await response.json();
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** The events of an environment, with the SDK's own, oldest first. */
  async stored(environment = 'dev') {
    const stored = [];
    const query = { internal: true, limit: 1000 };
    do {
      const { events, next } = await this.api(`${environment}/events`, query);
      stored.push(...events);
      query.cursor = next;
    } while (query.cursor !== null);
    return stored.reverse();
  }

  /** The names of all stored events, sorted. */
  async names(environment = 'dev') {
    return (await this.stored(environment)).map((event) => event.event).sort();
  }

  /** The person with that name, in full. */
  async person(name, environment = 'dev') {
    const { person } = (await this.stored(environment)).find((event) => event.person.name === name);
    return this.api(`${environment}/persons/${person.uuid}`);
  }

  /** Sends a signal and gives how it ended: `[code, signal]`. */
  async end(signal) {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.exited;
  }

  /** The processes of the demo that run still, as `{pid, name}`. */
  left() {
    return (existsSync('/proc/self/stat') ? processesOfLinux() : processesOfPs())
      .filter(({ group, state }) => group === this.child.pid && !state.startsWith('Z'))
      .map(({ pid, name }) => ({ pid, name }));
  }

  /** Whether anything accepts connections at an address of the demo. */
  async accepts(address) {
    const { hostname, port } = new URL(address);
    const socket = createConnection({ host: hostname, port: Number(port) });
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }
}

function processesOfLinux() {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        // The program's name stands in brackets and may itself hold any.
        const end = stat.lastIndexOf(')');
        const [state, , group] = stat.slice(end + 2).split(' ');
        return [{ pid: Number(pid), group: Number(group), state, name: stat.slice(stat.indexOf('(') + 1, end) }];
      } catch {
        return []; // It ended while it was looked at.
      }
    });
}

function processesOfPs() {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat=,comm='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, group, state, ...name] = line.trim().split(/\s+/);
    return { pid: Number(pid), group: Number(group), state, name: name.join(' ') };
  });
}
