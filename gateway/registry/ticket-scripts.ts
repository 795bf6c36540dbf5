// The Lua of tickets. What `head` in scripts.ts defines is known here.

// ARGV: hash, value, ttl in ms
export const putTicket = `
redis.call('SET', base .. 'ticket:' .. ARGV[1], ARGV[2], 'PX', ARGV[3])
`

// ARGV: hash.  One step: of two who ask at the same time one gets it.
export const takeTicket = `
local key = base .. 'ticket:' .. ARGV[1]
local value = redis.call('GET', key)
if value then redis.call('DEL', key) end
return value
`

// ARGV: hash
export const lookTicket = `
return redis.call('GET', base .. 'ticket:' .. ARGV[1])
`
