-- Shared by the scripts that write fields of a session, as their first arguments say:
-- ARGV[1]  ms until it is gone, or 0 to leave that as it is
-- ARGV[2]  how many names and values of fields follow
-- ARGV[3..]  these, then the names of fields to remove
local function write_rest(key)
  local pairs = tonumber(ARGV[2])
  if #ARGV > pairs + 2 then
    redis.call('HDEL', key, unpack(ARGV, pairs + 3))
  end
  if ARGV[1] ~= '0' then
    redis.call('PEXPIRE', key, ARGV[1])
  end
  return 1
end
