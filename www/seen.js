// What the browser keeps of the visitor, as this page has seen it last: other tabs and pages write it,
// too. Knows how its records are read; never what the core makes of them.

import { page } from './effects.js'
import { cleanText, membersOf, objectText, parse } from './text.js'

let run = 0
let ends

/** A number for what runs now of the page's code, up to its end, or to the next write of ours: within it nobody else can have written. */
export function thisRun() {
    ends ||= Promise.resolve().then(() => {
        ends = 0
        wrote()
    })
    return run
}

/** Something was written by a call: other instances may want to know. */
export const wrote = () => run++

/** Reads the records anew; whether they say something else than was seen last. */
export function look(seen, kept) {
    const before = String(seen)
    kept.renew()
    for (const record of kept.common) seen[record] = kept.read(record)
    return before != seen
}

/** What stands for a text of which the core reads what it can: in JSON there is no break within a string. */
export const oneLine = (text) => text.replace(/[\0-\x1f]/g, ' ')

/** An event that was kept; 0 if it is none. */
export function event(stored) {
    try {
        parse(stored)
        return oneLine(stored)
    } catch {
        return 0
    }
}

/** What the records say of something. */
export const stored = (seen, member) => seen.map((text) => membersOf(text)[member]).find(Boolean)

/** The records, as the core is told them; before them, what the page said of itself on which the visitor was first seen. */
export function lines(seen) {
    const texts = seen.map(cleanText)
    try {
        const { u, r } = stored(seen, '$initial_person_info')
        texts[0] = objectText(page(u, r || ''))
    } catch {}
    return texts
}
