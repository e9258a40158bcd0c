// The stub that a page inlines: it loads the script, and until then notes each
// call with its time and address. Its last line says where the script is.
!(function (window, document, src) {
    if (window.posthog) return
    var stub = (window.posthog = window.backstitch = [])
    var note = function (queue, method) {
        queue[method] = function () {
            var call = [method].concat([].slice.call(arguments))
            call.at = Date.now()
            call.url = location.href
            queue.push(call)
        }
    }
    var methods = 'capture identify reset get_distinct_id'.split(' ')
    stub.__SV = 1
    stub._i = []
    methods.forEach(note.bind(null, stub))
    stub.init = function (token, config, name) {
        stub._i.push([token, config, name])
        if (name && name != 'posthog') methods.forEach(note.bind(null, (stub[name] = stub[name] || [])))
    }
    var script = document.createElement('script')
    script.async = true
    script.nonce = (document.currentScript || {}).nonce || ''
    script.src = src
    document.head.appendChild(script)
})(window, document, '/backstitch.js')
