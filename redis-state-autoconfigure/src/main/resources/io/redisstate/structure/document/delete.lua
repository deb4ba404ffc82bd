-- Deletes a document.
-- KEYS[1]  the document; field '' is its version
-- ARGV[1]  the version it must have; '' for any
-- Returns  1; 0 if there is none; -1 if the version is another. O(fields)
local version = redis.call('HGET', KEYS[1], '')
if not version then
  return 0
elseif ARGV[1] ~= '' and ARGV[1] ~= version then
  return -1
end
return redis.call('DEL', KEYS[1])
