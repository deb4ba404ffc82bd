-- Takes permits of several limits of one subject, all or none; or only looks.
--
-- KEYS    one per limit, of one hash slot
-- ARGV[1] 1 to take, 0 to look
-- then for each limit, in the order of KEYS:
--   algorithm  'b' token bucket, 'f' fixed window, 'w' sliding window counter, 'l' sliding log
--   limit      permits per period
--   per        the period in ms
--   burst      the bucket's size
--   cost       permits wanted, at least 1, at most what the limit can ever give
-- Returns for each limit: 1 if it would allow, permits left, ms until it could allow, ms until it is full again
-- Complexity O(limits); a sliding log O(log(limit) * cost) more
--
-- All arithmetic is in whole numbers (permits * ms), so nothing is rounded in anybody's favour.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function digits(number)
  return string.format('%.0f', number)
end

-- The level of a leaking bucket: each permit pours in `per`, each ms drains `limit`. This is the generic cell rate
-- algorithm with the theoretical arrival time written as (level, time).
local function bucket(key, limit, per, burst, cost)
  local level, at = 0, now
  local state = redis.call('GET', key)
  if state then
    local separator = string.find(state, ':', 1, true)
    level, at = tonumber(string.sub(state, 1, separator - 1)), tonumber(string.sub(state, separator + 1))
  end
  -- A clock that went back drains nothing.
  level = math.max(0, level - math.max(0, now - at) * limit)
  local over = level + cost * per - burst * per
  return {
    allowed = over <= 0,
    retry = math.ceil(over / limit),
    left = function(taken) return math.max(0, math.floor((burst * per - level - taken * per) / per)) end,
    reset = function(taken) return math.ceil((level + taken * per) / limit) end,
    store = function()
      local full = level + cost * per
      redis.call('SET', key, digits(full) .. ':' .. digits(now), 'PX', digits(math.ceil(full / limit)))
    end,
  }
end

local function fixed(key, limit, per, _, cost)
  local used = tonumber(redis.call('GET', key) or 0)
  local ends = redis.call('PTTL', key)
  if ends <= 0 then
    used, ends = 0, per
  end
  return {
    allowed = used + cost <= limit,
    retry = ends,
    left = function(taken) return math.max(0, limit - used - taken) end,
    reset = function(taken) return used + taken > 0 and ends or 0 end,
    store = function()
      if used == 0 then
        redis.call('SET', key, digits(cost), 'PX', digits(per))
      else
        redis.call('INCRBY', key, digits(cost))
      end
    end,
  }
end

-- The window before counts by the share of it that the sliding window still covers.
local function sliding(key, limit, per, _, cost)
  local window, off = math.floor(now / per), now % per
  local current, before = 0, 0
  local state = redis.call('GET', key)
  if state then
    local at, last, earlier = string.match(state, '^(%d+):(%d+):(%d+)$')
    at = tonumber(at)
    if at == window then
      current, before = tonumber(last), tonumber(earlier)
    elseif at == window - 1 then
      before = tonumber(last)
    end
  end
  local covered = before * (per - off)
  local allowed = covered + (current + cost) * per <= limit * per
  -- The first ms of a window in which `old` permits of the window before leave room for `wanted` more.
  local function room(old, wanted)
    return old == 0 and 0 or math.max(0, math.ceil(per - (limit - wanted) * per / old))
  end
  local retry = 0
  if not allowed then
    retry = current + cost <= limit and room(before, current + cost) - off or per - off + room(current, cost)
  end
  return {
    allowed = allowed,
    retry = retry,
    left = function(taken) return math.max(0, math.floor((limit * per - covered) / per) - current - taken) end,
    reset = function(taken)
      return current + taken > 0 and 2 * per - off or (before > 0 and per - off or 0)
    end,
    store = function()
      local value = digits(window) .. ':' .. digits(current + cost) .. ':' .. digits(before)
      redis.call('SET', key, value, 'PX', digits(2 * per - off))
    end,
  }
end

-- One member per permit; those of one ms are told apart by a number.
local function log(key, limit, per, _, cost)
  local alive = '(' .. digits(now - per)
  local used = redis.call('ZCOUNT', key, alive, '+inf')
  local retry, newest = 0, redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
  if used + cost > limit then
    local gone = redis.call('ZCARD', key) - used
    local needed = gone + used + cost - limit - 1
    retry = redis.call('ZRANGE', key, needed, needed, 'WITHSCORES')[2] + per - now
  end
  return {
    allowed = used + cost <= limit,
    retry = retry,
    left = function(taken) return math.max(0, limit - used - taken) end,
    reset = function(taken)
      return taken > 0 and per or (used > 0 and newest[2] + per - now or 0)
    end,
    store = function()
      redis.call('ZREMRANGEBYSCORE', key, '-inf', digits(now - per))
      local same = redis.call('ZCOUNT', key, digits(now), digits(now))
      for permit = 1, cost do
        redis.call('ZADD', key, digits(now), digits(now) .. '-' .. digits(same + permit))
      end
      redis.call('PEXPIRE', key, digits(per))
    end,
  }
end

local algorithms = {b = bucket, f = fixed, w = sliding, l = log}
local limits, all = {}, true
for i, key in ipairs(KEYS) do
  local first = 2 + (i - 1) * 5
  local cost = tonumber(ARGV[first + 4])
  limits[i] = algorithms[ARGV[first]](
    key, tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2]), tonumber(ARGV[first + 3]), cost)
  limits[i].cost = cost
  all = all and limits[i].allowed
end

local take = all and ARGV[1] == '1'
local reply = {}
for _, limit in ipairs(limits) do
  if take then
    limit.store()
  end
  local taken = take and limit.cost or 0
  table.insert(reply, limit.allowed and 1 or 0)
  table.insert(reply, limit.left(taken))
  table.insert(reply, limit.allowed and 0 or math.max(1, limit.retry))
  table.insert(reply, limit.reset(taken))
end
return reply
