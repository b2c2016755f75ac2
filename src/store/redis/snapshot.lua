-- Reads CONFIG_DB at one moment.
-- ARGV: the database.
-- Gives each entry with its fields, in no order; or what is no hash; or what may not be read, and why.

redis.call('SELECT', ARGV[1])
local entries = redis.call('KEYS', '*|*')
for at = #entries, 1, -1 do
  local name = entries[at]
  local hash = redis.pcall('HGETALL', name)
  if hash.err then
    local is_other = string.find(hash.err, 'WRONGTYPE', 1, true)
    return { is_other and 'no hash' or 'unreadable', name, hash.err }
  end
  entries[2 * at - 1] = name
  entries[2 * at] = hash
end
return { 'read', entries, redis.call('DBSIZE') }
