-- The server's clock.
-- KEYS[1]  any key, which decides the cluster node; not touched
-- Returns  {seconds, microseconds} as strings. O(1)
return redis.call('TIME')
