// All that can go wrong, in the order of the table. Knows the names alone.

import { DEPARTURES } from './departures.js';
import { KILLS } from './kills.js';
import { OUTAGES } from './outages.js';
import { PAGES } from './pages.js';

export const SCENARIOS = [...KILLS, ...DEPARTURES, ...OUTAGES, ...PAGES];
