// All that can go wrong, in the order of the table. Knows the names alone.

import { DEPARTURES } from './departures.js';
import { KILLS } from './kills.js';
import { OUTAGES } from './outages.js';
import { PAGES } from './pages.js';

/** The same once more for ours, where what a dying page handed over is always sent again: what that costs in copies. */
const always = (scenario) => ({
  ...scenario,
  name: `${scenario.name}, resend: 'always'`,
  options: { outbox: { resend: 'always' } },
  healthy: false,
});

export const SCENARIOS = [...KILLS, ...DEPARTURES, ...OUTAGES, ...PAGES].flatMap((scenario) =>
  scenario.decides ? [scenario, always(scenario)] : [scenario],
);
