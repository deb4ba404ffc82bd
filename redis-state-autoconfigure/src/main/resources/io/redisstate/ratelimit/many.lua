-- Several limits on one subject, all or none.
-- KEYS     the state of each limit
-- ARGV[1]  permit, for concurrency
-- ARGV     then for each limit: algorithm, cost, a, b, c
-- Returns  for each limit the four numbers of a single one. O(limits) times the algorithm's
local checks = {}
-- include token-bucket-check
checks['token-bucket'] = check
-- include fixed-window-check
checks['fixed-window'] = check
-- include sliding-window-check
checks['sliding-window'] = check
-- include sliding-log-check
checks['sliding-log'] = check
-- include concurrency-check
checks['concurrency'] = check

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function pass(mode)
  local reply = {}
  local all = true
  for i = 1, #KEYS do
    local at = i * 5 - 3
    local allowed, remaining, retry, reset = checks[ARGV[at]](KEYS[i], now, mode, tonumber(ARGV[at + 1]),
      tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), ARGV[1])
    all = all and allowed
    for _, number in ipairs({ allowed and 1 or 0, remaining, retry, reset }) do
      reply[#reply + 1] = number
    end
  end
  return all, reply
end

local all, reply = pass(0)
if all then
  all, reply = pass(1)
end
return reply
