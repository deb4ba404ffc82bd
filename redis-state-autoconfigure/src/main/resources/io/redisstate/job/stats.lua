-- Figures of a queue.
-- KEYS     those of the queue, see keys.lua
-- ARGV[1]  how many minutes back, at most 60
-- Returns  {now, paused, waiting, delayed, held, active, dead, finished kept, workers, ms the oldest has been ready,
--   name, count, ...}: totals since ever ("total:<name>") and sums over the minutes; the oldest is looked for among the
--   heads of at most 20 priorities. O(minutes); reads only
-- include keys
local reply = {
  now, redis.call('HGET', control, 'paused') == '1' and 1 or 0, redis.call('ZCARD', ready),
  redis.call('ZCARD', delayed), redis.call('ZCARD', held), redis.call('ZCARD', active), redis.call('ZCARD', dead),
  redis.call('ZCARD', expiry), redis.call('ZCARD', workers), 0 }
local TIER, from = 4398046511104, '-inf'
for _ = 1, 20 do
  local head = redis.call('ZRANGEBYSCORE', ready, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if not head[1] then
    break
  end
  from = string.format('%.0f', (math.floor(head[2] / TIER) + 1) * TIER)
  local due = string.match(redis.call('HGET', data, head[1]) or '', '^%S+ (%d+)')
  if due then
    reply[10] = math.max(reply[10], now - due)
  end
end
local sums = {}
local totals = redis.call('HGETALL', control)
for i = 1, #totals, 2 do
  if totals[i] ~= 'paused' then
    sums['total:' .. totals[i]] = tonumber(totals[i + 1])
  end
end
local first = math.floor(now / 60000) - ARGV[1] + 1
for _, packed in ipairs(redis.call('HVALS', stats)) do
  local counts = cmsgpack.unpack(packed)
  if counts.minute >= first then
    for name, count in pairs(counts) do
      if name ~= 'minute' then
        sums[name] = (sums[name] or 0) + count
      end
    end
  end
end
for name, count in pairs(sums) do
  reply[#reply + 1] = name
  reply[#reply + 1] = count
end
return reply
