// Says spans of time, and where an axis of times has its marks. UTC, as all times here.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MARKS = [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];

/** `5 minutes`, `1 hour`, `7 days`. */
export function spanText(seconds) {
  const [unit, name] = seconds >= DAY ? [DAY, 'day'] : seconds >= HOUR ? [HOUR, 'hour'] : [MINUTE, 'minute'];
  const count = seconds / unit;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/**
 * The marks of an axis of `steps` steps from an ISO time on, `most` at most: `{at, text}`,
 * `at` in steps, at round times.
 */
export function ticks(from, stepSeconds, steps, most) {
  const start = Date.parse(from) / 1000;
  const length = steps * stepSeconds;
  const mark = MARKS.find((seconds) => length / seconds <= most) ?? length / most;
  const found = [];
  let day = null;
  for (let time = Math.ceil(start / mark) * mark; time < start + length; time += mark) {
    const at = (time - start) / stepSeconds;
    // At the end there is no room for its text.
    if (at > steps * 0.95) break;
    const iso = new Date(time * 1000).toISOString();
    const [date, clock] = [iso.slice(0, 10), iso.slice(11, 16)];
    found.push({ at, text: mark >= DAY ? date : date === day ? clock : `${date.slice(5)} ${clock}` });
    day = date;
  }
  return found;
}
