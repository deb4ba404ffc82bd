-- A page of the jobs of one state: as they come next, finished and dead ones the latest first.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  state
-- ARGV[2]  how many to leave out
-- ARGV[3]  how many at most
-- Returns  {1 if there may be more, and seven values for each, see describe.lua}. O(n log m); reads only
-- include keys
-- include describe
local sets = { waiting = ready, delayed = delayed, held = held, active = active, dead = dead, finished = expiry }
local backwards = ARGV[1] == 'dead' or ARGV[1] == 'finished'
local ids = redis.call(
  backwards and 'ZREVRANGE' or 'ZRANGE', sets[ARGV[1]], ARGV[2], ARGV[2] + ARGV[3] - 1)
local reply = { #ids == tonumber(ARGV[3]) and 1 or 0 }
describe(reply, ids)
return reply
