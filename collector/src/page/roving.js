// Keeps the row the keyboard is at: the links of one row alone are in the order of Tab,
// and j and k move from row to row. Knows nothing of what stands in a row.

/**
 * `bodies` are the table bodies, in the order the keyboard walks them; `main` selects a
 * row's link that takes the focus.
 */
export function createRoving({ bodies, main }) {
  let current = null;

  const rows = () => bodies.flatMap((body) => [...body.rows]);

  function setCurrent(tr, focus) {
    if (current !== null && current !== tr) for (const link of current.querySelectorAll('a')) link.tabIndex = -1;
    current = tr;
    if (tr === null) return;
    for (const link of tr.querySelectorAll('a')) link.tabIndex = 0;
    if (focus) {
      tr.querySelector(main).focus({ preventScroll: true });
      tr.scrollIntoView({ block: 'nearest' });
    }
  }

  for (const body of bodies) body.addEventListener('focusin', (event) => setCurrent(event.target.closest('tr'), false));

  return {
    /** Whether the focus is in the keyboard's row. */
    hasFocus: () => current !== null && current.contains(document.activeElement),

    /** After rows came and went: the keyboard needs a row that is there. What is in sight stays. */
    settle(hadFocus) {
      if (current !== null && current.isConnected) return;
      setCurrent(rows()[0] ?? null, false);
      if (hadFocus) current?.querySelector(main).focus({ preventScroll: true });
    },

    /** Marks the row whose details are open; null for none. */
    markOpen(tr) {
      for (const body of bodies) body.querySelector('tr[aria-current]')?.removeAttribute('aria-current');
      if (tr === null) return;
      tr.setAttribute('aria-current', 'true');
      if (!tr.contains(document.activeElement)) setCurrent(tr, false);
    },

    /** Moves the keyboard by rows and focuses where it lands; answers that row, or null. */
    move(step) {
      const all = rows();
      if (all.length === 0) return null;
      const within = current?.contains(document.activeElement) || current?.hasAttribute('aria-current');
      const at = within ? all.indexOf(current) : -1;
      const to = Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step));
      setCurrent(all[to], true);
      return all[to];
    },

    /** Gives the keyboard back to the row it was at. */
    focus() {
      if (current !== null) setCurrent(current, true);
    },
  };
}
