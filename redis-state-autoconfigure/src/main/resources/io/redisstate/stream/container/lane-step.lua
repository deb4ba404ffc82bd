-- One trip of a consumer of an ordered group: settles, gives a sign of life, hands on what the dead had, takes what it
-- may work on, and, of the one that leads, puts into lanes what it has read and reads more.
--
-- Only the leader reads, and it reads on only when what it has read has its lane; both are fenced by its membership. So
-- no entry of a lane can be taken before all earlier ones of it.
--
-- KEYS       see lanes.lua
-- ARGV[1]    the group
-- ARGV[2]    the consumer
-- ARGV[3]    its token
-- ARGV[4]    what all tokens of its process begin with
-- ARGV[5]    how long it counts as alive in ms
-- ARGV[6]    how many entries it takes at most
-- ARGV[7]    1 for a sign of life, and a look at the others
-- ARGV[8]    1 if it may lead
-- ARGV[9]    1 if it reads should it lead: all that had been read has its lane, once those it puts have
-- ARGV[10]   how many free lanes there are to be for each consumer, and how many entries are read for each
-- ARGV[11]   how many entries may wait in all; of those of one lane only a hundred count as such for which nothing is read
-- ARGV[12]   how many entries it puts into lanes
-- ARGV[13]   how often an entry is delivered at most
-- ARGV[14]   1 if it may take a suspect
-- ARGV[15..] for each of these its id and its lane; then, for what it settles, one after the other: the token with which it took
--            them; -1 if they are done, -2 if they were not begun, or in how many ms the first is to be tried again, the
--            others not having been begun; their lane; their number; their ids
--
-- Returns {1, or 0 if the process no longer owns the name, the rest but the next being missing; {how many of each settled
--   lot were its own}; 0, 1 if it leads, 2 if from now on; ms until the next free lane is due or -1; pending entries of the
--   group or -1 if not looked at; entries not read or -1; the last id read or ""; the id of the bell; 1 if more is to be
--   handed on; 1 if enough waits; {ids that no longer exist}; {{id, deliveries, lane, {field, value, ...}, 1 if it is a suspect, else 0}, ...} taken;
--   {{id, {field, value, ...}}, ...} read; ms until the next of the others counts as dead, unless it gives a sign of life,
--   or -1; how many entries have a lane}
-- O((entries + lanes) log n), and O(consumers) with a sign of life.
-- include lanes
local token, process, life, want = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
attempts = tonumber(ARGV[13])
local may_lead, reads, limit, putting = ARGV[8] == '1', ARGV[9] == '1', tonumber(ARGV[11]), tonumber(ARGV[12])

local ours = {}
local at = 15 + 2 * putting
while at <= #ARGV do
  local what, lane, last = tonumber(ARGV[at + 1]), ARGV[at + 2], at + 3 + ARGV[at + 3]
  local mine = own(ARGV[at], process, {unpack(ARGV, at + 4, last)})
  local count = 0
  if what == -1 and #mine > 0 then
    count = redis.call('XACK', stream, group, unpack(mine))
    local members = {}
    for i, id in ipairs(mine) do
      members[i] = padded(id)
    end
    redis.call('ZREM', order, unpack(members))
  else
    for _, id in ipairs(mine) do
      local name, deliveries = holder(id)
      if name == me then
        put_back(id, what >= 0 and id == ARGV[at + 4] and deliveries + 1 or deliveries)
        count = count + 1
      end
    end
  end
  if count > 0 then
    refresh(lane, now + math.max(what, 0), what >= 0)
  end
  ours[#ours + 1] = count
  at = last + 1
end

if aliveness(me) ~= token then
  if freed then
    ring()
  end
  return {0, ours}
end

local must_ring = false
local leader = redis.call('HGET', consumers, ':leader')
local leading = 0
if leader == me then
  if may_lead then
    leading = 1
  else
    redis.call('HDEL', consumers, ':leader')
    must_ring = true
  end
elseif may_lead then
  local owner, alive
  if leader then
    owner, alive = aliveness(leader)
  end
  if not owner or alive <= now then
    redis.call('HSET', consumers, ':leader', me)
    leading = 2
    must_ring = true
  end
end

local more, death = 0, -1
if ARGV[7] == '1' then
  redis.call('HSET', consumers, me, string.format('%s %.0f', token, now + life))
  local seen, lanes = {}, {}
  for _, facts in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
    local name, pending, idle = facts[2], facts[4], facts[6]
    seen[name] = true
    if name ~= me and name ~= ':lanes' then
      local owner, alive = aliveness(name)
      local dead = owner and alive <= now
      if owner and not dead then
        death = death == -1 and alive - now or math.min(death, alive - now)
      end
      if pending == 0 then
        if dead or not owner and idle > 10 * life then
          redis.call('XGROUP', 'DELCONSUMER', stream, group, name)
          redis.call('HDEL', consumers, name)
        end
      elseif dead or not owner then
        local left
        if dead then
          -- Should its process live after all, it has to join again.
          redis.call('HSET', consumers, name, 'dead 0')
          left = redis.call('XPENDING', stream, group, '-', '+', 256, name)
        else
          left = redis.call('XPENDING', stream, group, 'IDLE', life, '-', '+', 256, name)
        end
        for _, entry in ipairs(left) do
          local lane = put_back(entry[1], entry[4] + 1)
          if lane then
            lanes[lane] = true
          end
        end
        if #left == 256 then
          more = 1
        end
      end
    end
  end
  for _, name in ipairs(redis.call('HKEYS', consumers)) do
    if not seen[name] and name ~= me and string.sub(name, 1, 1) ~= ':' then
      local _, alive = aliveness(name)
      if alive <= now then
        redis.call('HDEL', consumers, name)
      end
    end
  end
  refresh_all(lanes)
end

if leading == 1 and putting > 0 then
  local lanes = {}
  for i = 15, 14 + 2 * putting, 2 do
    redis.call('ZADD', order, ARGV[i + 1], padded(ARGV[i]))
    lanes[ARGV[i + 1]] = true
  end
  refresh_all(lanes)
end

local behind = redis.call('HEXISTS', consumers, ':behind')
local many = redis.call('HLEN', consumers) - behind - redis.call('HEXISTS', consumers, ':leader')
local ready = redis.call('ZCOUNT', free, '-inf', now)
local given = {}

-- Whether so many wait that nothing more is read. Each step passes a hundred entries, or more if these are of one lane: so
-- a long lane, behind an entry that fails or takes its time, does not keep the others' entries from being read.
local function crowded(waiting)
  if waiting >= limit then
    return true
  end
  local rank, steps = 0, 0
  while waiting >= 10000 and rank < waiting and steps < 100 do
    local lane = redis.call('ZRANGE', order, rank, rank, 'WITHSCORES')[2]
    rank = math.max(rank + 100, redis.call('ZCOUNT', order, '-inf', lane))
    steps = steps + 1
  end
  return steps == 100
end

local function take(lane, alone)
  local before = #given
  for i, member in ipairs(redis.call('ZRANGEBYSCORE', order, lane, lane, 'LIMIT', 0, want - before)) do
    local id = plain(member)
    local name, deliveries = holder(id)
    if name == ':lanes' then
      if alone and #given > before or i > 1 and suspect(deliveries) then
        break
      end
      local entry = redis.call('XCLAIM', stream, group, me, 0, id, 'RETRYCOUNT', deliveries)[1]
      if entry then
        given[#given + 1] = {id, deliveries, lane, entry[2], alone and 1 or 0}
      else
        redis.call('XACK', stream, group, id)
        redis.call('ZREM', order, member)
        lost[#lost + 1] = id
      end
    elseif name then
      break
    else
      redis.call('ZREM', order, member)
    end
  end
  redis.call('ZREM', free, lane)
  if #given == before then
    refresh(lane, now)
  end
end

if want > 0 and ready > 0 then
  local share = math.ceil(ready / math.max(many, 1))
  for _, lane in ipairs(redis.call('ZRANGEBYSCORE', free, '-inf', now, 'LIMIT', 0, math.min(share, want))) do
    if #given >= want then
      break
    end
    take(lane, false)
  end
  ready = redis.call('ZCOUNT', free, '-inf', now)
end
if ARGV[14] == '1' and #given < want then
  local lane = redis.call('ZRANGEBYSCORE', free, string.format('%.0f', suspects), '+inf', 'LIMIT', 0, 1)[1]
  if lane then
    take(lane, true)
  end
end

local most = math.min(ARGV[10] * math.max(many, 1), 1000)
local waiting = redis.call('ZCARD', order)
local enough = ready >= most or crowded(waiting)
local entries = {}
if leading == 1 and reads then
  if enough then
    redis.call('HSET', consumers, ':behind', '1')
  else
    if behind == 1 then
      redis.call('HDEL', consumers, ':behind')
      must_ring = true
    end
    local reply = redis.call('XREADGROUP', 'GROUP', group, ':lanes', 'COUNT', most, 'STREAMS', stream, '>')
    entries = reply and reply[1][2] or {}
  end
elseif behind == 1 and leading == 0 and not enough then
  redis.call('HDEL', consumers, ':behind')
  must_ring = true
end

local rung
if must_ring or freed and (ready > 0 or redis.call('ZCOUNT', free, string.format('%.0f', suspects), '+inf') > 0) then
  rung = ring()
else
  local last = redis.call('XREVRANGE', bell, '+', '-', 'COUNT', 1)[1]
  rung = last and last[1] or '0-0'
end

local pending, lag, last_read = -1, -1, ''
if ARGV[7] == '1' or leading == 1 and #entries == 0 then
  for _, facts in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    if facts[2] == group then
      for i = 1, #facts, 2 do
        if facts[i] == 'pending' then
          pending = facts[i + 1]
        elseif facts[i] == 'lag' then
          lag = facts[i + 1] or -1
        elseif facts[i] == 'last-delivered-id' then
          last_read = facts[i + 1]
        end
      end
    end
  end
end
local next = redis.call('ZRANGEBYSCORE', free, string.format('(%.0f', now), string.format('(%.0f', suspects), 'WITHSCORES',
  'LIMIT', 0, 1)
local due = next[2] and math.max(next[2] - now, 0) or -1
return {1, ours, leading, due, pending, lag, last_read, rung, more, enough and 1 or 0, lost, given, entries,
  death, waiting}
