// The registry's Lua: each operation is one atomic script over the keys that schemas/REGISTRY.md describes.
import * as holdings from './holding-scripts.ts'
import * as leases from './lease-scripts.ts'
import * as members from './member-scripts.ts'
import * as sessions from './session-scripts.ts'
import * as tickets from './ticket-scripts.ts'

/**
 * What every script begins with. KEYS[1] is the base of all keys (it routes the script in a Redis Cluster). Times are
 * the server's, in ms. `lease` reads `<epoch> <ends> <holder>`, `entry` reads `<slot> <epoch> <generation> <owner>`.
 */
const head = `
local base = KEYS[1]
local slots, ended, unregistered = base .. 'slots', base .. 'ended', base .. 'unregistered'
local clock = redis.call('TIME')
local at = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local function ofLease(slot, epoch) return base .. 'slot:' .. slot .. ':' .. epoch end
local function parse(value)
  if not value then return nil end
  local epoch, ends, holder = string.match(value, '^(%d+) (%d+) ?(.*)$')
  return tonumber(epoch), tonumber(ends), holder
end
local function lease(slot) return parse(redis.call('HGET', slots, slot)) end
local function entry(session)
  local value = redis.call('GET', base .. 'session:' .. session)
  if not value then return nil end
  local slot, epoch, generation, owner = string.match(value, '^(%d+) (%d+) (%d+) (.*)$')
  return { slot = slot, epoch = epoch, generation = generation, owner = owner }
end
local function forget(session, old)
  redis.call('DEL', base .. 'session:' .. session)
  if string.find(old.owner, '/', 1, true) then redis.call('HDEL', base .. 'user:' .. old.owner, session) end
  redis.call('SREM', ofLease(old.slot, old.epoch), session)
  if redis.call('EXISTS', ofLease(old.slot, old.epoch)) == 0 then
    redis.call('HDEL', ended, old.slot .. ' ' .. old.epoch)
  end
end
local function depart(slot, epoch, ends)
  if redis.call('EXISTS', ofLease(slot, text(epoch))) == 1 then
    redis.call('HSET', ended, slot .. ' ' .. text(epoch), text(math.min(ends, at)))
  end
end
local function complete(ttl)
  local birth = redis.call('HGET', slots, 'birth')
  if not birth or at - tonumber(birth) < tonumber(ttl) then return 0 end
  for _, slot in ipairs(redis.call('SMEMBERS', unregistered)) do
    local _, ends = lease(slot)
    if ends and ends > at then return 0 end
  end
  return 1
end
local function endOf(slot, epoch)
  local current, ends = lease(slot)
  if current and current <= tonumber(epoch) then return ends end
  -- Not noted: that lease alone was forgotten. It was over when the next one was taken, which is that one's epoch.
  return tonumber(redis.call('HGET', ended, slot .. ' ' .. epoch)) or math.min(at, current or at)
end
local function found(session, value)
  local ends = endOf(value.slot, value.epoch)
  local live = ends > at and 1 or 0
  return { session, value.slot, value.epoch, value.generation, value.owner, live, text(math.max(0, at - ends)) }
end
`

const bodies = { ...holdings, ...leases, ...sessions, ...members, ...tickets }

export type ScriptName = keyof typeof bodies

/** Script texts by name, each for EVAL with one key: the base. */
export const scripts = Object.fromEntries(
  Object.entries(bodies).map(([name, body]) => [name, head + body]),
) as Readonly<Record<ScriptName, string>>
