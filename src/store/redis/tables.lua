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

-- Adds an entry to the parts that a digest is made of. Fields are sorted: a hash has no order.
local function add(parts, name, hash)
  for at = 3, #hash, 2 do
    if hash[at] < hash[at - 2] then
      local fields, values = {}, {}
      for place = 1, #hash, 2 do
        fields[#fields + 1] = hash[place]
        values[hash[place]] = hash[place + 1]
      end
      table.sort(fields)
      hash = {}
      for place = 1, #fields do
        hash[2 * place - 1] = fields[place]
        hash[2 * place] = values[fields[place]]
      end
      break
    end
  end
  parts[#parts + 1] = name
  parts[#parts + 1] = hash
end

-- Packed, no two lists of parts are the same bytes.
local function digest(parts)
  return redis.sha1hex(cmsgpack.pack(parts))
end
