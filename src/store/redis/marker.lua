-- Reads the mark.
-- ARGV: the database for marks; the prefix of keys there.
-- Gives its fields.

redis.call('SELECT', ARGV[1])
return redis.call('HMGET', ARGV[2] .. '|MARK', 'transaction', 'step', 'of', 'until', 'holder')
