-- How jobs end. Needs place.lua.

-- What a failure leaves, at most the last ten.
local function note_error(id, entry)
  local past = redis.call('HGET', errors, id)
  if past then
    local _, lines = string.gsub(past, '\n', '')
    if lines >= 9 then
      past = string.match(past, '^[^\n]*\n(.*)$')
    end
    entry = past .. '\n' .. entry
  end
  redis.call('HSET', errors, id, entry)
end

-- Only the owner gives its unique key back; while its window is open, the key stays taken.
local function free_unique(id, blob)
  local unique = string.match(blob, '^%S+ %S+ %S+ %S+ %S+ %S+ (%S+)')
  if unique and unique ~= '-' then
    local owner, till = string.match(redis.call('HGET', uniq, unique) or '', '^(%S+) (%d+)')
    if owner == id then
      if tonumber(till) > now then
        redis.call('HSET', uniq, unique, owner .. ' ' .. till .. ' 0')
        redis.call('ZADD', windows, till, unique)
      else
        redis.call('HDEL', uniq, unique)
      end
    end
  end
end

local function bury(id, blob, entry)
  note_error(id, entry)
  free_unique(id, blob)
  redis.call('ZADD', dead, now, id)
  redis.call('HINCRBY', control, 'dead', 1)
end

-- A job whose time has come, or that nobody waits for any more.
local function begin(id)
  local blob = redis.call('HGET', data, id)
  if blob then
    local due, priority, group = string.match(blob, '^%S+ (%S+) (%S+) %S+ %S+ (%S+)')
    if tonumber(due) > now then
      redis.call('ZADD', delayed, due, id)
    else
      place(id, priority, group)
    end
  end
end

-- Lets go of jobs that wait for one that has completed, or never will.
local function let_go_of(waiting, id, completed)
  for child in string.gmatch(waiting, '%S+') do
    if redis.call('ZSCORE', held, child) then
      if not completed then
        redis.call('ZREM', held, child)
        local gone = '{"attempt":0,"at":%.0f,"type":"parent-cancelled","message":"A job it was to run after, %s, was cancelled"}'
        bury(child, redis.call('HGET', data, child) or '', string.format(gone, now, id))
      elseif tonumber(redis.call('ZINCRBY', held, -1, child)) <= 0 then
        redis.call('ZREM', held, child)
        begin(child)
      end
    end
  end
end

-- Lets go of all that hangs on a job that has completed, or never will.
local function let_go(id, blob, completed)
  free_unique(id, blob)
  local waiting = redis.call('HGET', children, id)
  if waiting then
    local blocks, latest = string.match(waiting, '^(%d+)(.*)$')
    for i = 1, blocks do
      let_go_of(redis.call('HGET', children, id .. ' ' .. i) or '', id, completed)
      redis.call('HDEL', children, id .. ' ' .. i)
    end
    let_go_of(latest, id, completed)
    redis.call('HDEL', children, id)
  end
end

-- Keeps a finished job for a while.
local function remember(id, state, blob, keep, result)
  local fence = redis.call('HGET', attempt, id) or '0 0'
  redis.call('HSET', finished, id, string.format('%s %.0f ', state, now) .. fence .. '\n' .. result .. '\n' .. blob)
  redis.call('ZADD', expiry, now + keep, id)
end

-- Takes a job that is in none of the sets any more out of everything else; what failed stays with one that is remembered.
local function erase(id, remembered)
  redis.call('HDEL', data, id)
  redis.call('HDEL', attempt, id)
  if not remembered then
    redis.call('HDEL', errors, id)
  end
  redis.call('HDEL', progress, id)
  redis.call('SREM', cancelled, id)
end

-- For how many ms a job asks to be kept.
local function keep_of(blob)
  return tonumber(string.match(blob, '^%S+ %S+ %S+ %S+ (%S+)') or 0)
end

-- The end of a cancelled job that is in none of the sets any more.
local function end_cancelled(id, blob)
  let_go(id, blob, false)
  local keep = keep_of(blob)
  if keep > 0 then
    remember(id, 'cancelled', blob, keep, '')
  end
  erase(id, keep > 0)
end
