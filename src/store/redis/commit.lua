-- Makes one step, if we hold the lock and nobody has changed what was read.
-- ARGV: the database; the one for marks; the prefix of keys there; our token; how long the lock holds (ms);
-- the tables that may have changed (a list); the digests that the others had (an object); the writes (a list
-- of [entry, fields to set, fields to take away], or [entry] where it goes); the mark (a list of fields and
-- values).
-- Gives 'done' with the new digest of each table that was written, or why not.

local config, marks, prefix, token, lease = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local exempt = {}
for _, name in ipairs(cjson.decode(ARGV[6])) do
  exempt[name] = true
end
local expected, writes, mark = cjson.decode(ARGV[7]), cjson.decode(ARGV[8]), cjson.decode(ARGV[9])

redis.call('SELECT', marks)
local lock = prefix .. '|LOCK'
if redis.call('HGET', lock, 'token') ~= token then
  return { 'lock', redis.call('HGET', lock, 'holder') or '' }
end

redis.call('SELECT', config)

-- The digest of each table that counts.
local function versions(wanted)
  local found = {}
  local current, parts
  for _, name in ipairs(entry_names()) do
    local of = table_of(name)
    if of ~= current then
      if parts then
        found[current] = digest(parts)
      end
      current = of
      parts = wanted(of) and {} or nil
    end
    if parts then
      local hash = redis.pcall('HGETALL', name)
      if hash.err then
        hash = {}
      end
      add(parts, name, hash)
    end
  end
  if parts then
    found[current] = digest(parts)
  end
  return found
end

local now = versions(function(name) return not exempt[name] end)
for name, old in pairs(expected) do
  if not exempt[name] and now[name] ~= old then
    return { 'changed', name }
  end
end
for name in pairs(now) do
  if not expected[name] then
    return { 'changed', name }
  end
end

-- The first write of all: a server that takes no writes refuses it, and nothing has been done.
redis.call('SELECT', marks)
local run, count = emptied()
redis.call('HSET', prefix .. '|MARK', 'run', run, 'emptied', count, unpack(mark))
redis.call('PEXPIRE', lock, lease)
redis.call('SELECT', config)

-- A call takes some thousands of arguments at most.
local function in_parts(command, name, list)
  for first = 1, #list, 1000 do
    redis.call(command, name, unpack(list, first, math.min(first + 999, #list)))
  end
end

local touched = {}
for _, write in ipairs(writes) do
  local name, set, gone = write[1], write[2], write[3]
  touched[table_of(name)] = true
  if set then
    -- What comes comes before what goes, so that the entry is never without fields.
    in_parts('HSET', name, set)
    in_parts('HDEL', name, gone)
  else
    redis.call('DEL', name)
  end
end

local after = versions(function(name) return touched[name] end)
local told = {}
for name in pairs(touched) do
  told[#told + 1] = name
  told[#told + 1] = after[name] or ''
end
return { 'done', told }
