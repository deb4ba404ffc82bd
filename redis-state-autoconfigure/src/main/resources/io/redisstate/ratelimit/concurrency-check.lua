-- Concurrency: at most a permits at once, each of which ends by itself after c microseconds. State: sorted set of permits by
-- the microseconds of their end, at most a members. O(log a)
local function check(key, now, mode, cost, a, b, c, permit)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now))
  local count = redis.call('ZCARD', key)
  local allowed = count + cost <= a
  if mode == 1 and allowed then
    for i = 1, cost do
      redis.call('ZADD', key, string.format('%.0f', now + c), permit .. '-' .. i)
    end
    count = count + cost
    redis.call('PEXPIRE', key, math.ceil(c / 1000))
  end
  local retry = 0
  if not allowed then
    local rank = math.min(count, count + cost - a) - 1
    local entry = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
    retry = entry[2] and entry[2] - now or c
  end
  return allowed, math.max(0, a - count), retry, count > 0 and c or 0
end
