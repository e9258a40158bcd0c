// The stub that a page inlines: it loads the script, and until then notes each
// call with its time and address. Its last line says where the script is.
!(function (window, document, src) {
    if (window.posthog) return
    var methods =
        'capture identify alias setPersonProperties unsetPersonProperties createPersonProfile group resetGroups ' +
        'setIdentity clearIdentity reset get_distinct_id opt_in_capturing opt_out_capturing'
    var noting = function (queue) {
        methods.split(' ').forEach(function (method) {
            queue[method] = function () {
                var call = [method].concat([].slice.call(arguments))
                call.at = Date.now()
                call.url = location.href
                queue.push(call)
            }
        })
        var person = function (once) {
            return function (name, value) {
                var properties = name
                if (typeof name == 'string') (properties = {})[name] = value
                queue.setPersonProperties(once ? null : properties, once ? properties : null)
            }
        }
        var people = (queue.people = [])
        people.set = person(false)
        people.set_once = person(true)
        return queue
    }
    var stub = (window.posthog = window.backstitch = noting([]))
    stub.__SV = 1
    stub._i = []
    stub.init = function (token, config, name) {
        stub._i.push([token, config, name])
        if (name && name != 'posthog') noting((stub[name] = stub[name] || []))
    }
    var script = document.createElement('script')
    script.async = true
    script.nonce = (document.currentScript || {}).nonce || ''
    script.src = src
    document.head.appendChild(script)
})(window, document, '/backstitch.js')
