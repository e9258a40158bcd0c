// What the snippet left while the script was on its way: an array that noted
// calls. Knows its shape, which is PostHog's, so that PostHog's own snippet
// serves as well.

/** The stub of that name on the page, if there is one. */
export const stubAt = (name) => {
    const stub = globalThis[name]
    return Array.isArray(stub) && stub._i ? stub : undefined
}

/** Makes the calls that the stub noted, in their order. */
export function replay(stub, instance) {
    for (const [token, config, name] of stub._i) {
        const live = instance.init(token, config, name)
        for (const call of live == instance ? stub : stub[name] || []) live.push(call)
    }
}
