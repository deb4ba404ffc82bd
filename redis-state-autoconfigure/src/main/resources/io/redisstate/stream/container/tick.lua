-- A consumer's sign of life; gives it what is due for another try, what dead consumers left, and the state of the group.
--
-- A consumer is dead when the time it counts as alive is over; one that never registered, when its entries have been
-- idle for that long. What waits for another try is not given before it is due, but changes hands with the rest. Dead
-- consumers with nothing pending are removed. Before anything is taken from one, it loses its name: should its process
-- live after all, it has to join again, and to look at each entry before it settles it.
--
-- What was left by one that died and may be delivered only once more may be what it died of. It is a suspect, pending with
-- ":suspects" until a process takes it that has no other one in work: so it takes no other with it to the dead letters.
--
-- KEYS[1]  the stream
-- KEYS[2]  the group's consumers: see join.lua
-- KEYS[3]  the entries that wait for another try: a sorted set of id by the ms at which it is due
-- ARGV[1]  the group
-- ARGV[2]  the consumer
-- ARGV[3]  the process's token
-- ARGV[4]  how long it counts as alive in ms
-- ARGV[5]  how many entries it takes at most; 0 for none
-- ARGV[6]  how often an entry is delivered at most
-- ARGV[7]  1 if one of them may be a suspect
--
-- Returns {1; ms until the next is due or -1; 1 if more could be given were more wanted; pending entries of the group; entries it has not been given
--          or -1; {ids that no longer exist}; {{id, deliveries, {field, value, ...}, 1 if it is a suspect, else 0}, ...};
--          ms until the next of the others counts as dead, unless it gives a sign of life, or -1}, or {0} if the process no longer owns the name
-- O(consumers + entries given).
local group, me, token, life, want = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local attempts = tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function aliveness(name)
  local known = redis.call('HGET', KEYS[2], name)
  if not known then
    return nil
  end
  local owner, alive = string.match(known, '^(%S+) (%d+)$')
  return owner, tonumber(alive)
end

if aliveness(me) ~= token then
  return {0}
end
redis.call('HSET', KEYS[2], me, string.format('%s %.0f', token, now + life))

local given, lost = {}, {}
local function give(id, suspect)
  local entry = redis.call('XCLAIM', KEYS[1], group, me, 0, id)[1]
  if entry then
    local pending = redis.call('XPENDING', KEYS[1], group, id, id, 1)[1]
    given[#given + 1] = {id, pending and pending[4] or 1, entry[2], suspect and 1 or 0}
  else
    lost[#lost + 1] = id
  end
end

local suspects = 0
local function suspect(id)
  if #redis.call('XCLAIM', KEYS[1], group, ':suspects', 0, id, 'JUSTID') > 0 then
    suspects = suspects + 1
  else
    lost[#lost + 1] = id
  end
end

local more = 0
if want > 0 then
  local due = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, want)
  more = #due == want and 1 or 0
  for _, id in ipairs(due) do
    redis.call('ZREM', KEYS[3], id)
    -- Only what is still pending: it may have been acknowledged by hand.
    if #redis.call('XPENDING', KEYS[1], group, id, id, 1) > 0 then
      give(id)
    else
      lost[#lost + 1] = id
    end
  end
end

local function condemn(name)
  if redis.call('HGET', KEYS[2], name) ~= 'dead 0' then
    redis.call('HSET', KEYS[2], name, 'dead 0')
  end
end

local seen, death = {}, -1
for _, facts in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], group)) do
  local name, pending, idle = facts[2], facts[4], facts[6]
  seen[name] = true
  if name == ':suspects' and pending > 0 then
    suspects = suspects + pending
  elseif name ~= me then
    local owner, alive = aliveness(name)
    local dead = owner and alive <= now
    if pending == 0 then
      if dead or not owner and idle > 10 * life then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[1], group, name)
        redis.call('HDEL', KEYS[2], name)
      end
    elseif owner and not dead then
      death = death == -1 and alive - now or math.min(death, alive - now)
    elseif dead and #given >= want then
      more = 1
    elseif dead or not owner and #given < want then
      local most, left = want - #given
      if dead then
        condemn(name)
        left = redis.call('XPENDING', KEYS[1], group, '-', '+', most, name)
      else
        left = redis.call('XPENDING', KEYS[1], group, 'IDLE', life, '-', '+', most, name)
      end
      if #left == most then
        more = 1
      end
      for _, entry in ipairs(left) do
        if redis.call('ZSCORE', KEYS[3], entry[1]) then
          redis.call('XCLAIM', KEYS[1], group, me, 0, entry[1], 'JUSTID')
        elseif attempts > 1 and entry[4] + 1 == attempts then
          suspect(entry[1])
        else
          give(entry[1])
        end
      end
    end
  end
end
if suspects > 0 and ARGV[7] == '1' then
  local before = #given
  if before < want then
    local first = redis.call('XPENDING', KEYS[1], group, '-', '+', 1, ':suspects')[1]
    if first then
      give(first[1], true)
    end
  end
  if #given == before then
    more = 1
  end
end
for _, name in ipairs(redis.call('HKEYS', KEYS[2])) do
  if not seen[name] and name ~= me and string.sub(name, 1, 1) ~= ':' then
    local _, alive = aliveness(name)
    if alive <= now then
      redis.call('HDEL', KEYS[2], name)
    end
  end
end

local due = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
local pending, lag = 0, -1
for _, facts in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if facts[2] == group then
    for i = 1, #facts, 2 do
      if facts[i] == 'pending' then
        pending = facts[i + 1]
      elseif facts[i] == 'lag' then
        lag = facts[i + 1] or -1
      end
    end
  end
end
return {1, due[2] and math.max(due[2] - now, 0) or -1, more, pending, lag, lost, given, death}
