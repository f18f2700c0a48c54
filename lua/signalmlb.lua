-- GET /_mlb_signal/hup and /_mlb_signal/usr1 for configuration heads of marathon-lb 1.15, which use these services. The program
-- is asked over its admin server (MARATHON_LB_ADMIN, as `marathon-lb run` sets it); sockets of HAProxy do not hold up others.
local process = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "process.lua")

local admin = os.getenv("MARATHON_LB_ADMIN") or "unix@/var/run/marathon-lb-admin/mlb-admin.sock"

local function ask(path)
  local socket = core.tcp()
  socket:settimeout(5)
  local host, port = admin:match("^(.*):(%d+)$")
  local connected
  if host then connected = socket:connect(host:gsub("[%[%]]", ""), tonumber(port)) else connected = socket:connect(admin) end
  if not connected then return 500, "marathon-lb does not answer on " .. admin end
  socket:send("GET " .. path .. " HTTP/1.0\r\nHost: marathon-lb\r\n\r\n")
  local answer = socket:receive("*a") or ""
  socket:close()
  local status, body = answer:match("^HTTP/%S+ (%d+).-\r\n\r\n(.*)$")
  if not status then return 500, "marathon-lb does not answer on " .. admin end
  return tonumber(status), body
end

for _, name in ipairs({ "hup", "usr1" }) do
  core.register_service("signalmlb" .. name, "http", function(applet)
    local status, text = ask("/_mlb_signal/" .. name)
    process.answer(applet, status, text)
  end)
end
