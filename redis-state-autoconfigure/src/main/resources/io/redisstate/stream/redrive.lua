-- Appends dead letters to their stream again, for the group in which they failed only, and removes them.
--
-- KEYS[1]   the dead letters, a stream
-- KEYS[2]   the stream they are from
-- ARGV[1]   the group
-- ARGV[2..] their ids among the dead letters
--
-- Returns the new ids, one for each letter that was still there
-- O(letters); 3 commands for each.
local ids = {}
for i = 2, #ARGV do
  local letter = redis.call('XRANGE', KEYS[1], ARGV[i], ARGV[i])[1]
  if letter then
    local command = {'XADD', KEYS[2], '*'}
    local fields = letter[2]
    for j = 1, #fields, 2 do
      if string.sub(fields[j], 1, 5) ~= 'dead:' and fields[j] ~= 'rs:group' then
        command[#command + 1] = fields[j]
        command[#command + 1] = fields[j + 1]
      end
    end
    command[#command + 1] = 'rs:group'
    command[#command + 1] = ARGV[1]
    ids[#ids + 1] = redis.call(unpack(command))
    redis.call('XDEL', KEYS[1], ARGV[i])
  end
end
return ids
