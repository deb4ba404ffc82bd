-- The arguments.
-- KEYS[1]  any
-- ARGV     anything
-- Returns  ARGV
return ARGV
