-- Reads the mark.
-- ARGV: the database for marks; the prefix of keys there.
-- Gives its fields, and how often a database was emptied by now.

redis.call('SELECT', ARGV[1])
local mark = redis.call('HMGET', ARGV[2] .. '|MARK', 'transaction', 'step', 'journal', 'holder', 'emptied')
mark[6] = emptied()
return mark
