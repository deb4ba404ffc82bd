-- Gives up a request, whatever has become of it: passes the lock on if the request owns it, else takes the request out
-- of the queue. A successor in the same process may be named: it gets the lock if no other process waits, else it is
-- queued. The value is described in acquire.lua.
--
-- KEYS[1]  the lock
-- ARGV[1]  id of the request given up
-- ARGV[2]  grace in ms
-- ARGV[3]  how many fencing tokens to reserve for the next owner
-- ARGV[4]  "1" if a PUBLISH that reached nobody means that the waiter is gone (not so in a cluster)
-- ARGV[5]  for how many ms nobody may have the lock from now on; 0 for at once
-- ARGV[6]  id of the successor; this and the rest are absent if there is none
-- ARGV[7]  lease of the successor in ms
-- ARGV[8]  the successor's channel
-- ARGV[9]  ms granted to the successor at a hand-over
--
-- Returns {what, first fencing token, now in us, expiry in ms}; what is
--   0 it was not the owner (any more), 1 it was: free or passed on, 2 the successor has the lock, 3 the successor is queued
-- O(length of the queue); 3 commands if nobody waits, 5 to pass on (1 more for each waiter that is gone).
local id, successor = ARGV[1], ARGV[6] or ''
local value = redis.call('GET', KEYS[1])
if not value then
  return {0, 0, 0, 0}
end
if successor == '' and ARGV[5] == '0' and string.sub(value, 1, #id + 1) == id .. ' '
    and not string.find(value, '\n', 1, true) then
  -- By far the commonest: nobody waits.
  redis.call('DEL', KEYS[1])
  return {1, 0, 0, 0}
end

local grace, block = tonumber(ARGV[2]), tonumber(ARGV[3])
local owner, last, expiry, queue = string.match(value, '^(%S+) (%d+) (%d+)(.*)$')

if owner ~= id then
  if successor ~= '' then
    -- Run before, and the reply was lost.
    local time = redis.call('TIME')
    local us = time[1] * 1000000 + time[2]
    if owner == successor then
      return {2, tonumber(last) - block + 1, us, tonumber(expiry)}
    elseif string.find(queue, ' ' .. successor .. ' ', 1, true) then
      return {3, 0, us, tonumber(expiry)}
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
    local head = string.sub(value, 1, #value - #queue)
    redis.call('SET', KEYS[1], head .. table.concat(kept), 'KEEPTTL')
  end
  return {0, 0, 0, 0}
end

local hold = tonumber(ARGV[5])

local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local ms = math.floor(us / 1000)

if hold > 0 then
  -- Nobody's until then. The waiters are told to look at that moment instead of the old expiry.
  local free = ms + hold
  for channel, entry in string.gmatch(queue, '\n(%S+) (%S+) %d+') do
    redis.call('PUBLISH', channel, string.format('%s\n%s 0 %.0f %.0f', string.match(entry, '^[^.]+'), entry, us, free))
  end
  redis.call('SET', KEYS[1], string.format('- %s %.0f', last, free) .. queue, 'PX', hold + (queue == '' and 0 or grace))
  return {1, 0, us, free}
end

local token = math.max(tonumber(last) + 1, us)
local upTo = token + block - 1
if successor ~= '' and not string.find(queue, ' ' .. successor .. ' ', 1, true) then
  -- The last in the line, unless it is the only one.
  if queue == '' then
    local lease = tonumber(ARGV[7])
    redis.call('SET', KEYS[1], string.format('%s %.0f %.0f', successor, upTo, ms + lease), 'PX', lease + grace)
    return {2, token, us, ms + lease}
  end
  queue = queue .. '\n' .. ARGV[8] .. ' ' .. successor .. ' ' .. ARGV[9]
end

while queue ~= '' do
  local channel, entry, granted, to = string.match(queue, '^\n(%S+) (%S+) (%d+)()')
  queue = string.sub(queue, to)
  if entry == successor then
    -- All the others were gone. Its own process needs no message.
    local lease = tonumber(ARGV[7])
    redis.call('SET', KEYS[1], string.format('%s %.0f %.0f', entry, upTo, ms + lease) .. queue, 'PX', lease + grace)
    return {2, token, us, ms + lease}
  end
  granted = tonumber(granted)
  local message = string.format('%s\n%s %.0f %.0f %.0f', string.match(entry, '^[^.]+'), entry, token, us, ms + granted)
  if redis.call('PUBLISH', channel, message) > 0 or ARGV[4] ~= '1' then
    redis.call('SET', KEYS[1], string.format('%s %.0f %.0f', entry, upTo, ms + granted) .. queue, 'PX', granted + grace)
    return {successor == '' and 1 or 3, 0, us, ms + granted}
  end
end
redis.call('DEL', KEYS[1])
return {1, 0, us, 0}
