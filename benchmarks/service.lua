-- What wrk asks: random ones of the paths in the file that is its argument, and what it
-- says at the end: one line of JSON.

local paths = {}
local threads = {}
refused, other = 0, 0

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  math.randomseed(tonumber(args[2]) or 0)
  for line in io.lines(args[1]) do
    table.insert(paths, wrk.format("GET", line))
  end
end

function request()
  return paths[math.random(#paths)]
end

function response(status)
  if status == 429 then
    refused = refused + 1
  elseif status ~= 200 then
    other = other + 1
  end
end

function done(summary, latency, requests)
  local refused, other = 0, 0
  for _, thread in ipairs(threads) do
    refused = refused + thread:get("refused")
    other = other + thread:get("other")
  end
  local broken = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "refused": %d, "other": %d, "broken": %d, '
      .. '"p50": %f, "p95": %f, "p99": %f, "most": %f}\n',
    summary.requests, summary.duration / 1e6, refused, other,
    broken.connect + broken.read + broken.write + broken.timeout,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3))
end
