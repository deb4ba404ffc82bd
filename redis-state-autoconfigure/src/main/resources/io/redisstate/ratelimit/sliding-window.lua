-- One limit on one subject; see sliding-window-check.lua for the algorithm, its state and complexity.
-- KEYS[1]  the state
-- ARGV[1]  mode: 0 look, 1 take if allowed, 2 take in any case
-- ARGV[2]  cost
-- ARGV[3]  a   ARGV[4]  b   ARGV[5]  c
-- ARGV[6]  permit, for concurrency only
-- Returns  {1 if allowed else 0, remaining, microseconds until it would be allowed, microseconds until nothing counts}
-- include sliding-window-check
local time = redis.call('TIME')
local allowed, remaining, retry, reset = check(KEYS[1], time[1] * 1000000 + time[2],
  tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6])
return { allowed and 1 or 0, remaining, retry, reset }
