-- Reads the mark.
-- ARGV: the database for marks; the prefix of keys there.
-- Gives its fields, and whether a database was emptied since ('yes' or 'no').

redis.call('SELECT', ARGV[1])
local mark = redis.call('HMGET', ARGV[2] .. '|MARK', 'transaction', 'step', 'journal', 'holder', 'run', 'emptied')
local run, count = emptied()
-- A server that kept the mark on disk and was restarted counts from nought.
local before = mark[5] == run and tonumber(mark[6]) or 0
return { mark[1], mark[2], mark[3], mark[4], count == before and 'no' or 'yes' }
