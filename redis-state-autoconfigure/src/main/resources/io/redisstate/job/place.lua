-- Puts jobs into the ready set: the higher priority first; within one, groups take turns, each in its own order. A job's
-- turn follows that of the last one of its group, but never lies behind the turn that was last taken (start-time fair
-- queueing), so who was away gains nothing. place() collects, write_places() writes.
local TIER = 4398046511104
local turns, changed, places = {}, {}, {}

-- A thousand values at a time: Lua unpacks at most some 8,000.
local function write_all(command, key, values)
  for from = 1, #values, 1000 do
    redis.call(command, key, unpack(values, from, math.min(from + 999, #values)))
  end
end

local function turn_of(field)
  local turn = turns[field]
  if not turn then
    turn = tonumber(redis.call('HGET', order, field) or 0)
    turns[field] = turn
  end
  return turn
end

local function place(id, priority, group, first)
  local turn = turn_of('v' .. priority)
  if not first then
    local lane = 'l' .. priority .. ' ' .. group
    turn = math.max(turn, turn_of(lane)) + 1
    turns[lane] = turn
    changed[lane] = turn
  end
  places[#places + 1] = (1000 - priority) * TIER + turn
  places[#places + 1] = id
end

local function write_places()
  local count = #places / 2
  if count > 0 then
    local lanes = {}
    for lane, turn in pairs(changed) do
      lanes[#lanes + 1] = lane
      lanes[#lanes + 1] = turn
    end
    write_all('HSET', order, lanes)
    write_all('ZADD', ready, places)
    places, changed = {}, {}
  end
  return count
end

-- Wakes one idle worker for each of so many jobs, who came last first. One who is gone is passed over; in a cluster the
-- number of receivers says nothing.
local function wake(count, topic, cluster)
  while count > 0 do
    local channel = redis.call('ZPOPMAX', idle)[1]
    if not channel then
      return
    end
    if redis.call('PUBLISH', channel, topic) > 0 or cluster then
      count = count - 1
    end
  end
end
