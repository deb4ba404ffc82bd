-- Accepts the jobs in ARGV from an index on, four arguments each: id, ms until it is due or minus the ms since 1970, header
-- "<priority> <attempts> <keep> <group> <unique> <window> <after>", body. Returns {index, id, ...} of those that another
-- job, with the same unique key, stands for. The first write is one that a full server refuses.
local function accept(from, topic, cluster)
  local others, soonest = {}, nil
  for i = from, #ARGV, 4 do
    local id, due, header = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
    due = due < 0 and -due or now + due
    local priority, group, unique, window, after = string.match(header, '^(%S+) %S+ %S+ (%S+) (%S+) (%S+) (%S+)$')
    local other
    if unique ~= '-' then
      local owner, till, live = string.match(redis.call('HGET', uniq, unique) or '', '^(%S+) (%d+) (%d)')
      if owner and owner ~= id
          and (tonumber(till) > now or live == '1' and redis.call('HEXISTS', data, owner) == 1) then
        other = owner
        others[#others + 1] = (i - from) / 4
        others[#others + 1] = owner
      end
    end
    local blob = string.format('%.0f %.0f ', now, due) .. header .. '\n' .. ARGV[i + 3]
    if not other and redis.call('HSETNX', data, id, blob) == 1 then
      if unique ~= '-' then
        redis.call('HSET', uniq, unique, string.format('%s %.0f 1', id, now + window))
      end
      local parents = 0
      if after ~= '-' then
        for parent in string.gmatch(after, '[^,]+') do
          if redis.call('HEXISTS', data, parent) == 1 then
            parents = parents + 1
            local blocks, latest = string.match(redis.call('HGET', children, parent) or '0', '^(%d+)(.*)$')
            if #latest > 4000 then
              blocks = blocks + 1
              redis.call('HSET', children, parent .. ' ' .. blocks, latest)
              latest = ''
            end
            redis.call('HSET', children, parent, blocks .. latest .. ' ' .. id)
          end
        end
      end
      if parents > 0 then
        redis.call('ZADD', held, parents, id)
      elseif due > now then
        redis.call('ZADD', delayed, due, id)
        soonest = math.min(soonest or due, due)
      else
        place(id, priority, group)
      end
    end
  end
  local count = write_places()
  if count == 0 and soonest and tonumber(redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]) >= soonest then
    -- Somebody must know that there is something earlier to wait for.
    count = 1
  end
  wake(count, topic, cluster)
  return others
end
