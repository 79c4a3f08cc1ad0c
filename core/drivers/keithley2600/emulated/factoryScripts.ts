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

const begin = (source: "V" | "I") => `  smu.nvbuffer1.clear()
  smu.nvbuffer1.appendmode = 1
  smu.nvbuffer1.collecttimestamps = 1
  smu.nvbuffer1.collectsourcevalues = 1
  smu.source.func = ${source === "V" ? 1 : 0}`;

export const FACTORY_SCRIPTS = [sweep("V", "I"), sweep("I", "V"), pulse("V", "I"), pulse("I", "V")].join("\n");
