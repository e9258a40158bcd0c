// What came of all runs, as a table for people: each scenario in a line, ours beside posthog-js.
// Knows numbers and columns. Never knows what a scenario does.

const COLUMNS = ['captured', 'stored', 'lost', 'copies'];

/** The results of one client in one row, added up; `losing` of the `runs` lost something. */
export function sum(results, names) {
  const total = (name) => results.reduce((all, result) => all + result[name], 0);
  const totals = Object.fromEntries(names.map((name) => [name, total(name)]));
  return { ...totals, runs: results.length, losing: results.filter(({ lost }) => lost > 0).length };
}

/** The table; `rows` are `{name, sums}` with one sum for each client, or none where it was not tried. */
export function table(clients, rows) {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const group = COLUMNS.map((name) => name.padStart(8)).join(' ');
  const line = (name, cells) => [name.padEnd(width), ...cells].join('  ').trimEnd();
  const numbers = (sums) => COLUMNS.map((name) => String(sums?.[name] ?? '').padStart(8)).join(' ');
  return [
    line('', clients.map(({ name }) => name.padStart(group.length))),
    line('', clients.map(() => group)),
    ...rows.map(({ name, sums }) => line(name, clients.map((_, at) => numbers(sums[at])))),
  ].join('\n');
}

/** The window in which a kill takes something: in how many runs of each client, and how much. */
export function kills(clients, rows) {
  const said = ({ lost, captured, losing, runs }) => `lost ${lost} of ${captured}, in ${losing} of ${runs}`;
  return rows.map(({ name, sums }) => `${name}: ${clients.map((client, at) => `${client.name} ${said(sums[at])}`).join('; ')}`).join('\n');
}
