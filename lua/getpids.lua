-- GET /_haproxy_getpids: the process ids of this HAProxy, blank separated: its master, its worker, and workers of earlier
-- generations that still have connections. Other HAProxies of the machine do not count.
local process = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "process.lua")

local function is_alive(pid, name)
  local stat = process.stat(pid)
  -- A zombie has ended.
  return stat ~= nil and stat.name == name and stat[1] ~= "Z"
end

local function getpids(applet)
  local own = process.stat("self")
  if not own then return process.answer(applet, 500, "there is no /proc to read process ids from") end
  local found = { [own.pid] = true }
  local parent = own[2]
  if is_alive(parent, own.name) then
    found[parent] = true
    for pid in (process.read("/proc/" .. parent .. "/task/" .. parent .. "/children") or ""):gmatch("%d+") do
      if is_alive(pid, own.name) then found[pid] = true end
    end
  end
  -- Whom this one told to finish (-sf PID …): that is all there is without a master, and where the kernel lists no children.
  local finishing = false
  for _, word in ipairs(process.words("self")) do
    if word:match("^%d+$") then
      if finishing and is_alive(word, own.name) then found[word] = true end
    else
      finishing = word == "-sf" or word == "-st"
    end
  end
  local pids = {}
  for pid in pairs(found) do pids[#pids + 1] = tonumber(pid) end
  table.sort(pids)
  process.answer(applet, 200, table.concat(pids, " "))
end

core.register_service("getpids", "http", getpids)
