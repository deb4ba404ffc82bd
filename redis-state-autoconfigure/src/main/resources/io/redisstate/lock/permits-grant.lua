-- Functions shared by the scripts of permits. A semaphore is a sorted set of "<lease>:<permits>" by the ms of their end, and a
-- list of waiters "<channel>\n<lease>\n<permits>\n<lease in ms>", first come first; how many permits there are is what was
-- set, else what the process says that asks.
local KEEP = 365 * 86400000

local function capacity(setting, said)
  local set = redis.call('GET', setting)
  if set and redis.call('PTTL', setting) < KEEP - 86400000 then
    redis.call('PEXPIRE', setting, string.format('%.0f', KEEP))
  end
  return tonumber(set or said)
end

local function used(holders, now)
  redis.call('ZREMRANGEBYSCORE', holders, '-inf', now)
  local sum = 0
  for _, holder in ipairs(redis.call('ZRANGE', holders, 0, -1)) do
    sum = sum + string.match(holder, ':(%d+)$')
  end
  return sum
end

local function hold(holders, lease, permits, now, ms)
  redis.call('ZADD', holders, string.format('%.0f', now + ms), lease .. ':' .. permits)
  if redis.call('PTTL', holders) < tonumber(ms) then
    redis.call('PEXPIRE', holders, ms)
  end
end

-- Gives free permits to the first waiters, as long as there are enough for the first; who wants more than there are at all
-- keeps nobody waiting. A message that reached nobody shows that the waiter's process is gone, but not in a cluster.
-- Returns how many are free then, and whether somebody waits for them.
local function grant(holders, waiters, now, capacity, cluster)
  local free = capacity - used(holders, now)
  local at = 0
  local entry = redis.call('LINDEX', waiters, at)
  while entry do
    local channel, lease, permits, ms = string.match(entry, '^([^\n]+)\n([^\n]+)\n(%d+)\n(%d+)$')
    if tonumber(permits) > capacity then
      at = at + 1
    elseif tonumber(permits) > free then
      return free, true
    else
      redis.call('LREM', waiters, 1, entry)
      if redis.call('PUBLISH', channel, lease) > 0 or cluster == '1' then
        hold(holders, lease, permits, now, ms)
        free = free - permits
      end
    end
    entry = redis.call('LINDEX', waiters, at)
  end
  return free, false
end
