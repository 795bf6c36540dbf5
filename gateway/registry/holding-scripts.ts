// The Lua of how much of something each node has. What `head` in scripts.ts defines is known here.

// ARGV: key, slot, epoch, count of this node, time to live in ms. Answers the sum over all whose lease lives.
export const setHolding = `
local name = base .. 'held:' .. ARGV[1]
local own = ARGV[2] .. ' ' .. ARGV[3]
if tonumber(ARGV[4]) > 0 then redis.call('HSET', name, own, ARGV[4]) else redis.call('HDEL', name, own) end
local sum, fields = 0, redis.call('HGETALL', name)
for i = 1, #fields, 2 do
  local slot, epoch = string.match(fields[i], '^(%d+) (%d+)$')
  local current, ends = lease(slot)
  if fields[i] == own or (current and current <= tonumber(epoch) and ends > at) then
    sum = sum + tonumber(fields[i + 1])
  else
    redis.call('HDEL', name, fields[i])
  end
end
if #fields > 0 then redis.call('PEXPIRE', name, ARGV[5]) end
return sum
`
