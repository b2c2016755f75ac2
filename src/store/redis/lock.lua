-- Takes the lock, or says that its owner is alive.
-- ARGV: the database for marks; the prefix of keys there; our token; how long the lock holds (ms); who we are;
-- 'take' or 'keep'; the owner whose lock is taken, because it is dead, or ''.
-- Gives 'ours', or who holds it ('' where nobody does).

redis.call('SELECT', ARGV[1])
local lock = ARGV[2] .. '|LOCK'
local token = redis.call('HGET', lock, 'token')
local is_free = not token or redis.call('HGET', lock, 'holder') == ARGV[7]
if token == ARGV[3] or (is_free and ARGV[6] == 'take') then
  redis.call('HSET', lock, 'token', ARGV[3], 'holder', ARGV[5])
  redis.call('PEXPIRE', lock, ARGV[4])
  return { 'ours' }
end
return { 'held', redis.call('HGET', lock, 'holder') or '' }
