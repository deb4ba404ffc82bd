-- Sliding log: the time of each call within the last c microseconds, at most a of them. State: sorted set of
-- "<microseconds>-<n>" by microseconds, at most a members. O(log a + cost)
local function check(key, now, mode, cost, a, b, c)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - c))
  local count = redis.call('ZCARD', key)
  local allowed = count + cost <= a
  if mode ~= 0 and (allowed or mode == 2) then
    local time = string.format('%.0f', now)
    local same = redis.call('ZCOUNT', key, time, time)
    local added = math.min(cost, a - count)
    for i = 1, added do
      redis.call('ZADD', key, time, time .. '-' .. (same + i))
    end
    count = count + added
    redis.call('PEXPIRE', key, math.ceil(c / 1000))
  end
  local retry = 0
  if not allowed then
    -- The call that must have left the window before this one fits.
    local rank = math.min(count, count + cost - a) - 1
    local entry = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
    retry = entry[2] and entry[2] + c - now or c
  end
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
  return allowed, math.max(0, a - count), retry, last[2] and last[2] + c - now or 0
end
