-- Withdraws the attempts up to a number: one that arrives later does nothing.
-- ARGV: the database for marks; the prefix of keys there; our token; the number.
-- Gives 'done', or who holds the lock ('' for no owner): then no attempt of ours takes place any more.

redis.call('SELECT', ARGV[1])
local lock = ARGV[2] .. '|LOCK'
if redis.call('HGET', lock, 'token') ~= ARGV[3] then
  return { 'held', redis.call('HGET', lock, 'holder') or '' }
end
if tonumber(redis.call('HGET', lock, 'attempt') or 0) < tonumber(ARGV[4]) then
  redis.call('HSET', lock, 'attempt', ARGV[4])
end
return { 'done' }
