-- Writes a document, or some fields of it.
-- KEYS[1]  the document; field '' is its version
-- ARGV[1]  the version it must have: a number, 0 for none; '' for any
-- ARGV[2]  ms that it is kept from now on; 0 for ever
-- ARGV[3]  'all' to replace the document, 'some' to write fields of one that is there
-- ARGV[4..]  field, JSON, ...
-- Returns  the new version: one more, for a new document the server's time in us; 0 if there is no document for 'some'; -1 if the version is another. O(fields)
local version = tonumber(redis.call('HGET', KEYS[1], '') or 0)
local following = version + 1
if version == 0 then
  -- No version of a document that was here before is ever one of this.
  local time = redis.call('TIME')
  following = time[1] * 1000000 + time[2]
end
if ARGV[1] ~= '' and tonumber(ARGV[1]) ~= version then
  return -1
end
if ARGV[3] == 'some' then
  if version == 0 then
    return 0
  end
else
  redis.call('DEL', KEYS[1])
end
for i = 4, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('HSET', KEYS[1], '', string.format('%.0f', following))
if ARGV[2] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return following
