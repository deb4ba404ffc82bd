-- One trip of a worker: reports what became of jobs, sets free what is due, and takes more.
--
-- KEYS      those of the queue, see keys.lua
-- ARGV[1]   topic of wake-ups
-- ARGV[2]   the worker's wake-up channel
-- ARGV[3]   "1" in a cluster
-- ARGV[4]   how many jobs it wants
-- ARGV[5]   lease in ms
-- ARGV[6]   attempts of jobs that say none
-- ARGV[7]   rate limit: how many jobs; 0 for none
-- ARGV[8]   in how many ms
-- ARGV[9]   how many finished jobs are kept at most
-- ARGV[10]  how many dead ones
-- ARGV[11]  counts to add to the statistics: "<name>=<n> ..."
-- ARGV[12]  and so on: outcomes, five arguments each: id, fence, what, number, text; what is
--           d completed, c cancelled: ms to keep it, result; r again: ms to wait, error; x dead: 0, error;
--           b not begun, not an attempt; r and b of a job whose end is asked for are c. Of two for one job, the first counts
--
-- Returns {now ms, ms until something is due or -1, 1 if paused, number of outcomes that came too late, their ids ...,
--   number of due recurring jobs, name, tick, definition ..., and for each job taken: id, fence, data}
-- O((outcomes + jobs) log m). A lease that ended without an outcome is an attempt. Begins with writes that a full server
-- allows, after which it allows them all: workers go on.
-- include keys
-- include place
-- include retire
-- include statistics
local topic, channel, cluster, want = ARGV[1], ARGV[2], ARGV[3] == '1', tonumber(ARGV[4])
local lease, max_attempts = tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('ZREM', idle, channel)
local stale = now - math.max(3 * lease, 60000)
redis.call('ZREMRANGEBYSCORE', workers, '-inf', stale)
redis.call('ZADD', workers, now, channel)

-- Outcomes
local lost = {}
local totals = {}
if #ARGV >= 12 then
  local ids = {}
  for i = 12, #ARGV, 5 do
    ids[#ids + 1] = ARGV[i]
  end
  local leases = redis.call('ZMSCORE', active, unpack(ids))
  local fences = redis.call('HMGET', attempt, unpack(ids))
  local extras = redis.call('EXISTS', errors, progress, cancelled, uniq, children) > 0
  local leaving, gone, unkept, told = {}, {}, {}, {}
  for i, id in ipairs(ids) do
    local at = 7 + 5 * i
    local what, number, text = ARGV[at + 2], tonumber(ARGV[at + 3]), ARGV[at + 4]
    if not leases[i] or fences[i] ~= ARGV[at + 1] then
      lost[#lost + 1] = id
    elseif not told[id] then
      -- The first word counts: a job that has left must not be put anywhere else.
      told[id] = true
      leaving[#leaving + 1] = id
      if (what == 'r' or what == 'b') and extras and redis.call('SISMEMBER', cancelled, id) == 1 then
        what, number, text = 'c', keep_of(redis.call('HGET', data, id) or ''), ''
      end
      totals[what] = (totals[what] or 0) + 1
      if what == 'd' or what == 'c' then
        if extras or number > 0 then
          local blob = redis.call('HGET', data, id) or ''
          if extras then
            let_go(id, blob, what == 'd')
          end
          if number > 0 then
            remember(id, what == 'd' and 'completed' or 'cancelled', blob, number, text)
          end
        end
        gone[#gone + 1] = id
        if number <= 0 then
          unkept[#unkept + 1] = id
        end
      elseif what == 'r' then
        note_error(id, text)
        redis.call('ZADD', delayed, now + number, id)
      elseif what == 'x' then
        bury(id, redis.call('HGET', data, id) or '', text)
        redis.call('SREM', cancelled, id)
      else
        local count, taken = string.match(fences[i], '^(%d+) (%d+)$')
        redis.call('HSET', attempt, id, (count - 1) .. ' ' .. taken)
        local priority, group = string.match(redis.call('HGET', data, id) or '', '^%S+ %S+ (%S+) %S+ %S+ (%S+)')
        if priority then
          place(id, priority, group, true)
        end
      end
    end
  end
  if #leaving > 0 then
    redis.call('ZREM', active, unpack(leaving))
  end
  if #gone > 0 then
    redis.call('HDEL', data, unpack(gone))
    redis.call('HDEL', attempt, unpack(gone))
    if extras then
      redis.call('HDEL', progress, unpack(gone))
      redis.call('SREM', cancelled, unpack(gone))
      if #unkept > 0 then
        redis.call('HDEL', errors, unpack(unkept))
      end
    end
  end
end

-- Leases of workers that died
for _, id in ipairs(redis.call('ZRANGEBYSCORE', active, '-inf', now, 'LIMIT', 0, 200)) do
  redis.call('ZREM', active, id)
  local blob = redis.call('HGET', data, id)
  local count = string.match(redis.call('HGET', attempt, id) or '1', '^(%d+)')
  if not blob then
    erase(id)
  elseif redis.call('SISMEMBER', cancelled, id) == 1 then
    end_cancelled(id, blob)
    totals.c = (totals.c or 0) + 1
  else
    totals.s = (totals.s or 0) + 1
    local entry = string.format(
      '{"attempt":%s,"at":%.0f,"type":"lease-expired","message":"The worker did not renew its lease: it died, was paused or cut off"}',
      count, now)
    local priority, most, group = string.match(blob, '^%S+ %S+ (%S+) (%S+) %S+ (%S+)')
    most = tonumber(most) > 0 and tonumber(most) or max_attempts
    if tonumber(count) >= most then
      bury(id, blob, entry)
    else
      note_error(id, entry)
      place(id, priority, group, true)
    end
  end
end
for what, name in pairs({ d = 'completed', c = 'cancelled', r = 'failed', x = 'failed', s = 'stalled' }) do
  if totals[what] then
    redis.call('HINCRBY', control, name, totals[what])
  end
end

-- What is due
local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, 1000)
if #due > 0 then
  redis.call('ZREM', delayed, unpack(due))
  local blobs = redis.call('HMGET', data, unpack(due))
  for i, id in ipairs(due) do
    if blobs[i] then
      local priority, group = string.match(blobs[i], '^%S+ %S+ (%S+) %S+ %S+ (%S+)')
      place(id, priority, group)
    end
  end
end
local made_ready = write_places()

-- What is to be forgotten
local old = redis.call('ZRANGEBYSCORE', expiry, '-inf', now, 'LIMIT', 0, 1000)
if #old == 0 and totals.d then
  local many = redis.call('ZCARD', expiry) - ARGV[9]
  if many > 0 then
    old = redis.call('ZRANGE', expiry, 0, math.min(many, 1000) - 1)
  end
end
if #old > 0 then
  redis.call('ZREM', expiry, unpack(old))
  redis.call('HDEL', finished, unpack(old))
  redis.call('HDEL', errors, unpack(old))
end
if (totals.x or totals.s) then
  local many = redis.call('ZCARD', dead) - ARGV[10]
  if many > 0 then
    for _, id in ipairs(redis.call('ZRANGE', dead, 0, math.min(many, 1000) - 1)) do
      redis.call('ZREM', dead, id)
      let_go(id, redis.call('HGET', data, id) or '', false)
      erase(id)
    end
  end
end
for _, unique in ipairs(redis.call('ZRANGEBYSCORE', windows, '-inf', now, 'LIMIT', 0, 1000)) do
  redis.call('ZREM', windows, unique)
  local till, live = string.match(redis.call('HGET', uniq, unique) or '', '^%S+ (%d+) (%d)')
  if live == '0' and tonumber(till) <= now then
    redis.call('HDEL', uniq, unique)
  end
end

note_statistics(ARGV[11])

-- Jobs
local paused = redis.call('HGET', control, 'paused') == '1'
local allowed, limit, waits = paused and 0 or want, tonumber(ARGV[7]), -1
local gap, used
if limit > 0 and allowed > 0 then
  -- Evenly spaced; up to a tenth of the period, at most 100 ms of it, may be caught up on.
  gap = ARGV[8] * 1000 / limit
  local slack = math.max(gap, math.min(ARGV[8] * 100, 100000))
  used = math.max(tonumber(redis.call('GET', rate) or 0), us - slack + gap)
  local room = math.floor((us - used) / gap + 1)
  if room <= 0 then
    allowed = 0
  else
    allowed = math.min(allowed, room)
  end
end
local jobs, taken = {}, 0
if allowed > 0 then
  local popped = redis.call('ZPOPMIN', ready, allowed)
  if #popped > 0 then
    local ids, last = {}, {}
    for i = 1, #popped, 2 do
      ids[#ids + 1] = popped[i]
      local score = tonumber(popped[i + 1])
      local tier = math.floor(score / TIER)
      last['v' .. (1000 - tier)] = score - tier * TIER
    end
    local blobs = redis.call('HMGET', data, unpack(ids))
    local before = redis.call('HMGET', attempt, unpack(ids))
    local leases, fences = {}, {}
    for i, id in ipairs(ids) do
      if blobs[i] then
        local count = before[i] and tonumber(string.match(before[i], '^%d+')) or 0
        local fence = string.format('%d %.0f', count + 1, us)
        leases[#leases + 1] = now + lease
        leases[#leases + 1] = id
        fences[#fences + 1] = id
        fences[#fences + 1] = fence
        jobs[#jobs + 1] = id
        jobs[#jobs + 1] = fence
        jobs[#jobs + 1] = blobs[i]
      elseif before[i] then
        redis.call('HDEL', attempt, id)
      end
    end
    if #leases > 0 then
      taken = #leases / 2
      redis.call('ZADD', active, unpack(leases))
      redis.call('HSET', attempt, unpack(fences))
    end
    if #ids < allowed or redis.call('EXISTS', ready) == 0 then
      redis.call('DEL', order)
    else
      local turns = {}
      for field, turn in pairs(last) do
        turns[#turns + 1] = field
        turns[#turns + 1] = turn
      end
      redis.call('HSET', order, unpack(turns))
      if redis.call('HLEN', order) > 2000 + 2 * redis.call('ZCARD', ready) then
        -- Many groups have come and gone. A turn given that lies behind the one last taken means nothing.
        local all = redis.call('HGETALL', order)
        local floors = {}
        for i = 1, #all, 2 do
          local priority = string.match(all[i], '^v(.*)$')
          if priority then
            floors[priority] = tonumber(all[i + 1])
          end
        end
        for i = 1, #all, 2 do
          local priority = string.match(all[i], '^l(%S+) ')
          if priority and tonumber(all[i + 1]) <= (floors[priority] or 0) then
            redis.call('HDEL', order, all[i])
          end
        end
      end
    end
  end
  if gap and taken > 0 then
    used = used + taken * gap
    redis.call('SET', rate, string.format('%.0f', used), 'PX', 2 * ARGV[8] + 1000)
  end
end
if gap and used > us then
  waits = math.ceil((used - us) / 1000)
end

-- Who waits, and for how long
if taken < want and not paused and waits < 0 then
  redis.call('ZREMRANGEBYSCORE', idle, '-inf', stale)
  redis.call('ZADD', idle, now, channel)
elseif made_ready > 0 and not paused then
  local more = math.min(made_ready, redis.call('ZCARD', ready))
  if more > 0 then
    wake(more, topic, cluster)
  end
end
local next_due = waits >= 0 and now + waits or nil
for _, set in ipairs({ delayed, active, ticks }) do
  local head = redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')
  if head[2] and (not next_due or tonumber(head[2]) < next_due) then
    next_due = tonumber(head[2])
  end
end

local reply = { now, next_due and math.max(0, next_due - now) or -1, paused and 1 or 0, #lost }
for _, id in ipairs(lost) do
  reply[#reply + 1] = id
end
local recurrences = redis.call('ZRANGEBYSCORE', ticks, '-inf', now, 'WITHSCORES', 'LIMIT', 0, 20)
reply[#reply + 1] = #recurrences / 2
for i = 1, #recurrences, 2 do
  reply[#reply + 1] = recurrences[i]
  reply[#reply + 1] = tonumber(recurrences[i + 1])
  reply[#reply + 1] = redis.call('HGET', recurring, recurrences[i]) or ''
end
for _, value in ipairs(jobs) do
  reply[#reply + 1] = value
end
return reply
