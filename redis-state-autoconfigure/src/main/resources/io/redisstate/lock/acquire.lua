-- Takes a lock, or queues the request for it. Running it again with the same id changes nothing but the expiry.
--
-- The lock is one string: "<owner> <last fencing token> <expiry in ms>", then one line for each waiting request:
-- "\n<channel> <id> <ms granted at a hand-over>". It ends by the expiry inside; the key outlives that by a grace time, so
-- that the queue survives a holder that died. From the expiry on, the n-th in the queue (0 is the first) may take the
-- lock once n turns have passed, so whoever does not come is passed over.
--
-- KEYS[1]  the lock
-- ARGV[1]  id of the request
-- ARGV[2]  lease in ms
-- ARGV[3]  grace in ms
-- ARGV[4]  how many fencing tokens to reserve
-- ARGV[5]  one turn in ms
-- ARGV[6]  the process's channel, or "" to not queue
-- ARGV[7]  ms granted at a hand-over
--
-- Returns {1, first fencing token, now in us, expiry in ms}, or
--         {0, 0, now in us, when to look again in ms}
-- O(length of the queue); 3 commands on a free lock, 4 to queue.
local id, lease = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local ms = (us - us % 1000) / 1000
local old = redis.call('SET', KEYS[1], string.format('%s %.0f %.0f', id, us + ARGV[4] - 1, ms + lease),
  'NX', 'GET', 'PX', lease + ARGV[3])
if not old then
  return {1, us, us, ms + lease}
end

local grace, block, turn, channel = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local function header(token)
  return string.format('%s %.0f %.0f', id, token + block - 1, ms + lease)
end

local owner, last, expiry, queue = string.match(old, '^(%S+) (%d+) (%d+)(.*)$')
last, expiry = tonumber(last), tonumber(expiry)
if owner == id then
  -- The reply to an earlier call, or the message of a hand-over, was lost: it is ours. The tokens stay.
  redis.call('SET', KEYS[1], string.format('%s %.0f %.0f', id, last, ms + lease) .. queue, 'PX', lease + grace)
  return {1, last - block + 1, us, ms + lease}
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

local mine = expiry + position * turn
if ms >= mine then
  -- Expired. Those ahead in the queue had their turns and did not come.
  local token = math.max(last + 1, us)
  redis.call('SET', KEYS[1], header(token) .. behind, 'PX', lease + grace)
  return {1, token, us, ms + lease}
end
if channel ~= '' and not queued then
  redis.call('APPEND', KEYS[1], '\n' .. channel .. ' ' .. id .. ' ' .. ARGV[7])
end
return {0, 0, us, mine}
