-- What the scripts of a leaderboard share. A board is a sorted set of <since><member> by order, where order is the score
-- turned so that the least is the best, and since is the time at which the member got its score, seven bytes that sort by
-- time; a hash of since by member (under '' the latest since); and, for dense ranks only, a sorted set of the distinct orders.
local function plain(order)
  return string.format('%.17g', order)
end
local function place(member)
  local since = redis.call('HGET', KEYS[2], member)
  if not since then
    return nil
  end
  return redis.call('ZSCORE', KEYS[1], since .. member), since
end
local function drop(member, since, order)
  redis.call('ZREM', KEYS[1], since .. member)
  if KEYS[3] and redis.call('ZCOUNT', KEYS[1], order, order) == 0 then
    redis.call('ZREM', KEYS[3], plain(order))
  end
end
local function put(member, order, since)
  redis.call('ZADD', KEYS[1], order, since .. member)
  redis.call('HSET', KEYS[2], member, since)
  if KEYS[3] then
    redis.call('ZADD', KEYS[3], order, plain(order))
  end
end
local function expire(ttl, at)
  for _, key in ipairs(KEYS) do
    if ttl ~= '0' then
      redis.call('PEXPIRE', key, ttl)
    elseif at ~= '0' then
      redis.call('PEXPIREAT', key, at)
    end
  end
end
-- Cuts the worst off, not more than some at once, and gives how many are still too many.
local function trim(limit, most)
  local surplus = limit > 0 and math.max(0, redis.call('ZCARD', KEYS[1]) - limit) or 0
  local cut = math.min(surplus, most)
  if cut > 0 then
    local worst = redis.call('ZRANGE', KEYS[1], -cut, -1, 'WITHSCORES')
    redis.call('ZREMRANGEBYRANK', KEYS[1], -cut, -1)
    local members = {}
    for i = 1, #worst, 2 do
      members[#members + 1] = string.sub(worst[i], 8)
      local order = worst[i + 1]
      if KEYS[3] and order ~= worst[i - 1] and redis.call('ZCOUNT', KEYS[1], order, order) == 0 then
        redis.call('ZREM', KEYS[3], plain(order))
      end
    end
    redis.call('HDEL', KEYS[2], unpack(members))
  end
  return surplus - cut
end
-- {order, how many stand before, how many have a better score, how many better scores there are or -1}
local function standing(member)
  local order, since = place(member)
  if not order then
    return nil
  end
  return { order, redis.call('ZRANK', KEYS[1], since .. member),
    redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. order),
    KEYS[3] and redis.call('ZRANK', KEYS[3], plain(order)) or -1 }
end
