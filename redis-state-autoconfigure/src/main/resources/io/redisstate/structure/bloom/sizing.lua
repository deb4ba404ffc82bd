-- The size a filter has is that of its first element; with another, bits would mean other elements.
local function sized(wanted)
  local size = redis.call('GET', KEYS[2])
  return not size or size == wanted, size
end
local function refusal(wanted, size)
  return redis.error_reply('ERR the filter has size ' .. size .. ', not ' .. wanted
    .. '; give it another name, or clear it')
end
