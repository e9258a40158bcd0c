// The one place that is exclusive across tabs, and survives a kill of the browser: IndexedDB. Knows
// its stores and how it fails; whatever happens to it, nothing here throws, and no question stays open.

import { world } from './effects.js'

/** All that later releases will need: the version is never raised, for an old page would block it. */
const STORES = ['events', 'claims', 'tabs', 'state']

/** The database of that name, opened when it is first needed. */
export function database(name) {
    let opening

    const open = () =>
        (opening ||= new Promise((opened, failed) => {
            const request = world.indexedDB.open(name, 1)
            request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store))
            request.onerror = failed
            request.onsuccess = () => {
                const made = request.result
                // Somebody deletes it, or the browser has closed it: the next question opens it again.
                made.onversionchange = made.onclose = () => (opening = made.close())
                opened(made)
            }
        }))

    /** Tells the result of the request that `work` makes, once that is committed; nothing if it never is. */
    const commit = async (told, store, work) => {
        let result
        try {
            // Of all stores, so that no claim is kept before the state that it was asked for after.
            const transaction = (await open()).transaction(STORES, 'readwrite', { durability: 'relaxed' })
            const request = work(transaction.objectStore(store))
            await new Promise((committed, failed) => {
                transaction.oncomplete = committed
                transaction.onabort = failed
            })
            result = request.result
        } catch {}
        told(result)
    }

    return {
        /** Tells the newest state, if there is one. */
        open(told) {
            commit((kept) => told(kept?.pop()), 'state', (states) => states.getAll())
        },
        /** Keeps a state by its epoch, and no older one. */
        save(text) {
            commit(String, 'state', (states) => {
                const { epoch } = JSON.parse(text)
                states.delete(world.IDBKeyRange.upperBound(epoch, true))
                return states.put(text, epoch)
            })
        },
        /** Claims an anonymous id, and tells which account holds it. */
        claim(id, account, told) {
            commit(told, 'claims', (claims) => {
                // The first claim stays: to add a second fails, and is to undo nothing.
                claims.add(account, id).onerror = (event) => event.preventDefault()
                return claims.get(id)
            })
        },
    }
}
