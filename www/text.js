// What a page hands in, as JSON text, and the event it gets back. Knows how
// values misbehave; never throws.

// Taken before a page can replace them.
export const { parse, stringify } = JSON
const { entries, fromEntries, keys } = Object
const { isArray } = Array

/** The longest string that is kept whole, as in posthog-js, and about the most that is kept of a member where JSON does not end by itself. */
const LONGEST = 65535

/** What is deeper is left out: PostHog reads 128 levels, the batch's own included, and refuses a batch for more. */
const DEEPEST = 99

const DATE = new Date(0)

/** What makes a date's text; nothing where a page has replaced that, or `stringify`, before: then each text is put together with care. */
const dateToJson = stringify(['\n', DATE])?.[30] == 'Z' && DATE.toJSON

/** What `stringify` writes of much that is not empty; of half a surrogate pair, for which PostHog may refuse a batch; and of what is too deep. */
const ODD = /{}|\\ud|[\]}]{99}/

/** About the most that is kept of a member, for the text that is being written. */
let most

/** Whether a value is of one of these types; null is of none. */
const isOne = (types, value) => value != null && types.includes(typeof value)

/** A string's text, cut; a half of a surrogate pair becomes U+FFFD. */
const quoted = (string) => stringify(string.slice(0, LONGEST).replace(/\p{Cs}/gu, '\ufffd'))

/**
 * The text of `holder[key]`, as `stringify` writes it where it can: NaN is null, and functions and symbols are left out, as every reader of
 * JSON expects. A BigInt is its digits, a Map its members, a Set its elements; an error, an element and whatever else shows no members is
 * what it says of itself. What throws, leads back or has no end is marked there, and all besides is kept. `around` are the objects that this
 * one is in.
 */
function written(holder, key, around) {
    try {
        let value = holder[key]
        // Some libraries give all objects, arrays or dates a `toJSON` of their own.
        if (value?.toISOString) value = isNaN(value) ? null : value.toISOString()
        else if (isOne('object', value) && value.toJSON != (isArray(value) ? [] : {}).toJSON) value = value.toJSON(key)
        if (isOne('string bigint', value)) return quoted('' + value)
        if (!isOne('object', value)) return isOne('function', value) ? '' : stringify(value) || ''
        if (around.includes(value)) return '"[Circular]"'
        const within = [...around, value]
        value = value instanceof Map ? fromEntries(value) : value instanceof Set ? [...value] : value
        const list = isArray(value)
        const names = list ? value.keys() : keys(value)
        // React hangs its own, endless tree on elements.
        const said = (names.length < 1 || value.addEventListener) && value.toString?.()
        if (said && said != '[object Object]') return quoted(said)
        let text = ''
        for (const name of names) {
            // One member does not use up what the others need.
            const over = around[DEEPEST] || (around[0] && text.length > most)
            const member = over ? '"[Truncated]"' : written(value, name, within)
            if (list || member) text += (text && ',') + (list ? '' : quoted(name) + ':') + (member || 'null')
            if (over) break
        }
        return list ? `[${text}]` : `{${text}}`
    } catch {
        return '"[Unserializable]"'
    }
}

/** A value's text: in one step, unless that throws, or there is more to it. */
function textOf(value) {
    most = LONGEST
    try {
        const text = stringify(value)
        if (DATE.toJSON == dateToJson && ![].toJSON && text.length <= LONGEST && !ODD.test(text)) return text
        // It has an end: of what an event has room for, only long strings are cut.
        most *= 99
    } catch {}
    // No page's `stringify` may write what the core takes for a border.
    return written([value], 0, []).replace(/[\0-\x1f]/g, '')
}

/** An object's text; empty if it is no object. */
export const objectText = (object) => (isOne('object', object) ? textOf(object) : '')

/** The text of a string or a number, and of nothing else. */
export const plainText = (value) => (isOne('string number', value) ? textOf(value) : '')

/** An object's text out of its members', which are objects, strings and numbers; others are left out. */
export const membersText = (object) =>
    textOf(fromEntries(entries(object).filter(([, value]) => isOne('string number object', value))))

/** The space by which the core signs its records: nothing in JSON, so posthog-js writes none. */
const signature = (stored) => (stored.endsWith(' ') ? ' ' : '')

/** What of a record posthog-js keeps in its cookie; `$user_id` only where nobody would guess it. */
export function cookieText(text, more = []) {
    const record = parse(text)
    const { distinct_id, $user_id } = record
    const kept = '$device_id distinct_id $sesid $session_is_sampled $epp $initial_person_info $user_state'.split(' ')
    if ($user_id != distinct_id) kept.push('$user_id')
    return textOf(fromEntries(kept.concat(more).map((key) => [key, record[key]]))) + signature(text)
}

/** What a stored text stands for, written as `JSON.stringify` does, with its signature; empty if it is no JSON. */
export function cleanText(stored) {
    try {
        return textOf(parse(stored)) + signature(stored)
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
