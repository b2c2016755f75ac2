-- How often a database of the server was emptied. A reload of CONFIG_DB empties it, and leaves our mark.
local function emptied()
  local stats = redis.call('INFO', 'commandstats')
  local count = 0
  for _, name in ipairs({ 'flushdb', 'flushall' }) do
    count = count + tonumber(string.match(stats, 'cmdstat_' .. name .. ':calls=(%d+)') or 0)
  end
  return tostring(count)
end
