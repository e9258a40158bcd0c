// Runs every scenario as often as asked, with both clients in turn, prints the table, and fails if
// ours lost or copied what it may not. `cargo xtask faults` starts it and names the programs.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Collector } from '../clients/collector.js';
import { Program } from '../e2e/browsers/puppeteer.js';
import { OURS, POSTHOG_JS } from './client.js';
import { Run } from './run.js';
import { SCENARIOS } from './scenarios.js';
import { Stage } from './stage.js';
import { kills, sum, table } from './table.js';

/** How many runs act at the same time: as many as the machine has cores at the least. */
const ACTING = 2;
/** How many runs are under way that share a browser, and that have one of their own. */
const SHARING = 36;
const ALONE = 12;

const CLIENTS = [OURS, POSTHOG_JS];

/**
 * What may be wrong with events, as a run counts it: `twice` are stored twice, `moved` have two
 * timestamps, `unordered` came after a later one.
 */
const WRONGS = ['lost', 'copies', 'threw', 'twice', 'moved', 'unordered'];

const { values: asked } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '10' },
    only: { type: 'string', multiple: true, default: [] },
    engine: { type: 'string', default: 'chromium' },
    /** Further options for our `init`, as JSON. */
    options: { type: 'string', default: '{}' },
    /** Tell the requests of every run, not only of ours that lost or copied. */
    trace: { type: 'boolean', default: false },
  },
});

// Puppeteer ends its browsers when this process exits, and only then.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const folder = await mkdtemp(join(tmpdir(), 'backstitch-faults-'));
try {
  process.exitCode = (await compare(folder)) ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, maxRetries: 5 });
}

/** Whether ours kept its word. */
async function compare(folder) {
  const { engine } = asked;
  const scenarios = SCENARIOS.filter(
    ({ name, firefox }) => (engine === 'chromium' || firefox) && (!asked.only.length || asked.only.some((part) => name.includes(part))),
  );
  if (!scenarios.length) throw new Error(`no scenario is called so; there are:\n${SCENARIOS.map(({ name }) => name).join('\n')}`);
  const collector = await Collector.start(folder);
  const program = await Program.start(engine);
  try {
    const failures = [];
    const rowsOf = (scenarios, underWay) => {
      const world = { collector, engine, program, stage: new Stage(ACTING), folder };
      return Promise.all(scenarios.map(row(world, new Stage(underWay), failures)));
    };
    // A browser is killed in a moment that counts: the others wait with theirs.
    const [alone, sharing] = [true, false].map((own) => scenarios.filter(({ ownBrowser = false }) => ownBrowser === own));
    const rows = [...(await rowsOf(alone, ALONE)), ...(await rowsOf(sharing, engine === 'firefox' ? ALONE : SHARING))];
    console.log(`${engine}, ${asked.repetitions} repetitions`);
    console.log(table(CLIENTS, rows));
    const excused = rows.filter(({ scenario }) => scenario.excused);
    if (excused.length) console.log(`\n${kills(CLIENTS, excused)}`);
    const broken = [...rows.flatMap(({ scenario, sums: [ours] }) => broke(scenario, ours)), ...failures];
    for (const line of broken) console.log(`FAILED: ${line}`);
    return !broken.length;
  } finally {
    await program.stop();
    await collector.stop();
  }
}

/** Runs a scenario with every client, and gives its row; a run that could not be done is a failure. */
function row(world, underWay, failures) {
  return async (scenario) => {
    // Options of ours are none of others.
    const clients = scenario.options ? [OURS] : CLIENTS;
    const results = clients.map(() => []);
    const repeat = async (client, at, repetition) => {
      await underWay.enter();
      try {
        results[at].push(await once(world, scenario, client, repetition));
      } catch (error) {
        failures.push(`${scenario.name}, ${client.name}, ${repetition}: ${error.stack}`);
      } finally {
        underWay.leave();
      }
    };
    const repetitions = Array.from({ length: Number(asked.repetitions) }, (_, at) => at + 1);
    await Promise.all(repetitions.flatMap((repetition) => clients.map((client, at) => repeat(client, at, repetition))));
    return { name: scenario.name, scenario, sums: results.map((of) => sum(of, ['captured', 'stored', ...WRONGS])) };
  };
}

async function once(world, scenario, client, repetition) {
  const ours = client === OURS;
  await world.stage.enter();
  let run;
  try {
    run = await Run.start(world, scenario, client, repetition, ours ? { ...JSON.parse(asked.options), ...scenario.options } : {});
    const result = await run.result();
    const wrong = Object.entries(result).filter(([name, count]) => WRONGS.includes(name) && count);
    if (asked.trace || (ours && wrong.length)) {
      console.error(`${client.name}, ${scenario.name}, ${repetition}: ${wrong.map(([name, count]) => `${count} ${name}`).join(', ')}`);
      for (const line of [`missing: ${result.missing}`, ...result.history]) console.error(`    ${line}`);
    }
    return result;
  } finally {
    await run?.stop();
    world.stage.leave();
  }
}

/** What ours may not do in a scenario, and did. */
function broke({ name, excused, healthy }, sums) {
  const forgiven = [excused && 'lost', !healthy && 'copies'];
  return WRONGS.filter((wrong) => sums[wrong] && !forgiven.includes(wrong)).map((wrong) => `${name}: ${sums[wrong]} ${wrong}`);
}
