// The Lua of slot leases. What `head` in scripts.ts defines is known here.

// ARGV: holder, ttl, slots, preferred slot or '', only slot or '', slots to avoid…  Answers {slot, epoch} or nil.
export const take = `
local holder, ttl, count, prefer, only = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local avoid = {}
for i = 6, #ARGV do avoid[ARGV[i]] = true end
redis.call('HSETNX', slots, 'birth', text(at))
local leases = {}
local all = redis.call('HGETALL', slots)
for i = 1, #all, 2 do leases[all[i]] = all[i + 1] end
local best, bestEpoch, bestEnds, bestRank
for number = 0, count - 1 do
  local slot = text(number)
  local epoch, ends, holder = parse(leases[slot])
  if (only == '' or only == slot) and not avoid[slot] and not (ends and ends > at) then
    local rank = at + 1 + number
    if slot == prefer then rank = -1 elseif holder and holder ~= '' then rank = ends end
    if not best or rank < bestRank then best, bestEpoch, bestEnds, bestRank = slot, epoch, ends, rank end
  end
end
if not best then return false end
if bestEpoch then depart(best, bestEpoch, bestEnds) end
local epoch = math.max(at, (bestEpoch or 0) + 1)
redis.call('HSET', slots, best, text(epoch) .. ' ' .. text(at + ttl) .. ' ' .. holder)
redis.call('SREM', unregistered, best)
return { best, text(epoch) }
`

// ARGV: slot, epoch, holder, ttl, registered (1 or 0)
export const renew = `
local slot, epoch, holder, ttl, registered = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5]
redis.call('HSETNX', slots, 'birth', text(at))
local current, ends, by = lease(slot)
local answer = 'held'
if not current or current < epoch then
  answer = 'restored'
  if current then depart(slot, current, ends) end
  redis.call('HDEL', ended, slot .. ' ' .. ARGV[2])
elseif current ~= epoch or by ~= holder then
  return 'lost'
end
redis.call('HSET', slots, slot, ARGV[2] .. ' ' .. text(at + ttl) .. ' ' .. holder)
if answer == 'held' and registered == '1' then
  redis.call('SREM', unregistered, slot)
else
  redis.call('SADD', unregistered, slot)
end
return answer
`

// ARGV: slot, epoch, holder
export const release = `
local current, _, by = lease(ARGV[1])
if current == tonumber(ARGV[2]) and by == ARGV[3] then
  redis.call('HSET', slots, ARGV[1], ARGV[2] .. ' ' .. text(at))
  redis.call('SREM', unregistered, ARGV[1])
end
`

// ARGV: ttl
export const liveSlots = `
local live = {}
local all = redis.call('HGETALL', slots)
for i = 1, #all, 2 do
  local _, ends = parse(all[i + 1])
  if ends and ends > at then live[#live + 1] = all[i] end
end
return { complete(ARGV[1]), live }
`
