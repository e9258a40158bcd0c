// The filter form: shows what the address says, and says what the reader changed. Keeps
// no state of its own.
import { findPerson, names, ApiError } from './api.js';
import { isFiltered, NO_FILTER } from './address.js';
import { element } from './element.js';
import { fromInput, toInput } from './time.js';

/**
 * `onChange(changes, {replace})`: parts of the address's state to put in place of what they
 * were; `replace` where this goes on with the change before it. `statusLink(status)`: the
 * address that shows events of that status; null for all.
 */
export function createFilters({ form, statusLink, onChange }) {
  const field = (id) => form.querySelector(`#${id}`);
  const eventInput = field('filter-event');
  const idInput = field('filter-distinct-id');
  const personInput = field('filter-person');
  const textInput = field('filter-text');
  const afterInput = field('filter-after');
  const beforeInput = field('filter-before');
  const internalInput = field('filter-internal');
  const problem = field('filter-problem');
  const chips = field('chips');
  const options = field('event-names');
  const statuses = [...form.querySelectorAll('[data-status]')];
  let state = null;
  // The person of the address, once their name is known.
  let named = null;

  function addEvent() {
    const name = eventInput.value.trim();
    eventInput.value = '';
    if (name && !state.events.includes(name)) onChange({ events: [...state.events, name] });
  }

  form.addEventListener('submit', (event) => event.preventDefault());
  eventInput.addEventListener('change', addEvent);
  eventInput.addEventListener('keydown', (event) => event.key === 'Enter' && addEvent());
  eventInput.addEventListener('input', (event) => {
    // A pick from the list is whole; what is typed is whole at Enter.
    if (event.inputType === 'insertReplacementText' || event.inputType === undefined) addEvent();
  });
  eventInput.addEventListener('focus', loadNames);
  idInput.addEventListener('change', () => onChange({ distinctId: idInput.value || null }));
  textInput.addEventListener('change', () => onChange({ text: textInput.value.trim() || null }));
  personInput.addEventListener('change', choosePerson);
  // What found nobody has not changed, and may be tried again.
  personInput.addEventListener('keydown', (event) => event.key === 'Enter' && !problem.hidden && choosePerson());
  listenToTime(afterInput, 'after');
  listenToTime(beforeInput, 'before');
  internalInput.addEventListener('change', () => onChange({ internal: internalInput.checked }));
  field('from-now').addEventListener('click', () => onChange({ after: new Date().toISOString(), before: null }));

  async function choosePerson() {
    const text = personInput.value.trim();
    showProblem(null);
    if (text === '') return onChange({ person: null });
    const { environment } = state;
    // Whether the reader has gone on meanwhile: then the answer is nobody's.
    const isOver = () => environment !== state.environment || text !== personInput.value.trim();
    try {
      const person = await findPerson(environment, text);
      if (isOver()) return;
      if (person === null) showProblem(`No person of ${environment} has the name, distinct_id or uuid “${text}”.`);
      else if (person === state.person) showPerson();
      else onChange({ person });
    } catch (error) {
      if (!isOver()) showProblem(error instanceof ApiError ? error.message : 'The collector does not answer; press Enter to try again.');
    }
  }

  function showPerson() {
    personInput.value = (named?.uuid === state.person ? named?.name : null) ?? state.person ?? '';
    personInput.classList.toggle('in-use', personInput.value !== '');
  }

  function showProblem(message) {
    problem.hidden = message === null;
    problem.textContent = message ?? '';
    personInput.setAttribute('aria-invalid', String(message !== null));
  }

  // A time is complete, and changes, with every digit typed: one visit to the field is one
  // step of the history.
  function listenToTime(input, name) {
    let going = false;
    input.addEventListener('focus', () => (going = false));
    input.addEventListener('change', () => {
      onChange({ [name]: fromInput(input.value) }, { replace: going });
      going = true;
    });
  }

  // Never sets what is there already: that would move the caret of who is typing.
  function showTime(input, iso) {
    const text = toInput(iso);
    if (toInput(fromInput(input.value)) !== text) input.value = text;
  }

  async function loadNames() {
    const { environment } = state;
    try {
      const found = await names(environment);
      if (environment !== state.environment) return;
      options.replaceChildren(...found.map(({ event, count }) => element('option', { value: event, label: `${event} (${count.toLocaleString('en')})` })));
    } catch {
      // Suggestions only: without them any name can still be typed.
    }
  }

  function chip(name) {
    const remove = () => onChange({ events: state.events.filter((other) => other !== name) });
    return element('button', { type: 'button', class: 'chip', 'aria-label': `Remove the filter for event ${name}`, onclick: remove }, name, element('span', { 'aria-hidden': 'true' }, ' ×'));
  }

  function clear() {
    onChange(NO_FILTER);
  }

  return {
    render(next) {
      const moved = state?.environment !== next.environment;
      state = next;
      showProblem(null);
      showPerson();
      if (moved) options.replaceChildren();
      idInput.value = next.distinctId ?? '';
      textInput.value = next.text ?? '';
      showTime(afterInput, next.after);
      showTime(beforeInput, next.before);
      internalInput.checked = next.internal;
      for (const input of [idInput, textInput, afterInput, beforeInput]) input.classList.toggle('in-use', input.value !== '');
      for (const link of statuses) {
        const status = link.dataset.status || null;
        link.setAttribute('href', statusLink(status));
        if (status === next.status) link.setAttribute('aria-current', 'true');
        else link.removeAttribute('aria-current');
      }
      chips.replaceChildren(...next.events.map(chip));
      if (isFiltered(next)) chips.append(element('button', { type: 'button', class: 'quiet', 'data-testid': 'clear-filters', onclick: clear }, 'Clear filters'));
      chips.hidden = chips.childElementCount === 0;
    },
    /** Says what the person of this uuid is called: their name stands in the field then. */
    namePerson({ uuid, name }) {
      named = { uuid, name };
      if (state?.person === uuid && personInput.value === uuid) showPerson();
    },
    focus() {
      eventInput.focus();
      eventInput.select();
    },
  };
}
