-- Takes out of the queue what has been written. A key that was changed meanwhile goes to the end of the order instead.
--
-- KEYS[1]  the lease
-- KEYS[2]  the order
-- KEYS[3]  the pending writes
-- KEYS[4]  the dead letters
-- ARGV[1]  who has written
-- ARGV[2...]  id, key, key as JSON and number of each
--
-- Returns how many were taken out, or -1, and does nothing, if somebody else has the lease.
-- O(written); 1 command and up to 4 for each that was written.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return -1
end
local done = 0
for i = 2, #ARGV, 4 do
  local id, key = ARGV[i], ARGV[i + 1]
  local write = redis.call('HGET', KEYS[3], key)
  local removed = redis.call('XDEL', KEYS[2], id)
  if write and string.match(write, '^[^\n]*') == ARGV[i + 3] then
    redis.call('HDEL', KEYS[3], key)
    redis.call('HDEL', KEYS[4], key)
    done = done + 1
  elseif write and removed == 1 then
    redis.call('XADD', KEYS[2], '*', 'k', key, 'j', ARGV[i + 2])
  end
end
return done
