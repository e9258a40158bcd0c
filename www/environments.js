// Which of a site's environments a page belongs to. Knows hosts and patterns; nothing of what an
// environment is for.

/** How well a pattern fits: the longest best, and one without a wildcard better than those with one. */
function fit(pattern, { host, hostname }) {
    const wanted = pattern.trim().toLowerCase()
    // Only a pattern with a port asks for one.
    const found = /:\d+$/.test(wanted) ? host : hostname
    if (wanted == found) return 1e6 + wanted.length
    return wanted[0] == '*' && found.endsWith(wanted.slice(1)) ? wanted.length : 0
}

/** The environment whose `hosts` claim this page; none if several do equally. */
export function environmentAt(location, environments) {
    let best = 0
    let chosen
    for (const environment of Object.values(environments)) {
        for (const pattern of [].concat(environment?.hosts || [])) {
            const fitness = fit(pattern, location)
            if (fitness > best) {
                best = fitness
                chosen = environment
            } else if (fitness == best && chosen != environment) chosen = undefined
        }
    }
    return chosen
}
