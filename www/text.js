// What a page hands in, as JSON text, and the event it gets back. Knows how
// values misbehave; never throws.

const { stringify, parse } = JSON

/** What stands for a value that has no JSON. */
const UNSERIALIZABLE = '"[Unserializable]"'

const bigIntAsText = (key, value) => (typeof value == 'bigint' ? String(value) : value)

/** An object's text out of its members', as `write` gives them: one that it can't write is marked, one without a text left out. */
function joined(object, write) {
    const members = []
    try {
        for (const key of Object.keys(object)) {
            let text = UNSERIALIZABLE
            try {
                text = write(object[key])
            } catch {}
            if (text) members.push(stringify(key) + ':' + text)
        }
    } catch {}
    return `{${members}}`
}

/** An object's text; a member that can't be written is marked. Empty if it is no object. */
export function objectText(object) {
    if (!object || typeof object != 'object') return ''
    try {
        return stringify(object) || ''
    } catch {
        return joined(object, (value) => stringify(value, bigIntAsText))
    }
}

/** The text of a string or a number, and of nothing else. */
export function plainText(value) {
    return typeof value == 'string' || typeof value == 'number' ? stringify(value) : ''
}

/** An object's text out of its members', which are objects, strings and numbers; others are left out. */
export function membersText(object) {
    return joined(object, (value) => plainText(value) || objectText(value))
}

/** The space by which the core signs its records: nothing in JSON, so posthog-js writes none. */
const signature = (stored) => (stored.endsWith(' ') ? ' ' : '')

/** What of a record posthog-js keeps in its cookie; `$user_id` only where nobody would guess it. */
export function cookieText(text, more = []) {
    const record = parse(text)
    const { distinct_id, $user_id } = record
    const keys = '$device_id distinct_id $sesid $session_is_sampled $epp $initial_person_info $user_state'.split(' ')
    if ($user_id != distinct_id) keys.push('$user_id')
    return stringify(Object.fromEntries(keys.concat(more).map((key) => [key, record[key]]))) + signature(text)
}

/** What a stored text stands for, written as `JSON.stringify` does, with its signature; empty if it is no JSON. */
export function cleanText(stored) {
    try {
        return stringify(parse(stored)) + signature(stored)
    } catch {
        return ''
    }
}

/** The members of a stored object; none of anything else. */
export function membersOf(stored) {
    return { ...parse(cleanText(stored) || null) }
}

/** The event that `capture` returns, of the text that leaves. */
export function eventObject(text) {
    const event = parse(text)
    event.timestamp = new Date(event.timestamp)
    return event
}
