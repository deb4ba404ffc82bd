-- Items with all of some tags, any of others and none of others again.
-- KEYS[1]  all items, then the items of each tag: first those of all, then any, then none
-- ARGV[1]  how many tags are of 'all'   ARGV[2]  how many are of 'any'
-- ARGV[3]  how many items at most; 0 to count only
-- Returns  how many there are, then items in no certain order. O(items of the smallest tag of 'all', or all of 'any', or all)
local all, any = tonumber(ARGV[1]), tonumber(ARGV[2])
local base
if all > 0 then
  base = redis.call('SINTER', unpack(KEYS, 2, 1 + all))
elseif any > 0 then
  base = redis.call('SUNION', unpack(KEYS, 2 + all, 1 + all + any))
else
  base = redis.call('SMEMBERS', KEYS[1])
end
local keep = {}
for i = 1, #base do
  keep[i] = all == 0 or any == 0
end
local function mark(key, kept)
  for first = 1, #base, 1000 do
    local last = math.min(#base, first + 999)
    for i, member in ipairs(redis.call('SMISMEMBER', key, unpack(base, first, last))) do
      if member == 1 then
        keep[first + i - 1] = kept
      end
    end
  end
end
if all > 0 then
  for i = 2 + all, 1 + all + any do
    mark(KEYS[i], true)
  end
end
for i = 2 + all + any, #KEYS do
  mark(KEYS[i], false)
end
local limit = tonumber(ARGV[3])
local reply = { 0 }
for i, item in ipairs(base) do
  if keep[i] then
    reply[1] = reply[1] + 1
    if #reply <= limit then
      reply[#reply + 1] = item
    end
  end
end
return reply
