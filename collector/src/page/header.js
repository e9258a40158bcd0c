// The head of the page and its title: which environment and which view the reader is in,
// and the ways to the others.
import { writeAddress } from './address.js';
import { element } from './element.js';

/** `parts` are the elements `environments`, `home` and `refusals`; `fresh(changes)` gives the address of a view without filters. */
export function createHeader({ parts, fresh }) {
  return {
    /** `known` are the environments there are. */
    render(state, known) {
      const links = known.map(({ name }) =>
        element('a', {
          // A person and an event belong to one environment; the other filters carry over.
          href: writeAddress({ ...state, environment: name, person: null, details: null }),
          'aria-current': name === state.environment ? 'page' : null,
        }, name),
      );
      parts.environments.replaceChildren(...links);
      parts.home.setAttribute('href', fresh({}));
      const inRefusals = state.view === 'refusals';
      parts.refusals.setAttribute('href', inRefusals ? fresh({}) : fresh({ view: 'refusals' }));
      if (inRefusals) parts.refusals.setAttribute('aria-current', 'page');
      else parts.refusals.removeAttribute('aria-current');
    },
    /** `person` is what the person shown is called, null where none is. */
    title(state, person) {
      const what = state.view === 'refusals' ? 'Refusals' : (person ?? 'Events');
      document.title = `${what} · ${state.environment} · Backstitch`;
    },
  };
}
