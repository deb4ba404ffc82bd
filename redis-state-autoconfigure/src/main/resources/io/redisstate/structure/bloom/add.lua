-- Adds elements.
-- KEYS[1]  the bits   KEYS[2]  the filter's size
-- ARGV[1]  the size as bits and hashes   ARGV[2]  ms that it is kept from now on; 0 for ever
-- ARGV[3]  how many hashes an element has   ARGV[4..]  the positions of all elements
-- Returns  for each element 1 if it is certainly new, else 0. O(positions)
-- include sizing
local same, size = sized(ARGV[1])
if not same then
  return refusal(ARGV[1], size)
end
if not size then
  redis.call('SET', KEYS[2], ARGV[1])
end
local reply = {}
for first = 4, #ARGV, ARGV[3] do
  local new = 0
  for i = first, first + ARGV[3] - 1 do
    if redis.call('SETBIT', KEYS[1], ARGV[i], 1) == 0 then
      new = 1
    end
  end
  reply[#reply + 1] = new
end
if ARGV[2] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return reply
