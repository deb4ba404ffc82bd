-- Adds to a number in a document.
-- KEYS[1]  the document; field '' is its version
-- ARGV[1]  'HINCRBY' or 'HINCRBYFLOAT'   ARGV[2]  field   ARGV[3]  how much
-- ARGV[4]  ms that it is kept from now on; 0 for ever
-- Returns  the new number, nil if there is no document. O(1)
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
redis.call(ARGV[1], KEYS[1], ARGV[2], ARGV[3])
redis.call('HINCRBY', KEYS[1], '', 1)
if ARGV[4] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return redis.call('HGET', KEYS[1], ARGV[2])
