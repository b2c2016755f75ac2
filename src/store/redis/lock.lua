-- Takes the lock, or says that its owner is alive.
-- ARGV: the database for marks; the prefix of keys there; our token; how long the lock holds (ms); who we are;
-- 'take' or 'keep'; the owner whose lock is taken, because it is dead, or ''; an id for a server that has none.
-- Gives 'ours' with the id that the server had before ('' for none), the one that it has now, and its run; or who holds it
-- ('' for no owner).

redis.call('SELECT', ARGV[1])
local lock, store = ARGV[2] .. '|LOCK', ARGV[2] .. '|STORE'
local token = redis.call('HGET', lock, 'token')
if token == ARGV[3] then
  redis.call('PEXPIRE', lock, ARGV[4])
  return { 'ours' }
end
if ARGV[6] == 'keep' or token and redis.call('HGET', lock, 'holder') ~= ARGV[7] then
  return { 'held', redis.call('HGET', lock, 'holder') or '' }
end
local id = redis.call('HGET', store, 'id')
if not id then
  redis.call('HSET', store, 'id', ARGV[8])
end
-- A lock that cannot expire is not taken: this changes nothing yet.
redis.call('PEXPIRE', lock, ARGV[4])
-- The number of the last attempt was that of another owner.
redis.call('DEL', lock)
redis.call('HSET', lock, 'token', ARGV[3], 'holder', ARGV[5])
redis.call('PEXPIRE', lock, ARGV[4])
local about = redis.pcall('INFO', 'server')
local run = type(about) == 'string' and string.match(about, 'run_id:(%w+)')
return { 'ours', id or '', id or ARGV[8], run or '' }
