-- Looks for elements.
-- KEYS[1]  the bits   KEYS[2]  the filter's size
-- ARGV[1]  the size as bits and hashes   ARGV[2]  how many hashes an element has   ARGV[3..]  the positions of all elements
-- Returns  for each element 1 if it was probably added, 0 if certainly not. O(positions)
-- include sizing
local same, size = sized(ARGV[1])
if not same then
  return refusal(ARGV[1], size)
end
local reply = {}
for first = 3, #ARGV, ARGV[2] do
  local present = 1
  for i = first, first + ARGV[2] - 1 do
    if redis.call('GETBIT', KEYS[1], ARGV[i]) == 0 then
      present = 0
      break
    end
  end
  reply[#reply + 1] = present
end
return reply
