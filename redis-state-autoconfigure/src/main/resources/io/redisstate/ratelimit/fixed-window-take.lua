-- Takes permits of one fixed window, the hot path: see fixed-window-check.lua for the state.
-- KEYS[1]  the state
-- ARGV[1]  cost
-- ARGV[2]  limit
-- ARGV[3]  window in ms
-- Returns  ms left * (limit + 1) + permits used with these, or if there were not enough -1 - (ms left * (limit + 1) +
--          permits used): one integer, since a table would cost the server a fifth more. O(1), 2 commands
local limit = ARGV[2] + 0
local used = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  left = ARGV[3]
end
if used > limit then
  return -1 - (left * (limit + 1) + redis.call('DECRBY', KEYS[1], ARGV[1]))
end
return left * (limit + 1) + used
