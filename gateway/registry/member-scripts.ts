// The Lua of who is on which channel. What `head` in scripts.ts defines is known here.

/**
 * `members:<place>` has the sessions of each user over all nodes; `present:<slot>:<epoch>` those that one holding of a slot
 * counts for, by `<place>/<user>`, with 0 for one who left and of whom that has not been told; `present` lists the latter keys.
 */
const shared = `
local present = base .. 'present'
local function underLease(slot, epoch) return base .. 'present:' .. slot .. ':' .. epoch end
local function ofPlace(place) return base .. 'members:' .. place end
local function version(number) return text(clock[1] * 1000000 + clock[2] + number) end
local function sessionsOf(place, user)
  local value = redis.call('HGET', ofPlace(place), user)
  local sessions, info = string.match(value or '0 ', '^(%d+) (.*)$')
  return tonumber(sessions), info
end
local function count(place, user, sessions, info)
  if sessions > 0 then
    redis.call('HSET', ofPlace(place), user, text(sessions) .. ' ' .. info)
  else
    redis.call('HDEL', ofPlace(place), user)
  end
end
-- Of so many that they are only counted.
local function isCrowd(place, more, most) return redis.call('HLEN', ofPlace(place)) + more > tonumber(most) end
local function stand(slot, epoch, who, sessions)
  redis.call('HSET', underLease(slot, epoch), who, sessions)
  redis.call('SADD', present, slot .. ' ' .. epoch)
end
local function away(slot, epoch, who)
  redis.call('HDEL', underLease(slot, epoch), who)
  if redis.call('EXISTS', underLease(slot, epoch)) == 0 then redis.call('SREM', present, slot .. ' ' .. epoch) end
end
`

// ARGV: ttl, most, then for each: slot, epoch, place, user, sessions, info, how it is entered. Answers rows of a change and a version.
export const writeMembers = `${shared}
local whole = complete(ARGV[1]) == 1
local rows = {}
for i = 3, #ARGV, 7 do
  local slot, epoch, place, user = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local sessions, info, entry = tonumber(ARGV[i + 4]), ARGV[i + 5], ARGV[i + 6]
  local who = place .. '/' .. user
  local had = redis.call('HGET', underLease(slot, epoch), who)
  local before, known = sessionsOf(place, user)
  local after = math.max(0, before + sessions - tonumber(had or 0))
  local change = 'same'
  if after > 0 then
    local came = before == 0 and (whole or entry ~= 'again')
    if came or (entry == 'unsure' and sessions > 0) then change = 'joined' end
  elseif before > 0 or had or not whole then
    change = whole and 'left' or 'later'
  end
  count(place, user, after, sessions > 0 and info or known)
  if change == 'joined' and isCrowd(place, 0, ARGV[2]) then change = 'same' end
  if change == 'left' and isCrowd(place, 1, ARGV[2]) then change = 'same' end
  if sessions > 0 or change == 'left' or change == 'later' then
    stand(slot, epoch, who, sessions)
  else
    away(slot, epoch, who)
  end
  rows[#rows + 1] = { change, version(#rows) }
end
return rows
`

// ARGV: slot, epoch, `<place>/<user>` for each. Answers how many were noted.
export const toldMembers = `${shared}
local removed = 0
for i = 1, #ARGV, 3 do
  if redis.call('HGET', underLease(ARGV[i], ARGV[i + 1]), ARGV[i + 2]) == '0' then
    away(ARGV[i], ARGV[i + 1], ARGV[i + 2])
    removed = removed + 1
  end
end
return removed
`

// ARGV: place, most
export const listMembers = `${shared}
local count = redis.call('HLEN', ofPlace(ARGV[1]))
if count > tonumber(ARGV[2]) then return { count, {} } end
return { count, redis.call('HGETALL', ofPlace(ARGV[1])) }
`

// ARGV: slot, epoch
export const countMembers = `${shared}
return redis.call('HLEN', underLease(ARGV[1], ARGV[2]))
`

// ARGV: ttl, limit, token, claim in ms, most. Answers whether there may be more, and rows of slot, epoch, `<place>/<user>`, version.
export const overdueMembers = `${shared}
local limit, rows, looked = tonumber(ARGV[2]), {}, 0
local teller = redis.call('GET', base .. 'teller')
if complete(ARGV[1]) == 0 or (teller and teller ~= ARGV[3]) then return { 0, rows } end
redis.call('SET', base .. 'teller', ARGV[3], 'PX', ARGV[4])
local function take(slot, epoch)
  local found = redis.call('HRANDFIELD', underLease(slot, epoch), limit - looked, 'WITHVALUES')
  for i = 1, #found, 2 do
    local place, user = string.match(found[i], '^(.*)/(.-)$')
    local before, info = sessionsOf(place, user)
    local after = math.max(0, before - tonumber(found[i + 1]))
    looked = looked + 1
    count(place, user, after, info)
    if after > 0 or isCrowd(place, 1, ARGV[5]) then
      away(slot, epoch, found[i])
    else
      stand(slot, epoch, found[i], '0')
      rows[#rows + 1] = { slot, epoch, found[i], version(#rows) }
    end
  end
  if #found == 0 then redis.call('SREM', present, slot .. ' ' .. epoch) end
end
for _, name in ipairs(redis.call('SMEMBERS', present)) do
  local slot, epoch = string.match(name, '^(%d+) (%d+)$')
  local current, ends = lease(slot)
  local live = current and current <= tonumber(epoch) and ends > at
  if not live and looked < limit then take(slot, epoch) end
end
return { looked >= limit and 1 or 0, rows }
`
