/**
 * The factory scripts KISweep and KIPulse, as far as clients use them: readings, levels and times go to nvbuffer1, the output
 * is on while they run. Written from their descriptions in the reference manual.
 */
function sweep(source: "V" | "I", measure: "V" | "I"): string {
  const level = `smu.source.level${source.toLowerCase()}`;
  const name = (kind: string) => `Sweep${source}${kind}Measure${measure}`;
  return `
function ${name("List")}(smu, list, stime, points)
${begin(source)}
  ${level} = list[1]
  smu.source.output = 1
  for k = 1, points do
    ${level} = list[k]
    delay(stime)
    smu.measure.${measure.toLowerCase()}(smu.nvbuffer1)
  end
  smu.source.output = 0
end
function ${name("Lin")}(smu, start, stop, stime, points)
  local list = {}
  for k = 1, points do list[k] = start + (stop - start) * (k - 1) / math.max(1, points - 1) end
  ${name("List")}(smu, list, stime, points)
end
function ${name("Log")}(smu, start, stop, stime, points)
  local list = {}
  for k = 1, points do list[k] = start * (stop / start) ^ ((k - 1) / math.max(1, points - 1)) end
  ${name("List")}(smu, list, stime, points)
end`;
}

function pulse(source: "V" | "I", measure: "V" | "I"): string {
  const level = `smu.source.level${source.toLowerCase()}`;
  return `
function Pulse${source}Measure${measure}(smu, bias, level, ton, toff, points)
${begin(source)}
  ${level} = bias
  smu.source.output = 1
  for k = 1, points do
    ${level} = level
    delay(math.max(0, ton - smu.measure.nplc / localnode.linefreq))
    smu.measure.${measure.toLowerCase()}(smu.nvbuffer1)
    ${level} = bias
    delay(toff)
  end
  smu.source.output = 0
end`;
}

/** A train that is configured under a tag and initiated later, on one channel. A level may be a list, one for each pulse. */
function configuredPulse(source: "V" | "I", measure: "V" | "I"): string {
  return `
function ConfigPulse${source}Measure${measure}(smu, bias, level, limit, ton, toff, points, buffer, tag, sync_in)
  if not (ton > 0 and toff > 0 and points >= 1) then return false, "ConfigPulse${source}Measure${measure}: ton, toff or points out of range" end
  if type(level) == "table" and table.getn(level) < points then return false, "ConfigPulse${source}Measure${measure}: fewer levels than points" end
  if sync_in ~= nil and sync_in ~= 0 then return false, "ConfigPulse${source}Measure${measure}: trigger lines are not emulated" end
  kipulse_tags[tag] = {smu = smu, bias = bias, level = level, limit = limit, ton = ton, toff = toff, points = points, buffer = buffer, source = "level${source.toLowerCase()}", limited = "limit${measure.toLowerCase()}", measure = "${measure.toLowerCase()}", func = ${source === "V" ? 1 : 0}}
  return true, "Configuration accepted"
end`;
}

const INITIATE = `
kipulse_tags = {}
function InitiatePulseTest(tag)
  local train = kipulse_tags[tag]
  if train == nil then return false, "InitiatePulseTest: tag " .. tostring(tag) .. " is not configured" end
  local smu = train.smu
  if smu.source.output == 0 then return false, "InitiatePulseTest: output is off" end
  if smu.source.func ~= train.func then return false, "InitiatePulseTest: source function differs from the configured one" end
  local before = smu.source[train.limited]
  train.buffer.clear()
  train.buffer.appendmode = 1
  smu.source[train.source] = train.bias
  for k = 1, train.points do
    local level = train.level
    if type(level) == "table" then level = level[k] end
    smu.source[train.limited] = train.limit
    smu.source[train.source] = level
    delay(math.max(0, train.ton - smu.measure.nplc / localnode.linefreq))
    smu.measure[train.measure](train.buffer)
    smu.source[train.source] = train.bias
    smu.source[train.limited] = before
    delay(train.toff)
  end
  return true, "Test completed"
end`;

const begin = (source: "V" | "I") => `  smu.nvbuffer1.clear()
  smu.nvbuffer1.appendmode = 1
  smu.nvbuffer1.collecttimestamps = 1
  smu.nvbuffer1.collectsourcevalues = 1
  smu.source.func = ${source === "V" ? 1 : 0}`;

export const FACTORY_SCRIPTS = [
  sweep("V", "I"),
  sweep("I", "V"),
  pulse("V", "I"),
  pulse("I", "V"),
  configuredPulse("V", "I"),
  configuredPulse("I", "V"),
  INITIATE,
].join("\n");
