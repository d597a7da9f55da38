-- What wrk sends, as its arguments tell, and what it saw, as a line of JSON.
-- Arguments: method, path, body, first number. {n} in a body is the number of the request.

local numbered, number, template, plain

function init(args)
   wrk.method, wrk.path, template = args[1], args[2], args[3] or ""
   numbered, number = template:find("{n}", 1, true) ~= nil, tonumber(args[4] or "0")
   if template ~= "" then
      wrk.headers["Content-Type"] = "application/json"
      wrk.body = template
   end
   plain = wrk.format()
end

function request()
   if not numbered then
      return plain
   end
   number = number + 1
   return wrk.format(nil, nil, nil, (template:gsub("{n}", ("%010d"):format(number))))
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(("\n{\"requests\": %d, \"microseconds\": %d, \"refused\": %d, \"lost\": %d, \"p50\": %d, \"p99\": %d}\n"):format(
      summary.requests, summary.duration, errors.status,
      errors.connect + errors.read + errors.write + errors.timeout,
      latency:percentile(50), latency:percentile(99)))
end
