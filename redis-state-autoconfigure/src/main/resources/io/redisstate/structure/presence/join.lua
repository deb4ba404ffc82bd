-- Members are there, or still there.
-- KEYS[1]  the rooms   KEYS[2]  the events   KEYS[3]  the listeners   KEYS[4]  the members of the room
-- ARGV[1]  topic   ARGV[2]  how many events are kept   ARGV[3]  ms that all keys are kept   ARGV[4]  room
-- ARGV[5]  ms that they count as there from now on   ARGV[6..]  members
-- Returns  how many were not there before. O(log n) each
-- include functions
local settings = { events = ARGV[2], keep = ARGV[3] }
sweep(KEYS[4], ARGV[4], settings)
local joined = 0
for i = 6, #ARGV do
  if redis.call('ZADD', KEYS[4], text(now + ARGV[5]), ARGV[i]) == 1 then
    joined = joined + 1
    event('joined', ARGV[4], ARGV[i], settings)
  end
end
local first = redis.call('ZRANGE', KEYS[4], 0, 0, 'WITHSCORES')
redis.call('ZADD', KEYS[1], first[2], ARGV[4])
redis.call('PEXPIRE', KEYS[4], ARGV[3])
finish(settings, ARGV[1])
return joined
