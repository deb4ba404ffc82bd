-- Functions shared by the scripts of permits. A semaphore is a sorted set of "<lease>:<permits>" by the ms of their end, and a
-- list of waiters "<channel>\n<lease>\n<permits>\n<lease in ms>", first come first.
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

-- Gives free permits to the first waiters, as long as there are enough for the first. A message that reached nobody shows
-- that the waiter's process is gone, but not in a cluster.
local function grant(holders, waiters, now, capacity, cluster)
  local free = capacity - used(holders, now)
  local entry = redis.call('LINDEX', waiters, 0)
  while entry do
    local channel, lease, permits, ms = string.match(entry, '^([^\n]+)\n([^\n]+)\n(%d+)\n(%d+)$')
    if tonumber(permits) > free then
      return free
    end
    redis.call('LPOP', waiters)
    if redis.call('PUBLISH', channel, lease) > 0 or cluster == '1' then
      hold(holders, lease, permits, now, ms)
      free = free - permits
    end
    entry = redis.call('LINDEX', waiters, 0)
  end
  return free
end
