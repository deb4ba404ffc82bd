-- Where members stand.
-- KEYS[1]  the board   KEYS[2]  the times   KEYS[3]  the distinct orders, for dense ranks only
-- ARGV     members
-- Returns  for each {order, before, better, better scores}, with '' in the place of order if it is not there, and the size
--          of the board at the end. O(log n) each
-- include standings
local reply = {}
for _, member in ipairs(ARGV) do
  for _, value in ipairs(standing(member) or { '', 0, 0, 0 }) do
    reply[#reply + 1] = value
  end
end
reply[#reply + 1] = redis.call('ZCARD', KEYS[1])
return reply
