/**
 * Commits one input record: everything or nothing. Decides nothing; TypeScript did (docs/adr/0004).
 *
 * KEYS: meta, due times, verdicts, then one hash per changed person.
 * ARGV: epoch, applied as the caller believes, offset, meta, verdict ('' = none), the caller, who committed before it as
 * the caller believes, number of acknowledged offsets, those offsets, number of persons, then per person: id, version as
 * the caller believes ('' = not there), state ('' = nothing is remembered), due time ('' = none).
 *
 * Answers `ok`, or why nothing was done: `lost` (no such partition, or begun anew since), `repeat` (applied before),
 * `gap` (the store stands elsewhere), `taken` (somebody else committed since the caller has read), `stale` (somebody else
 * changed a person). The second value is the applied offset.
 */
export const COMMIT_SCRIPT = `
local epoch, applied, writer = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'applied', 'writer'))
if not epoch or epoch ~= ARGV[1] then return {'lost', -1} end
applied = tonumber(applied)
local offset = tonumber(ARGV[3])
if offset <= applied then return {'repeat', applied} end
if applied ~= tonumber(ARGV[2]) then return {'gap', applied} end
if (writer or '') ~= ARGV[7] then return {'taken', applied} end
local at = 9
local acknowledged = tonumber(ARGV[8])
local first = at + acknowledged + 1
local persons = tonumber(ARGV[at + acknowledged])
for i = 0, persons - 1 do
  local version = redis.call('HGET', KEYS[4 + i], 'version') or ''
  if version ~= ARGV[first + 4 * i + 1] then return {'stale', applied} end
end
for i = 0, persons - 1 do
  local a = first + 4 * i
  if ARGV[a + 2] == '' then
    redis.call('DEL', KEYS[4 + i])
  else
    redis.call('HSET', KEYS[4 + i], 'version', ARGV[3], 'state', ARGV[a + 2])
  end
  if ARGV[a + 3] == '' then
    redis.call('ZREM', KEYS[2], ARGV[a])
  else
    redis.call('ZADD', KEYS[2], ARGV[a + 3], ARGV[a])
  end
end
for i = 0, acknowledged - 1 do
  redis.call('HDEL', KEYS[3], ARGV[at + i])
end
if ARGV[5] ~= '' then redis.call('HSET', KEYS[3], ARGV[3], ARGV[5]) end
redis.call('HSET', KEYS[1], 'applied', ARGV[3], 'meta', ARGV[4], 'writer', ARGV[6])
return {'ok', offset}
`;

/**
 * Begins a partition, unless somebody did. KEYS: meta. ARGV: epoch. Answers epoch, applied offset, meta, who committed
 * last, and 1 if it was missing.
 */
export const OPEN_SCRIPT = `
local missing = 0
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'applied', '-1', 'meta', '')
  missing = 1
end
local found = redis.call('HMGET', KEYS[1], 'epoch', 'applied', 'meta', 'writer')
return {found[1], found[2], found[3], found[4] or '', missing}
`;
