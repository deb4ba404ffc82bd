-- All there is about jobs: seven values each: id, state ('' if unknown), score, data or record, fence, errors, progress.
local function describe(reply, ids)
  if #ids == 0 then
    return
  end
  local sets = { 'active', active, 'waiting', ready, 'delayed', delayed, 'dead', dead, 'held', held }
  local scores = {}
  for i = 2, #sets, 2 do
    scores[i] = redis.call('ZMSCORE', sets[i], unpack(ids))
  end
  local blobs = redis.call('HMGET', data, unpack(ids))
  local records = redis.call('HMGET', finished, unpack(ids))
  local fences = redis.call('HMGET', attempt, unpack(ids))
  local failures = redis.call('HMGET', errors, unpack(ids))
  local states = redis.call('HMGET', progress, unpack(ids))
  for n, id in ipairs(ids) do
    local state, score = records[n] and 'finished' or '', 0
    if blobs[n] then
      -- One that is in no set will be put there, see restore.lua.
      state = 'waiting'
      for i = 2, #sets, 2 do
        if scores[i][n] then
          state, score = sets[i - 1], tonumber(scores[i][n])
          break
        end
      end
    end
    for _, value in ipairs({
      id, state, state == 'waiting' and 0 or score, blobs[n] or records[n] or '', fences[n] or '0 0',
      failures[n] or '', states[n] or '' }) do
      reply[#reply + 1] = value
    end
  end
end
