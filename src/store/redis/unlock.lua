-- Gives the lock back, if it is ours.
-- ARGV: the database for marks; the prefix of keys there; our token.

redis.call('SELECT', ARGV[1])
local lock = ARGV[2] .. '|LOCK'
if redis.call('HGET', lock, 'token') == ARGV[3] then
  redis.call('DEL', lock)
end
return { 'done' }
