-- What the scripts of an ordered group share.
--
-- Entries with the same key are in one lane. Who works on the first of a lane has the lane; the others of it wait. All
-- keys are in the stream's hash slot:
--
-- KEYS[1]  the stream. What waits is pending with the consumer ":lanes" (each of its deliveries but the first stands for
--          an attempt), what is in work with who works on it
-- KEYS[2]  the group's consumers: see join.lua. ":leader" names the one that reads; ":behind" is there while it does not,
--          because enough waits
-- KEYS[3]  the order: a sorted set of each entry that has a lane, until it is settled: its padded id, by its lane
-- KEYS[4]  the free lanes: a sorted set of each lane whose first entry waits, by the ms from which it may be taken. Where
--          that entry is a suspect, which may be what its consumer died of and may be delivered only once more, 1e15 more:
--          a process takes it, and nothing after it, only while it has no other one in work
-- KEYS[5]  the bell: a stream of one entry, a new one whenever there is something for those who wait
-- ARGV[1]  the group
-- ARGV[2]  the consumer
local stream, consumers, order, free, bell = unpack(KEYS)
local group, me = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lost, freed = {}, false
local suspects = 1e15
-- How often an entry is delivered at most.
local attempts = 0

local function aliveness(name)
  local owner, alive = string.match(redis.call('HGET', consumers, name) or '', '^(%S+) (%d+)$')
  return owner, tonumber(alive or 0)
end

-- Sorted as text, padded ids are in the order of the stream.
local function padded(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return string.rep('0', 20 - #ms) .. ms .. '-' .. string.rep('0', 20 - #sequence) .. sequence
end

local function plain(member)
  local ms, sequence = string.match(member, '^0*(%d+)-0*(%d+)$')
  return ms .. '-' .. sequence
end

-- With whom an entry is pending, and how often it has been delivered; nothing if it is settled.
local function holder(id)
  local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if pending then
    return pending[2], pending[4]
  end
end

-- Which of the entries are still the consumer's. As long as it is the member it was when it took them, nobody can have
-- taken anything from it.
local function own(token, process, ids)
  local owner = aliveness(me)
  if owner == token then
    return ids
  end
  local mine = {}
  if not owner or owner == 'dead' or string.sub(owner, 1, #process) == process then
    for _, id in ipairs(ids) do
      if holder(id) == me then
        mine[#mine + 1] = id
      end
    end
  end
  return mine
end

-- Whether an entry of so many deliveries may have ended its consumer, unless its last one ended with a failure.
local function suspect(deliveries)
  return attempts > 1 and deliveries == attempts
end

-- Puts a lane among the free ones if its first entry waits; one that is there keeps its time.
local function refresh(lane, at, failed)
  while true do
    local first = redis.call('ZRANGEBYSCORE', order, lane, lane, 'LIMIT', 0, 1)[1]
    local name, deliveries
    if first then
      name, deliveries = holder(plain(first))
    end
    if name == ':lanes' then
      local score = not failed and suspect(deliveries) and suspects + at or at
      if redis.call('ZADD', free, 'NX', string.format('%.0f', score), lane) == 1 and at <= now then
        freed = true
      end
      return
    elseif name or not first then
      redis.call('ZREM', free, lane)
      return
    end
    redis.call('ZREM', order, first)
  end
end

-- Lets an entry wait; gives its lane if it has one.
local function put_back(id, deliveries)
  local waits = redis.call('XCLAIM', stream, group, ':lanes', 0, id, 'RETRYCOUNT', deliveries, 'JUSTID')[1]
  local lane = redis.call('ZSCORE', order, padded(id))
  if not waits then
    redis.call('XACK', stream, group, id)
    redis.call('ZREM', order, padded(id))
    lost[#lost + 1] = id
  end
  return lane
end

local function refresh_all(lanes)
  for lane in pairs(lanes) do
    refresh(lane, now)
  end
end

local function ring()
  return redis.call('XADD', bell, 'MAXLEN', 1, '*', 'at', string.format('%.0f', now))
end
