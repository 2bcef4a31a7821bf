-- Takes from many token buckets in one call; each bucket stands for itself.
--
-- KEYS[i]      bucket i: a string, the time in microseconds at which it is full again
-- ARGV[3i-2]   tokens that flow in per second, > 0
-- ARGV[3i-1]   tokens that fit in
-- ARGV[3i]     tokens to take; 0 looks, less than 0 gives back
-- Result       three integers per bucket: taken (1 or 0), tokens left, milliseconds until enough are there
--
-- Nothing is taken from a bucket that holds too few. The time is that of Redis: the clocks of the nodes
-- that share a bucket do not matter. A bucket that is full does not exist.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local result = {}

for i, key in ipairs(KEYS) do
  local interval = 1000000 / tonumber(ARGV[3 * i - 2])
  local capacity = tonumber(ARGV[3 * i - 1]) * interval
  local full_at = tonumber(redis.call('GET', key) or '') or now
  -- Never before now, and never further away than an empty bucket: limits change, clocks are set.
  full_at = math.min(math.max(full_at, now), now + capacity)

  local after = math.max(now, full_at + tonumber(ARGV[3 * i]) * interval)
  local missing = after - now - capacity
  if missing <= 1 then
    redis.call('SET', key, string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
    result[3 * i - 2] = 1
    result[3 * i - 1] = math.max(0, math.floor((capacity - (after - now) + 1) / interval))
    result[3 * i] = 0
  else
    result[3 * i - 2] = 0
    result[3 * i - 1] = math.max(0, math.floor((capacity - (full_at - now) + 1) / interval))
    result[3 * i] = math.ceil(missing / 1000)
  end
end

return result
