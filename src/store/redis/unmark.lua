-- Removes the mark of a transaction, and no other.
-- ARGV: the database for marks; the prefix of keys there; the transaction.

redis.call('SELECT', ARGV[1])
local mark = ARGV[2] .. '|MARK'
if redis.call('HGET', mark, 'transaction') == ARGV[3] then
  redis.call('DEL', mark)
end
return { 'done' }
