-- Which run of the server this is, and how often a database was emptied in it. A reload of CONFIG_DB empties it,
-- and leaves our mark.
local function emptied()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
  local stats = redis.call('INFO', 'commandstats')
  local count = 0
  for _, name in ipairs({ 'flushdb', 'flushall' }) do
    count = count + tonumber(string.match(stats, 'cmdstat_' .. name .. ':calls=(%d+)') or 0)
  end
  return run, count
end
