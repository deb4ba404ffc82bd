-- Cuts the worst members off a board that is being merged, not more than some at once.
-- KEYS[1]  the new board   KEYS[2]  its times   KEYS[3]  the distinct orders, for dense ranks only
-- ARGV[1]  how many members are kept
-- ARGV[2]  how many are cut off at most
-- ARGV[3]  ms that unfinished work is kept
-- Returns  how many are still too many. O(log n) for each that is cut off
-- include standings
local surplus = trim(tonumber(ARGV[1]), tonumber(ARGV[2]))
expire(ARGV[3], '0')
return surplus
