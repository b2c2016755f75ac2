-- Makes one step, whole or not at all, if we hold the lock, the attempt is not withdrawn, and what was read is unchanged.
-- KEYS: the lock, the mark, and every entry that is written. The server checks the rights to all of them before it runs this.
-- ARGV: the database; the one for marks; the prefix of keys there; our token; the number of the attempt; how long the lock
-- holds (ms); the tables that may have changed (a list); what the others were (an object: [digest, names of the entries, in
-- order]); the writes (a list of [entry, fields to set, fields to take away], or [entry] where it goes); the mark (a list of
-- fields and values); the names of the entries of each table that is written, after that (an object).
-- Gives 'done' with the new digest of each table that was written, or why not: 'lock' with its owner, 'withdrawn',
-- 'changed' with a table, 'refused' with the server's reason, 'partial' with that reason where some writes could not be
-- undone.

local config, marks, prefix, token = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local attempt, lease = tonumber(ARGV[5]), ARGV[6]
local exempt = {}
for _, name in ipairs(cjson.decode(ARGV[7])) do
  exempt[name] = true
end
local expected, writes, mark = cjson.decode(ARGV[8]), cjson.decode(ARGV[9]), cjson.decode(ARGV[10])
local after = cjson.decode(ARGV[11])

redis.call('SELECT', marks)
local lock, marker = prefix .. '|LOCK', prefix .. '|MARK'
if redis.call('HGET', lock, 'token') ~= token then
  return { 'lock', redis.call('HGET', lock, 'holder') or '' }
end
if tonumber(redis.call('HGET', lock, 'attempt') or 0) >= attempt then
  return { 'withdrawn' }
end

redis.call('SELECT', config)

local old = {}
for _, write in ipairs(writes) do
  old[write[1]] = {}
end
local known = {}
for name, version in pairs(expected) do
  if not exempt[name] then
    local now, refused = digest(version[2], old)
    if refused then
      return { 'refused', refused }
    end
    if now ~= version[1] then
      return { 'changed', name }
    end
    for _, entry in ipairs(version[2]) do
      known[entry] = true
    end
  end
end
for _, entry in ipairs(redis.call('KEYS', '*|*')) do
  if not known[entry] then
    local name = string.sub(entry, 1, string.find(entry, '|', 1, true) - 1)
    if not exempt[name] then
      return { 'changed', name }
    end
  end
end

-- Entries of tables that may have changed are read as they are now.
for name, fields in pairs(old) do
  if #fields == 0 then
    local hash = redis.pcall('HGETALL', name)
    if hash.err then
      return { 'refused', hash.err }
    end
    old[name] = hash
  end
end

-- Calls a command. Gives the server's reason where it refuses.
local function call(...)
  local reply = redis.pcall(...)
  return type(reply) == 'table' and reply.err or nil
end

-- A call takes some thousands of arguments at most.
local function in_parts(command, name, list)
  for first = 1, #list, 1000 do
    local refused = call(command, name, unpack(list, first, math.min(first + 999, #list)))
    if refused then
      return refused
    end
  end
end

-- The first write of all is that of the attempt: a server that takes no writes refuses it. Then every command that follows is
-- tried where it changes nothing.
redis.call('SELECT', marks)
local refused = call('HSET', lock, 'attempt', ARGV[5])
  or call('PEXPIRE', lock, lease)
  or call('HDEL', lock, 'none')
  or call('DEL', marker .. '|none')
if refused then
  return { 'refused', refused }
end
local former = redis.call('HGETALL', marker)
-- Restores the mark of the step before.
local function restored(reason)
  redis.call('SELECT', marks)
  redis.call('DEL', marker)
  in_parts('HSET', marker, former)
  return { 'refused', reason }
end
refused = in_parts('HSET', marker, mark)
if refused then
  return { 'refused', refused }
end
redis.call('SELECT', config)
for _, write in ipairs(writes) do
  -- No entry has this field.
  refused = refused or write[3] and #write[3] > 0 and call('HDEL', write[1], '\0') or nil
end
if refused then
  return restored(refused)
end

local function put(name, set, gone)
  if not set then
    return call('DEL', name)
  end
  -- What is set comes before what is deleted, so that the entry is never without fields.
  return in_parts('HSET', name, set) or in_parts('HDEL', name, gone)
end

-- Puts an entry back. Gives whether it is as it was.
local function put_back(name)
  local fields = old[name]
  if #fields == 0 then
    return not call('DEL', name)
  end
  local is_old, gone = {}, {}
  for at = 1, #fields, 2 do
    is_old[fields[at]] = true
  end
  local present = redis.pcall('HGETALL', name)
  if present.err then
    return false
  end
  for at = 1, #present, 2 do
    if not is_old[present[at]] then
      gone[#gone + 1] = present[at]
    end
  end
  return not put(name, fields, gone)
end

for at, write in ipairs(writes) do
  refused = put(write[1], write[2], write[3])
  if refused then
    local is_back = true
    for back = at, 1, -1 do
      is_back = put_back(writes[back][1]) and is_back
    end
    if not is_back then
      return { 'partial', refused }
    end
    return restored(refused)
  end
end

local told = {}
for name, entries in pairs(after) do
  told[#told + 1] = name
  told[#told + 1] = #entries > 0 and digest(entries) or ''
end
return { 'done', told }
