-- Some of the dead letters.
--
-- KEYS[1]  the dead letters
-- ARGV[1]  where to begin, "0" at first
-- ARGV[2]  about how many
--
-- Returns where to go on, "0" at the end, followed by key and letter of each.
-- O(returned); 1 command.
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
table.insert(page[2], 1, page[1])
return page[2]
