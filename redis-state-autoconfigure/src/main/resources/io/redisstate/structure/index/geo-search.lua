-- Members in an area.
-- KEYS[1]  the index
-- ARGV     as GEOSEARCH takes them
-- Returns  member, distance, longitude, latitude, ... O(members in and around the area)
if ARGV[1] == 'FROMMEMBER' and not redis.call('ZSCORE', KEYS[1], ARGV[2]) then
  return {}
end
local arguments = { unpack(ARGV) }
arguments[#arguments + 1] = 'WITHDIST'
arguments[#arguments + 1] = 'WITHCOORD'
local reply = {}
for _, match in ipairs(redis.call('GEOSEARCH', KEYS[1], unpack(arguments))) do
  reply[#reply + 1] = match[1]
  reply[#reply + 1] = match[2]
  reply[#reply + 1] = match[3][1]
  reply[#reply + 1] = match[3][2]
end
return reply
