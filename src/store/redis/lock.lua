-- Takes the lock, or says that its owner is alive.
-- ARGV: the database for marks; the prefix of keys there; our token; how long the lock holds (ms); who we are;
-- 'take' or 'keep'.
-- Gives 'ours', or who holds it ('' where nobody does).

redis.call('SELECT', ARGV[1])
local lock = ARGV[2] .. '|LOCK'
local token = redis.call('HGET', lock, 'token')
if token == ARGV[3] or (not token and ARGV[6] == 'take') then
  redis.call('HSET', lock, 'token', ARGV[3], 'holder', ARGV[5])
  redis.call('PEXPIRE', lock, ARGV[4])
  return { 'ours' }
end
return { 'held', redis.call('HGET', lock, 'holder') or '' }
