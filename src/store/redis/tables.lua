-- The digest of a table: of its entries in the order that is given, as they are packed. Strings are compared byte by byte:
-- `<` and table.sort follow the locale of the server.

-- Whether a string is less than another.
local function less(a, b)
  for at = 1, math.min(#a, #b) do
    local x, y = string.byte(a, at), string.byte(b, at)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

-- Puts the fields of an entry in one order: a hash has none. Names of fields recur, so each pair is compared once.
local order = {}
local function sort(hash)
  for at = 3, #hash, 2 do
    local field, value, place = hash[at], hash[at + 1], at
    local row = order[field]
    if not row then
      row = {}
      order[field] = row
    end
    while place > 1 do
      local other = hash[place - 2]
      local is_less = row[other]
      if is_less == nil then
        is_less = less(field, other)
        row[other] = is_less
      end
      if not is_less then
        break
      end
      hash[place], hash[place + 1] = other, hash[place - 1]
      place = place - 2
    end
    if place < at then
      hash[place], hash[place + 1] = field, value
    end
  end
end

-- The same for many fields.
local function sort_many(hash)
  local fields, values = {}, {}
  for place = 1, #hash, 2 do
    fields[#fields + 1] = hash[place]
    values[hash[place]] = hash[place + 1]
  end
  table.sort(fields, less)
  for place = 1, #fields do
    hash[2 * place - 1] = fields[place]
    hash[2 * place] = values[fields[place]]
  end
end

-- The digest of the entries of these names. The fields of those that are kept are remembered. Nothing where an entry is not
-- there, or is no hash; with a reason where the server refuses.
local function digest(names, kept)
  local parts = {}
  for at = 1, #names do
    local name = names[at]
    local hash = redis.pcall('HGETALL', name)
    if hash.err then
      if string.find(hash.err, 'WRONGTYPE', 1, true) then
        return nil
      end
      return nil, hash.err
    end
    if #hash == 0 then
      return nil
    end
    if #hash <= 100 then
      sort(hash)
    else
      sort_many(hash)
    end
    parts[2 * at - 1] = name
    parts[2 * at] = hash
    if kept and kept[name] then
      kept[name] = hash
    end
  end
  return redis.sha1hex(cmsgpack.pack(parts))
end
