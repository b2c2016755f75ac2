-- What the scripts have in common: the entries of CONFIG_DB by table, and a digest of each table.

-- The names of all entries, sorted, so that those of a table stand together.
local function entry_names()
  local names = redis.call('KEYS', '*|*')
  table.sort(names)
  return names
end

local function table_of(name)
  return string.sub(name, 1, string.find(name, '|', 1, true) - 1)
end

-- Adds an entry to the parts that a digest is made of. Fields are sorted: a hash has no order. Lengths keep
-- apart what is joined.
local function add(parts, name, hash)
  parts[#parts + 1] = #name .. ':' .. name .. #hash
  local fields = {}
  for at = 1, #hash, 2 do
    fields[#fields + 1] = #hash[at] .. ':' .. hash[at] .. #hash[at + 1] .. ':' .. hash[at + 1]
  end
  table.sort(fields)
  for _, field in ipairs(fields) do
    parts[#parts + 1] = field
  end
end

local function digest(parts)
  return redis.sha1hex(table.concat(parts))
end
