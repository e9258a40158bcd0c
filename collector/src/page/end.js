// What stands below the rows: how many there are, how far a search came, and the way on.
import { counted, element } from './element.js';

/**
 * `parts` are the elements `end`, `searched`, `older` and `count`; `most` is the number of
 * rows beyond which none are added; `beforeLink(moment)`: the address of what was before.
 */
export function createEnd({ parts, most, beforeLink, onOlder }) {
  const { end, searched, older, count } = parts;
  older.addEventListener('click', onOlder);

  return {
    /** `looked` is how many events a search looked into, null when that is no question; `searching`: it goes on. */
    render(rows, { more, searched: looked, searching }) {
      const full = rows.length >= most;
      end.hidden = !more;
      end.querySelector('a')?.remove();
      searched.textContent = looked === null ? '' : `${searching ? 'Searching:' : 'Searched'} the newest ${counted(looked, 'event')}${searching ? ' so far…' : '.'}`;
      older.textContent = looked === null ? 'Load older' : 'Search further';
      older.hidden = full || searching;
      if (!more || !full) return;
      const { timestamp } = rows[rows.length - 1];
      end.append(element('a', { href: beforeLink(timestamp) }, `Show events before ${timestamp}`));
    },
    count(n, noun, more) {
      count.textContent = `${more ? 'newest ' : ''}${counted(n, noun)}`;
    },
  };
}
