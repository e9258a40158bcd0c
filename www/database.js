// The one place that is exclusive across tabs, and survives a kill of the browser: IndexedDB. Knows
// its stores and how it fails; whatever happens to it, nothing here throws, and no question stays open.

const world = globalThis

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
                made.onversionchange = made.onclose = () => {
                    made.close()
                    opening = undefined
                }
                opened(made)
            }
        }))

    /** The result of the request that `work` makes, once its transaction is committed. */
    const commit = (store, work) =>
        open().then(
            (made) =>
                new Promise((committed, failed) => {
                    const transaction = made.transaction(store, 'readwrite', { durability: 'relaxed' })
                    const request = work(transaction.objectStore(store))
                    transaction.oncomplete = () => committed(request.result)
                    transaction.onabort = failed
                }),
        )

    return {
        /** Calls back with the newest state, if there is one; never where there is no database. */
        open(opened) {
            commit('state', (states) => states.getAll()).then((kept) => opened(kept.pop()), () => {})
        },
        /** Keeps a state by its epoch, and no older one. */
        save(text) {
            commit('state', (states) => {
                const { epoch } = JSON.parse(text)
                states.delete(world.IDBKeyRange.upperBound(epoch, true))
                return states.put(text, epoch)
            }).catch(() => {})
        },
        /** Claims an anonymous id, and calls back with the account that holds it; with none where there is no database. */
        claim(id, account, answered) {
            commit('claims', (claims) => {
                // The first claim stays: to add a second fails, and is to undo nothing.
                claims.add(account, id).onerror = (event) => event.preventDefault()
                return claims.get(id)
            }).then(answered, () => answered())
        },
    }
}
