// Says times: UTC as the collector stores them, and the reader's own time beside it.
import { element } from './element.js';

// Made once: to make one costs more than to fill a table by it.
const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/**
 * A `<time>` whose text is exactly the ISO time; date, clock and zone are marked so that
 * the stylesheet can set them apart. Text of another shape stands as it is.
 */
export function timeElement(iso) {
  const parts = /^(\d{4}-\d{2}-\d{2})(T)(\d{2}:\d{2}:\d{2})(\.\d+)?(Z)$/.exec(iso);
  if (!parts) return element('time', {}, iso);
  const [, date, t, clock, fraction, zone] = parts;
  return element(
    'time',
    { datetime: iso, title: localTime(iso) },
    element('span', { class: 'time-date' }, date),
    element('span', { class: 'time-t' }, t),
    element('span', { class: 'time-clock' }, clock),
    element('span', { class: 'time-rest' }, (fraction ?? '') + zone),
  );
}

/** The reader's own time, with its zone. */
export function localTime(iso) {
  return LOCAL.format(new Date(iso));
}

/** The value for a `datetime-local` input, read as UTC; empty where there is no such time. */
export function toInput(iso) {
  const time = iso === null ? NaN : Date.parse(iso);
  return Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 19);
}

/** The ISO time of a `datetime-local` input's value, read as UTC; null where it is none. */
export function fromInput(value) {
  const time = Date.parse(`${value}Z`);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
