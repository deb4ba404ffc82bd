-- Fixed window, begun by its first call: a calls in c microseconds. State: integer string that ends with the window. O(1)
local function check(key, now, mode, cost, a, b, c)
  local count = tonumber(redis.call('GET', key) or 0)
  local allowed = count + cost <= a
  if mode ~= 0 and (allowed or mode == 2) then
    count = redis.call('INCRBY', key, cost)
    if redis.call('PTTL', key) < 0 then
      redis.call('PEXPIRE', key, math.ceil(c / 1000))
    end
  end
  local left = redis.call('PTTL', key)
  left = left > 0 and left * 1000 or 0
  return allowed, count < a and a - count or 0, allowed and 0 or left, left
end
