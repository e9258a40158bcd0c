// The chart's legend: which colour is whose, and how many there are. A name keeps its
// colour while it is shown, however the order changes.
import { element } from './element.js';

/** The colours there are; those that are not among the most frequent share one more. */
const COLOURS = 8;
const OTHERS = 'rest';

/** `eventLink(name)`: the address that shows that event alone. */
export function createLegend({ list, eventLink }) {
  let colours = new Map();

  function choose(names) {
    const kept = new Map([...colours].filter(([name]) => names.includes(name)));
    const free = Array.from({ length: COLOURS }, (_, at) => at).filter((at) => ![...kept.values()].includes(at));
    for (const name of names) if (!kept.has(name)) kept.set(name, free.shift() ?? OTHERS);
    colours = kept;
  }

  return {
    /** Shows these counts; answers the place of each one's colour. */
    render(counts) {
      choose(counts.map(({ event }) => event).filter((event) => event !== null));
      const places = counts.map(({ event }) => (event === null ? OTHERS : colours.get(event)));
      list.replaceChildren(
        ...counts.map(({ event, total }, at) => {
          const name = event === null ? element('span', { class: 'legend-name' }, 'other names') : element('a', { class: 'legend-name', href: eventLink(event), title: `Show only ${event}` }, event);
          return element('li', {}, element('span', { class: `swatch series-${places[at]}`, 'aria-hidden': 'true' }), name, element('span', { class: 'aside' }, total.toLocaleString('en')));
        }),
      );
      return places;
    },
    /** The same as a sentence. */
    text: (counts) => `${counts.map(({ event, total }) => `${event ?? 'other names'} ${total.toLocaleString('en')}`).join(', ')}.`,
    /** Other events follow: colours are given anew. */
    clear() {
      colours = new Map();
    },
  };
}
