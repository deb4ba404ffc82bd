-- All there is about jobs.
-- KEYS     those of the queue, see keys.lua
-- ARGV     ids
-- Returns  seven values for each, see describe.lua. O(n log m); reads only
-- include keys
-- include describe
local reply = {}
describe(reply, ARGV)
return reply
