-- The keys of one queue. A script that needs only the first of them is called with only those.
-- data      hash    id -> "<created> <due> <priority> <attempts> <keep> <group> <unique> <window> <after>\n<for workers>\n<payload>"
-- ready     zset    id by priority, then by turn
-- delayed   zset    id by the ms at which it becomes ready
-- order     hash    "v<priority>": turn last taken, "l<priority> <group>": turn last given; gone when ready is empty
-- idle      zset    wake-up channels of workers that wait for jobs, by when they began
-- uniq      hash    unique key -> "<id> <end of its window> <1 while the job is unfinished>"
-- windows   zset    unique keys that outlive their job, by the end of their window
-- held      zset    id by the number of jobs it still waits for
-- children  hash    id -> "<n> <ids that wait for it>", and "<id> 1" to "<id> <n>": as many ids as fill a block, before these
-- active    zset    id by the ms at which its lease ends: the only record of who runs
-- attempt   hash    id -> "<attempts> <us at which it was taken>", the fence of whoever took it
-- dead      zset    id by when it died
-- errors    hash    id -> one JSON object for each failure, separated by line feeds, at most ten
-- progress  hash    id -> JSON
-- finished  hash    id -> "<state> <ended> <attempts> <taken us>\n<result>\n<data>"
-- expiry    zset    finished ids by when they are forgotten
-- cancelled set     active ids whose end is asked for
-- control   hash    "paused", and totals since ever
-- rate      string  us until which the rate limit is used up
-- workers   zset    wake-up channels of all workers, by when they were last seen
-- stats     hash    minute of the hour -> counts of that minute, packed
-- recurring hash    name -> definition
-- ticks     zset    name by its next tick in ms
local data, ready, delayed, order, idle, uniq, windows, held, children, active, attempt, dead, errors, progress, finished,
  expiry, cancelled, control, rate, workers, stats, recurring, ticks = unpack(KEYS)

local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local now = math.floor(us / 1000)
