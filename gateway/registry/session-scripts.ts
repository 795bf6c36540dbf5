// The Lua of session entries. What `head` in scripts.ts defines is known here.

// ARGV: how many sessions each user keeps or '', then five words for each entry. Answers rows of five words: the evicted.
// A set of sessions belongs to the current lease of its slot or is noted in \`ended\`.
export const bind = `
local evicted = {}
local function trim(owner, most, bound)
  local key = base .. 'user:' .. owner
  local surplus = redis.call('HLEN', key) - most
  if surplus <= 0 then return end
  local rows = {}
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local slot, epoch, generation = string.match(all[i + 1], '^(%d+) (%d+) (%d+)$')
    rows[#rows + 1] = { all[i], slot, epoch, generation, owner }
  end
  -- Of equal generations the one that is being bound counts as the higher.
  table.sort(rows, function(one, other)
    local first, second = tonumber(one[4]), tonumber(other[4])
    if first ~= second then return first < second end
    if one[1] == bound or other[1] == bound then return one[1] ~= bound and other[1] == bound end
    return one[1] < other[1]
  end)
  for i = 1, surplus do
    local row = rows[i]
    forget(row[1], { slot = row[2], epoch = row[3], owner = owner })
    evicted[#evicted + 1] = row
  end
end
for i = 2, #ARGV, 5 do
  local session, slot, epoch, generation, owner = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local isOfUser = string.find(owner, '/', 1, true)
  local old = entry(session)
  if not old or tonumber(old.generation) <= tonumber(generation) then
    if old and (old.slot ~= slot or old.epoch ~= epoch or old.owner ~= owner) then forget(session, old) end
    local where = slot .. ' ' .. epoch .. ' ' .. generation
    redis.call('SET', base .. 'session:' .. session, where .. ' ' .. owner)
    if isOfUser then redis.call('HSET', base .. 'user:' .. owner, session, where) end
    redis.call('SADD', ofLease(slot, epoch), session)
    if lease(slot) ~= tonumber(epoch) then redis.call('HSETNX', ended, slot .. ' ' .. epoch, text(at)) end
    if isOfUser and ARGV[1] ~= '' then trim(owner, tonumber(ARGV[1]), session) end
  end
end
return evicted
`

// ARGV: session and generation for each entry
export const unbind = `
local removed = 0
for i = 1, #ARGV, 2 do
  local old = entry(ARGV[i])
  if old and old.generation == ARGV[i + 1] then
    forget(ARGV[i], old)
    removed = removed + 1
  end
end
return removed
`

// ARGV: ttl, owner
export const ofUser = `
local rows = {}
local all = redis.call('HGETALL', base .. 'user:' .. ARGV[2])
for i = 1, #all, 2 do
  local slot, epoch, generation = string.match(all[i + 1], '^(%d+) (%d+) (%d+)$')
  rows[#rows + 1] = found(all[i], { slot = slot, epoch = epoch, generation = generation, owner = ARGV[2] })
end
return { complete(ARGV[1]), rows }
`

// ARGV: ttl, session
export const ofSession = `
local value = entry(ARGV[2])
return { complete(ARGV[1]), value and { found(ARGV[2], value) } or {} }
`

// ARGV: grace, limit, token, claim in ms. Answers rows of five words; nothing when another reaper has the claim.
export const overdue = `
local grace, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local reaper = redis.call('GET', base .. 'reaper')
if reaper and reaper ~= ARGV[3] then return {} end
redis.call('SET', base .. 'reaper', ARGV[3], 'PX', ARGV[4])
local rows = {}
local function collect(slot, epoch)
  local key = ofLease(slot, epoch)
  for _, session in ipairs(redis.call('SRANDMEMBER', key, limit - #rows)) do
    local old = entry(session)
    if old and old.slot == slot and old.epoch == epoch then
      rows[#rows + 1] = { session, slot, epoch, old.generation, old.owner }
    else
      redis.call('SREM', key, session)
    end
  end
  if redis.call('EXISTS', key) == 0 then redis.call('HDEL', ended, slot .. ' ' .. epoch) end
end
local past = redis.call('HGETALL', ended)
for i = 1, #past, 2 do
  if #rows < limit and at - tonumber(past[i + 1]) >= grace then
    collect(string.match(past[i], '^(%d+) (%d+)$'))
  end
end
local all = redis.call('HGETALL', slots)
for i = 1, #all, 2 do
  local epoch, ends = parse(all[i + 1])
  if epoch and #rows < limit and at - ends >= grace then collect(all[i], text(epoch)) end
end
return rows
`

// ARGV: what is claimed, token, claim in ms
export const keepClaim = `
local key = base .. ARGV[1]
if redis.call('GET', key) == ARGV[2] then redis.call('PEXPIRE', key, ARGV[3]) end
`

// ARGV: what is claimed, token
export const yieldClaim = `
local key = base .. ARGV[1]
if redis.call('GET', key) == ARGV[2] then redis.call('DEL', key) end
`
