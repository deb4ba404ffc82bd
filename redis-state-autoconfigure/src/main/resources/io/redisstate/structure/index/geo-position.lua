-- Where members are.
-- KEYS[1]  the index
-- ARGV     members
-- Returns  longitude, latitude, ... with '' in the place of both for one that is not there. O(members)
local reply = {}
for _, position in ipairs(redis.call('GEOPOS', KEYS[1], unpack(ARGV))) do
  reply[#reply + 1] = position and position[1] or ''
  reply[#reply + 1] = position and position[2] or ''
end
return reply
