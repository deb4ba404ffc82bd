-- Takes a lock, or queues the request for it. Running it again with the same id changes nothing but the expiry.
--
-- The lock is one string: the owner's id, then one line for each waiting request:
-- "\n<channel> <id> <ms granted at a hand-over>". The lease ends a grace time before the key does, so that the queue
-- survives a holder that died. From that moment on, the n-th in the queue (0 is the first) may take the lock once n turns
-- have passed, so whoever does not come is passed over. Fencing tokens are microseconds of the server's clock.
--
-- KEYS[1]  the lock
-- ARGV[1]  id of the request
-- ARGV[2]  lease and grace together, in ms
-- ARGV[3]  the request's line, absent to not queue
--
-- Returns the first fencing token if the lock was free: its lease began now; else
--         {1, first fencing token, now in us, expiry in ms} if it was its own or had expired, or
--         {0, 0, now in us, when to look again in ms}
-- O(length of the queue); 2 commands on a free lock, 4 to queue.
local old = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'GET', 'PX', ARGV[2])
local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
if not old then
  -- One integer, and few arguments: each table and string costs the server a twentieth more.
  return us
end

local grace, turn = 10000, 200 -- ms, as in LockProtocol
local id, life = ARGV[1], ARGV[2]
local ms = (us - us % 1000) / 1000
local owner, queue = string.match(old, '^([^\n]*)(.*)$')
if owner == id then
  -- The reply to an earlier call, or the message of a hand-over, was lost: it is ours.
  redis.call('PEXPIRE', KEYS[1], life)
  return {1, us, us, ms + life - grace}
end

local position, behind, queued = 0, '', false
for line, entry in string.gmatch(queue, '(\n%S+ (%S+) %d+)') do
  if queued then
    behind = behind .. line
  elseif entry == id then
    queued = true
  else
    position = position + 1
  end
end

local mine = redis.call('PTTL', KEYS[1]) - grace + position * turn
if mine <= 0 then
  -- Expired. Those ahead in the queue had their turns and did not come.
  redis.call('SET', KEYS[1], id .. behind, 'PX', life)
  return {1, us, us, ms + life - grace}
end
if ARGV[3] and not queued then
  redis.call('APPEND', KEYS[1], ARGV[3])
end
return {0, 0, us, ms + mine}
