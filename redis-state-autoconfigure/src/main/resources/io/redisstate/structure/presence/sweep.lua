-- Takes out of a room who is over.
-- KEYS[1]  the rooms   KEYS[2]  the events   KEYS[3]  the listeners   KEYS[4]  the members of the room
-- ARGV[1]  topic   ARGV[2]  how many events are kept   ARGV[3]  ms that all keys are kept   ARGV[4]  room
-- Returns  how many are there. O(those who are over)
-- include functions
local settings = { events = ARGV[2], keep = ARGV[3] }
sweep(KEYS[4], ARGV[4], settings)
finish(settings, ARGV[1])
return redis.call('ZCARD', KEYS[4])
