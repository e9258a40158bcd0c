// What a browser keeps between pages: localStorage, sessionStorage and cookies, in one shape. Knows
// where each record lies and what it is called there; never what is in it.

import { entropy, listen, world } from './effects.js'
import { PRIMARY, WINDOW } from './numbers.js'

const local = () => world.localStorage
const session = () => world.sessionStorage

/** Hosts whose cookies stay their own, unless a site says otherwise: posthog-js's, and those that can't share one. */
const ALONE = /(^localhost|[\d\]]|\b(herokuapp\.com|(vercel|netlify)\.app))$/

/** Cookies in posthog-js's format, and in the shape of a Storage. */
function cookies({ cookie_expiration: days = 365, cross_subdomain_cookie: shared, secure_cookie: secure }) {
    const { document, location } = world
    let domain
    /** All cookies, until they may be others: to ask for them is slow. */
    let all

    const write = (key, text, days) => {
        const expires = days ? '; expires=' + new Date(Date.now() + days * 864e5).toUTCString() : ''
        const end = secure ?? location.protocol == 'https:' ? '; secure' : ''
        document.cookie = key + '=' + encodeURIComponent(text) + expires + '; SameSite=Lax; path=/' + domain + end
    }

    /** Finds the widest domain that a cookie of this page may have: a public suffix takes none. */
    const widen = () => {
        const probe = 'dmn_chk_' + entropy(8).join('')
        let suffix = (domain = '')
        if (!(shared ?? !ALONE.test(location.hostname))) return
        for (const label of location.hostname.split('.').reverse()) {
            suffix = '.' + label + suffix
            domain = '; domain=' + suffix
            write(probe, 1, 1)
            if (document.cookie.includes(probe)) return write(probe, 1, -1)
        }
        domain = ''
    }

    return {
        renew: () => (all = 0),
        getItem(key) {
            all ||= `; ${document.cookie};`
            const found = all.split(`; ${key}=`)[1]
            return found && decodeURIComponent(found.split(';')[0])
        },
        setItem(key, text) {
            domain ?? widen()
            write(key, text, days)
            all = 0
        },
    }
}

/** The records of one token, by the numbers that the core gives them. */
export function records(config) {
    const { token, persistence_name: name } = config
    const kind = String(config.persistence).toLowerCase()
    const plain = String(token).replace(/\+/g, 'PL').replace(/\//g, 'SL').replace(/=/g, 'EQ')
    const shared = name ? 'ph_' + name : `ph_${plain}_posthog`
    const own = `backstitch_${plain}` + (name ? '_' + name : '')
    const window = `ph_${name || token}_`

    const jar = cookies(config)
    const cookie = () => jar
    const main = config.disable_persistence ? 0 : ({ cookie, sessionstorage: session, memory: 0 }[kind] ?? local)
    const copy = main == local && kind != 'localstorage' && cookie
    const tab = main && session

    // For each record its store, if it has one, and its key there.
    const places = [
        ,
        [main, shared],
        [main, own],
        [copy, shared],
        [copy, own],
        // Where the main store is the tab's, posthog-js has one record for both.
        [tab, main == session ? own + '_tab' : shared],
        [tab, window + 'window_id'],
        // A page's last words have a key for each page.
        ,
        ,
        [local, '__ph_opt_in_out_' + token],
        [tab, window + 'primary_window_exists'],
    ]

    /** Does something with a record's store and key: nothing comes of it where there is no store, or it refuses. */
    const use = (record, what) => {
        const [store, key] = places[record]
        try {
            return what(store(), key) || ''
        } catch {
            return ''
        }
    }
    const read = (record) => use(record, (store, key) => store.getItem(key))
    const save = (record, text) => use(record, (store, key) => store.setItem(key, text))

    const words = own + '_unsent_'
    /** The keys of all pages' last words. */
    const wordKeys = () => Object.keys(local()).filter((key) => main && key.startsWith(words))

    return {
        read,
        save,
        /** Others may have written. */
        renew: jar.renew,
        /** Notes a page's last words, or erases them. */
        say(page, text) {
            try {
                if (text) local().setItem(words + page, text)
                else local().removeItem(words + page)
            } catch {}
        },
        /** The last words of other pages. */
        words(page) {
            try {
                return wordKeys()
                    .filter((key) => key != words + page)
                    .map((key) => local().getItem(key))
            } catch {
                return []
            }
        },
        /** Erases those of all pages. */
        hush() {
            try {
                for (const key of wordKeys()) local().removeItem(key)
            } catch {}
        },
        /** The name of all that is Backstitch's alone. */
        own,
        /** Those of the records that other tabs and pages write, too, which are there. */
        common: [1, 2, 3, 4].filter((record) => places[record][0]),
        /** This tab's window id: none where the browser copied the records of another tab, which is still there. */
        window: () => (read(PRIMARY) ? '' : read(WINDOW)),
        /** Says so to such a copy of this tab, while this page is there. */
        stay() {
            const mark = () => save(PRIMARY, true)
            mark()
            listen(world, { pageshow: mark, pagehide: () => save(PRIMARY, '') })
        },
    }
}
