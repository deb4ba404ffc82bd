-- Adds counts, "<name>=<n> ...", to the statistics of this minute.
local function note_statistics(text)
  if text == '' then
    return
  end
  local minute = math.floor(now / 60000)
  local known = redis.call('HGET', stats, minute % 60)
  local counts = known and cmsgpack.unpack(known) or {}
  if counts.minute ~= minute then
    counts = { minute = minute }
  end
  for name, count in string.gmatch(text, '(%w+)=(%d+)') do
    counts[name] = (counts[name] or 0) + count
  end
  redis.call('HSET', stats, minute % 60, cmsgpack.pack(counts))
end
