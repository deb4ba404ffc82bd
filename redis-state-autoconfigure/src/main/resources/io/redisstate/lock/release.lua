-- Gives up a request, whatever has become of it: passes the lock on if the request owns it, else takes the request out
-- of the queue. A successor in the same process may be named: it gets the lock if no other process waits, else it is
-- queued. The value is described in acquire.lua.
--
-- KEYS[1]  the lock
-- ARGV[1]  id of the request given up
-- ARGV[2]  absent to do nothing if somebody waits; else "<token> <alone> <hold>": the smallest fencing token that the next owner may have, 0 if the request never owned
--          the lock; 1 if a PUBLISH that reached nobody means that the waiter is gone (not so in a cluster), else 0; for how
--          many ms nobody may have the lock from now on.
-- ARGV[3]  the successor's line; absent if there is none, as is the rest
-- ARGV[4]  id of the successor
-- ARGV[5]  lease of the successor in ms
--
-- Returns 1 if it is free now and nobody waited, 0 if it was nobody's, -1 if somebody waits and there is no ARGV[2]; else
--         {what, first fencing token, now in us, expiry in ms}; what is
--   0 it was not the owner (any more), 1 it was: free or passed on, 2 the successor has the lock, 3 the successor is queued
-- O(length of the queue); 2 commands if nobody waits, 5 to pass on (1 more for each waiter that is gone).
local id = ARGV[1]
local value = redis.call('GET', KEYS[1])
if value == id and not ARGV[2] then
  -- By far the commonest: nobody waits. Each argument costs the server a twentieth more.
  return redis.call('DEL', KEYS[1])
end
if not value then
  return 0
end
if not ARGV[2] then
  return -1
end

local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local ms = (us - us % 1000) / 1000
local grace = 10000 -- ms, as in LockProtocol
local successor = ARGV[4] or ''
local least, alone, hold = string.match(ARGV[2], '^(%d+) (%d) (%d+)$')
local token = math.max(least, us)
local owner, queue = string.match(value, '^([^\n]*)(.*)$')

if owner ~= id then
  if successor ~= '' then
    -- Run before, and the reply was lost.
    local expiry = ms + redis.call('PTTL', KEYS[1]) - grace
    if owner == successor then
      return {2, token, us, expiry}
    elseif string.find(queue, ' ' .. successor .. ' ', 1, true) then
      return {3, 0, us, expiry}
    end
  end
  local from = string.find(queue, ' ' .. id .. ' ', 1, true)
  if from then
    local kept = {}
    for line, entry in string.gmatch(queue, '(\n%S+ (%S+) %d+)') do
      if entry ~= id then
        kept[#kept + 1] = line
      end
    end
    redis.call('SET', KEYS[1], owner .. table.concat(kept), 'KEEPTTL')
  end
  return {0, 0, 0, 0}
end

hold = tonumber(hold)
if hold == 0 and successor == '' and queue == '' then
  return redis.call('DEL', KEYS[1])
end
if hold > 0 then
  -- Nobody's until then. The waiters are told to look at that moment instead of the old expiry.
  local free = ms + hold
  for channel, entry in string.gmatch(queue, '\n(%S+) (%S+) %d+') do
    redis.call('PUBLISH', channel, string.format('%s\n%s 0 %.0f %.0f', string.match(entry, '^[^.]+'), entry, us, free))
  end
  redis.call('SET', KEYS[1], '-' .. queue, 'PX', hold + grace)
  return {1, 0, us, free}
end

if successor ~= '' and not string.find(queue, ' ' .. successor .. ' ', 1, true) then
  -- The last in the line, unless it is the only one.
  if queue == '' then
    local lease = tonumber(ARGV[5])
    redis.call('SET', KEYS[1], successor, 'PX', lease + grace)
    return {2, token, us, ms + lease}
  end
  queue = queue .. ARGV[3]
end

while queue ~= '' do
  local channel, entry, granted, to = string.match(queue, '^\n(%S+) (%S+) (%d+)()')
  queue = string.sub(queue, to)
  if entry == successor then
    -- All the others were gone. Its own process needs no message.
    local lease = tonumber(ARGV[5])
    redis.call('SET', KEYS[1], entry .. queue, 'PX', lease + grace)
    return {2, token, us, ms + lease}
  end
  granted = tonumber(granted)
  local message = string.format('%s\n%s %.0f %.0f %.0f', string.match(entry, '^[^.]+'), entry, token, us, ms + granted)
  if redis.call('PUBLISH', channel, message) > 0 or alone == '0' then
    redis.call('SET', KEYS[1], entry .. queue, 'PX', granted + grace)
    return {successor == '' and 1 or 3, 0, us, ms + granted}
  end
end
redis.call('DEL', KEYS[1])
return {1, 0, us, 0}
