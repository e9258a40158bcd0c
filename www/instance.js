// What one accepted `init` makes: an instance of the core, what is kept for it, and the way between
// them. Carries out what the core asks; decides nothing, and knows nothing of PostHog's API.

import { database } from './database.js'
import { connect, device, entropy, moment, now, page, world } from './effects.js'
import { tell as tellCore } from './memory.js'
import {
    ADOPTED,
    CAPTURE,
    CLAIMED,
    CONSENT,
    FLUSH,
    HIDE,
    KEPT,
    OPT_OUT,
    OWN,
    SHARED,
    SHARED_COOKIE,
    START,
    STATE,
    STORED,
    SYNC,
    TAB,
    TAKE_OVER,
    UNSENT,
    WINDOW,
} from './numbers.js'
import { event, lines, look, oneLine, stored, thisRun, wrote } from './seen.js'
import { records } from './stores.js'
import { cleanText, cookieText, objectText, plainText } from './text.js'

/** Calls kept at most while the core is on its way. */
const WAITING_CALLS = 1000

/** An instance by its options; it tells `stopped` why it is without effect from now on, and `report` what the core reports. `deviceId` makes the id of a new visitor. */
export function instance(config, deviceId, stopped, report) {
    const kept = records(config)
    const base = database(kept.own, () => hasWords && call(STORED, base.committed()))
    /** The records that others write, too, as they were last seen, by their numbers. */
    const seen = ['', '', '', '', '']
    /** Calls, while the core is on its way. */
    const waiting = []
    /** What the core asks for and is not done yet, each with its fields between tabs. */
    const asked = []
    /** Who waits for all to be sent. */
    const flushing = []
    let browser, number, started, over
    /** The name by which this page is known to others. */
    let name
    /** Whether this page has last words: then the core is told at once what is kept. */
    let hasWords
    /** The event that was last to be kept. */
    let captured
    /** The run of the page's code in which the records were last looked at. */
    let looked
    /** What the core was last told of the page, and where that was. */
    let told, where

    const stop = (why) => {
        over = true
        finish(0, 0)
        stopped(why)
    }

    const finish = (sent, pending) => {
        for (const done of flushing.splice(0)) done({ sent: +sent, pending: +pending })
    }

    /** Keeps a record, where it is not kept already, and notes it as seen, unless it was refused: then what is stored is no news. */
    const save = (record, text) => {
        if (record == STATE) return base.save(text)
        if (record == UNSENT) {
            hasWords = text
            return kept.say(name, text)
        }
        // posthog-js reads its window id as JSON.
        if (record > OWN) return kept.save(record, record == WINDOW ? plainText(text) : text)
        for (const place of [record, record - SHARED + SHARED_COOKIE]) {
            const copy = place == SHARED_COOKIE ? cookieText(text, config.cookie_persisted_properties) : text
            if (seen[place] == copy) continue
            kept.save(place, copy)
            wrote()
            if (kept.read(place) != seen[place]) seen[place] = copy
        }
    }

    /** What is done for each kind of effect, in the order of src/effect.rs: with its number and its texts. */
    const effects = [
        ,
        save,
        (request, url, body) => browser.send(request, url, body),
        (request, url, body) => browser.send(request, url, body, true),
        (time) => browser.wakeAt(time),
        report,
        (page) => base.open((name = page), (state, works) => call(KEPT, cleanText(state), works)),
        (account, id) => base.claim(id, +account, (holder) => call(CLAIMED, id, holder)),
        (sequence, event) => base.keep(+sequence, (captured = event)),
        (first, last) => base.forget(+first, +last),
        (until) => base.lease(+until),
        (first, gone) => base.adopt(+first, gone, (events, next, own) => call(ADOPTED, first, `[${events.map(event)}]`, next, own)),
        (page) => kept.say(page, ''),
        finish,
    ]

    /** Does what the core asks, while no call into it is under way. */
    const drain = () => {
        for (let line; (line = asked.shift()); ) {
            const [kind, ...fields] = line.split('\t')
            effects[kind](...fields)
        }
    }

    const tell = (what, given) => {
        const answers = tellCore([number, what, now(), ...given].join('\n')).split('\n')
        const answer = answers.pop()
        asked.push(...answers)
        return answer
    }

    /** Tells the core, or keeps the call for it; does what it then asks, and returns its answer. */
    const call = (what, ...given) => {
        if (over) return
        if (!started) {
            // A login or logout is never the one too many.
            if (what != CAPTURE || waiting.length < WAITING_CALLS) waiting.push([what, ...given])
            return
        }
        try {
            // Another tab, or posthog-js, may have written since.
            if (looked != thisRun()) {
                if (what != START && look(seen, kept)) tell(SYNC, lines(seen))
                looked = thisRun()
            }
            // Otherwise it does not matter what is kept already.
            if (what == HIDE || what == ADOPTED) tell(STORED, [base.committed()])
            const answer = tell(what, given)
            if (what == START && !(number = answer)) stop()
            drain()
            return what == CAPTURE && answer == 1 ? captured : answer
        } catch (error) {
            stop(error)
        }
    }

    /** Takes what other pages could not send at their end. */
    const takeOver = () => {
        for (const words of kept.words(name)) call(TAKE_OVER, oneLine(words))
    }

    look(seen, kept)
    return {
        call,
        stop,
        /** Forgets all that waits, whichever page captured it, and stops. */
        optOut() {
            call(OPT_OUT)
            // Where nothing may be kept, there is not even a database.
            if (kept.common[0]) {
                base.clear()
                kept.hush()
            }
            stop()
        },
        seen,
        kept,
        /** Whether the core is there. */
        isReady: () => started && !over,
        /** The page and the moment of a call, or of one that was noted: nothing of the page where it says what it was told to last. */
        here(at, url) {
            const time = `"${moment(at)}"`
            const { location, document, innerWidth, innerHeight } = world
            const place = [location.href, document?.title, innerWidth, innerHeight].join()
            if (started && !url && place == where) return ['', time]
            where = url ? '' : place
            const text = objectText(page(url))
            return [started && text == told ? '' : (told = text), time]
        },
        /** The core is there: starts its instance, and makes the calls that waited. `id` is the visitor's, if it was given out before. */
        start() {
            try {
                const provisional = seen[SHARED]
                look(seen, kept)
                // An id that was given out counts, unless another was stored since.
                const id = stored(seen, 'distinct_id')
                if (!id) seen[SHARED] = provisional
                const state = [
                    plainText(String(entropy(16))),
                    plainText(config.token),
                    plainText(kept.read(CONSENT)),
                    cleanText(kept.window()),
                    plainText(id ? '' : deviceId()),
                    objectText(config),
                    objectText(device()),
                    cleanText(kept.read(TAB)),
                    ...this.here(),
                    ...lines(seen),
                ]
                // Who the visitor is, the next call reads: what changes now may be half written.
                browser = connect(call, takeOver)
                started = true
                call(START, ...state)
                takeOver()
                for (const given of waiting.splice(0)) call(...given)
                // They may have told of another page than this is.
                told = where = 0
            } catch (error) {
                stop(error)
            }
            if (!over) kept.stay()
        },
        /** Sends all that waits; keeps the promise once that is done, or can't be. */
        flush: () =>
            new Promise((done) => {
                if (over) return done({ sent: 0, pending: 0 })
                flushing.push(done)
                call(FLUSH)
            }),
    }
}
