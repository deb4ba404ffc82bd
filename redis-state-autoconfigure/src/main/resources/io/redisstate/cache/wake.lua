-- The owner of a claim, and waking those who wait for it. A claim is "<token>", then a line "<channel> <topic>" for each
-- waiting process; or "!<message>" after a failed load.
local function owner(claim)
  return string.match(claim, '^[^\n]*')
end

local function wake(claim, data)
  if string.sub(claim, 1, 1) == '!' then
    return
  end
  for channel, topic in string.gmatch(claim, '\n([^ \n]+) ([^\n]+)') do
    redis.call('PUBLISH', channel, data == '' and topic or topic .. '\n' .. data)
  end
end
