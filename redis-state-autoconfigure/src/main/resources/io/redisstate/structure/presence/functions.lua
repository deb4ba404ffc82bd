-- What the scripts of a presence share. KEYS[1] is a sorted set of rooms by the first time at which a member of it may be over,
-- KEYS[2] the stream of events, KEYS[3] the channels of processes that listen, by the time at which they stop doing so.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number)
  return string.format('%.0f', number)
end
local told = false
local function event(kind, room, member, settings)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', settings.events, '*', 'k', kind, 'r', room, 'm', member)
  told = true
end
-- Takes out who is over, and notes when the next may be.
local function sweep(key, room, settings)
  for _, member in ipairs(redis.call('ZRANGE', key, '-inf', text(now), 'BYSCORE', 'LIMIT', 0, 5000)) do
    redis.call('ZREM', key, member)
    event('expired', room, member, settings)
  end
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if first[2] then
    redis.call('ZADD', KEYS[1], first[2], room)
  else
    redis.call('ZREM', KEYS[1], room)
  end
end
local function finish(settings, topic)
  redis.call('PEXPIRE', KEYS[1], settings.keep)
  if told then
    redis.call('PEXPIRE', KEYS[2], settings.keep)
    redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', text(now))
    for _, channel in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
      redis.call('PUBLISH', channel, topic)
    end
  end
end
