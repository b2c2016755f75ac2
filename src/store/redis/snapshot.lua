-- Reads CONFIG_DB at one moment.
-- ARGV: the database.
-- Gives the digest of each table, and each entry with its fields; or what is no hash.

redis.call('SELECT', ARGV[1])
local versions, entries = {}, {}
local current, parts
local function close()
  if current then
    versions[#versions + 1] = current
    versions[#versions + 1] = digest(parts)
  end
end
for _, name in ipairs(entry_names()) do
  local hash = redis.pcall('HGETALL', name)
  if hash.err then
    return { 'no hash', name }
  end
  local of = table_of(name)
  if of ~= current then
    close()
    current, parts = of, {}
  end
  add(parts, name, hash)
  entries[#entries + 1] = name
  entries[#entries + 1] = hash
end
close()
return { 'read', versions, entries, redis.call('DBSIZE') }
