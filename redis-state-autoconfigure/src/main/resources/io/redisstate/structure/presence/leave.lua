-- Members are not there any more.
-- KEYS[1]  the rooms   KEYS[2]  the events   KEYS[3]  the listeners   KEYS[4]  the members of the room
-- ARGV[1]  topic   ARGV[2]  how many events are kept   ARGV[3]  ms that all keys are kept   ARGV[4]  room
-- ARGV[5..]  members
-- Returns  how many were there. O(log n) each
-- include functions
local settings = { events = ARGV[2], keep = ARGV[3] }
sweep(KEYS[4], ARGV[4], settings)
local left = 0
for i = 5, #ARGV do
  if redis.call('ZREM', KEYS[4], ARGV[i]) == 1 then
    left = left + 1
    event('left', ARGV[4], ARGV[i], settings)
  end
end
sweep(KEYS[4], ARGV[4], settings)
finish(settings, ARGV[1])
return left
